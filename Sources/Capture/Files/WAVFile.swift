/// A WAV file (RIFF, or RF64 and BW64 for more than 4 GB), read as a stream: PCM of 8, 16, 24 or 32 bits, float of 32 or 64,
/// A-law or mu-law.
///
/// Microsoft/IBM, "Multimedia Programming Interface and Data Specifications 1.0" (1991), WAVEFORMATEXTENSIBLE (2001);
/// EBU Tech 3306 (RF64: lengths of 64 bits in the chunk ds64, 0xFFFFFFFF in their places).
/// The lengths in the header are claims: only the file's own end is believed, and nothing is allocated by them.
package struct WAVFile: ~Copyable, Sendable {
    package let format: PCMFormat
    /// Something wrong that can be lived with, for the status; empty when all is well.
    package let warning: String
    private let path: String
    private var bytes: ByteReader
    private let dataStart: Int
    private let dataEnd: Int

    private static let remedy = "record or convert it again, for example: ffmpeg -i IN -ac 1 -ar 16000 OUT.wav"
    /// A file with more chunks before its sound is not a recording.
    private static let chunkLimit = 1000

    package init(path: String) throws(CaptureError) {
        try self.init(ByteReader(path: path), path: path)
    }

    /// - Parameter path: for error messages.
    package init(_ reader: consuming ByteReader, path: String) throws(CaptureError) {
        func malformed(_ what: String) -> CaptureError { .malformed(path: path, what: what, remedy: Self.remedy) }
        let magic = reader.bytes(12)
        guard magic.count == 12 else { throw malformed("it has only \(magic.count) bytes, less than a WAV header") }
        guard ["RIFF", "RF64", "BW64"].contains(Self.name(magic)), magic[8...].elementsEqual("WAVE".utf8) else {
            throw malformed("it does not begin with RIFF and WAVE")
        }
        var longLength: Int?
        var format: PCMFormat?
        for _ in 0..<Self.chunkLimit {
            let header = reader.bytes(8)
            guard header.count == 8 else {
                throw malformed(format == nil ? "it ends without a 'fmt ' chunk" : "it ends without a 'data' chunk")
            }
            let name = Self.name(header)
            let length = Self.word(header, 4)
            let start = reader.position
            if name == "fmt " {
                format = try Self.parse(format: reader.bytes(min(length, 64)), path: path)
            } else if name == "ds64", case let sizes = reader.bytes(min(length, 16)), sizes.count == 16 {
                longLength = Self.long(sizes, 8)
            } else if name == "data" {
                guard let format else { throw malformed("its 'data' chunk comes before any 'fmt ' chunk") }
                let present = reader.count - start
                // Recorders that stream (or crash) leave 0 or 0xFFFFFFFF: then the sound goes to the end of the file.
                let length = length == 0xFFFF_FFFF ? longLength ?? 0 : length
                let isOpen = length == 0 && (header[4...].contains(0xFF) || !Self.isChunkNext(&reader))
                let claimed = isOpen ? present : length
                reader.seek(to: start)
                let usable = min(claimed, present) / format.bytesPerFrame * format.bytesPerFrame
                guard usable > 0 else { throw malformed("it contains no sound (\(present) bytes after the header)") }
                warning = claimed > present ? "the header claims \(claimed) bytes of sound, the file has \(present)" : ""
                self.format = format
                self.path = path
                dataStart = start
                dataEnd = start + usable
                bytes = reader
                return
            }
            // Chunks are padded to even lengths.
            reader.seek(to: start + length + length & 1)
        }
        throw malformed("it has more than \(Self.chunkLimit) chunks before its sound")
    }

    /// Whether a whole chunk follows, or nothing: then a length of 0 before it means what it says.
    private static func isChunkNext(_ reader: inout ByteReader) -> Bool {
        if reader.isAtEnd { return true }
        let header = reader.bytes(8)
        return header.count == 8 && header[..<4].allSatisfy { (0x20...0x7E).contains($0) }
            && word(header, 4) <= reader.count - reader.position
    }

    /// Frames in the whole file.
    package var frameCount: Int { (dataEnd - dataStart) / format.bytesPerFrame }

    /// Whether nothing follows.
    package var isAtEnd: Bool {
        mutating get { bytes.position >= dataEnd || bytes.isAtEnd }
    }

    package mutating func rewind() { bytes.seek(to: dataStart) }

    /// Reads up to `limit` frames as mono.
    /// - Returns: empty at the end.
    package mutating func read(limit: Int, channel: Int?) -> [Float] {
        let wanted = min(limit, (dataEnd - bytes.position) / format.bytesPerFrame)
        guard wanted > 0 else { return [] }
        let raw = bytes.bytes(wanted * format.bytesPerFrame)
        let frames = raw.count / format.bytesPerFrame
        return [Float](unsafeUninitializedCapacity: frames) { output, count in
            raw.withUnsafeBytes { format.convert($0, frames: frames, channel: channel, into: output) }
            count = frames
        }
    }

    /// A WAVEFORMATEX, as AVI has it, too.
    static func parse(format bytes: [UInt8], path: String) throws(CaptureError) -> PCMFormat {
        func malformed(_ what: String) -> CaptureError { .malformed(path: path, what: what, remedy: remedy) }
        guard bytes.count >= 16 else { throw malformed("its 'fmt ' chunk has \(bytes.count) bytes, fewer than 16") }
        var code = half(bytes, 0)
        let channels = half(bytes, 2)
        let rate = word(bytes, 4)
        let frameBytes = half(bytes, 12)
        let bits = half(bytes, 14)
        if code == 0xFFFE {
            guard bytes.count >= 40 else { throw malformed("its extensible 'fmt ' chunk has \(bytes.count) bytes, fewer than 40") }
            code = half(bytes, 24)  // the first two bytes of the sub-format's GUID
        }
        guard (1...PCMFormat.maximumChannels).contains(channels) else {
            throw malformed("it has \(channels) channels, allowed are 1 to \(PCMFormat.maximumChannels)")
        }
        guard PCMFormat.rates.contains(rate) else {
            throw malformed("its rate is \(rate) Hz, allowed are \(PCMFormat.rates.lowerBound) to \(PCMFormat.rates.upperBound)")
        }
        let encoding: PCMFormat.Encoding? =
            switch (code, bits) {
            case (1, 8): .u8
            case (1, 16): .s16
            case (1, 24): .s24
            case (1, 32): .s32
            case (3, 32): .f32
            case (3, 64): .f64
            case (6, 8): .alaw
            case (7, 8): .mulaw
            default: nil
            }
        guard let encoding else {
            throw .unsupportedFile(
                path: path, kind: "a WAV file of \(name(ofFormat: code)) with \(bits) bits",
                remedy: "PCM of 8, 16, 24 or 32 bits, float, A-law and mu-law are; " + remedy)
        }
        guard frameBytes == channels * encoding.bytes else {
            throw malformed("its header says \(frameBytes) bytes a frame, \(channels) x \(bits) bits are \(channels * encoding.bytes)")
        }
        return PCMFormat(encoding: encoding, rate: rate, channels: channels)
    }

    private static func name(ofFormat code: Int) -> String {
        switch code {
        case 1: "PCM"
        case 2, 17: "ADPCM"
        case 3: "float"
        case 6: "A-law"
        case 7: "mu-law"
        case 85: "MP3"
        default: "format code \(code)"
        }
    }

    private static func name(_ header: [UInt8]) -> String { String(decoding: header[..<4], as: UTF8.self) }
    private static func half(_ bytes: [UInt8], _ offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }
    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int { half(bytes, offset) | half(bytes, offset + 2) << 16 }
    /// Lengths beyond what a file can have count as that.
    private static func long(_ bytes: [UInt8], _ offset: Int) -> Int { word(bytes, offset) | min(word(bytes, offset + 4), 0x7FFF) << 32 }
}
