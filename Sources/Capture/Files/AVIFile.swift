package import ImageFiles

/// An AVI film of JPEG pictures and PCM sound, read as a stream of chunks: Microsoft, "AVI RIFF File Reference"; OpenDML AVI
/// File Format Extensions 1.02 (more than one RIFF part, for more than 1 GB).
///
/// The lengths in the file are claims: only the file's own end is believed, and nothing larger than a picture may be is
/// allocated by them. The index is not used: a film that was cut off plays up to there. A picture's chunk of no bytes says that
/// the last picture stays: so films of variable rate keep their time.
package struct AVIFile: ~Copyable, Sendable {
    package struct Picture: Sendable {
        package let width: Int
        package let height: Int
        /// Frames a second, as a fraction.
        package let rate: (numerator: Int, denominator: Int)
        /// How they are coded: `MJPG`, `H264`, …
        package let coding: String
        fileprivate let stream: Int
    }

    package let picture: Picture?
    /// nil: it has no sound, or none in a format that is read here.
    package let sound: PCMFormat?
    private let soundStream: Int?
    private let path: String
    private var bytes: ByteReader
    private let firstChunk: Int
    private var frameIndex = 0
    /// Where the picture is that is shown now, and the picture itself once it was wanted.
    private var shown: (start: Int, length: Int)?
    private var shownPicture: DecodedPicture?
    /// Where something stood that is no chunk, until that is told.
    private var lostPlace: Int?
    /// Bytes of the sound's chunk that is being read.
    private var soundLeft = 0

    private static let remedy = "convert it again, for example: ffmpeg -i IN -c:v mjpeg -c:a pcm_s16le OUT.avi"
    /// A header with more than this in it is none.
    private static let chunkLimit = 1000
    private static let streamLimit = 16

    package init(path: String) throws(CaptureError) {
        try self.init(ByteReader(path: path), path: path)
    }

    package init(_ reader: consuming ByteReader, path: String) throws(CaptureError) {
        func malformed(_ what: String) -> CaptureError { .malformed(path: path, what: what, remedy: Self.remedy) }
        let magic = reader.bytes(12)
        guard magic.count == 12, magic.starts(with: "RIFF".utf8), magic[8...].elementsEqual("AVI ".utf8) else {
            throw malformed("it does not begin with RIFF and AVI")
        }
        var streams = 0
        var kind = ""
        var picture: Picture?
        var sound: (PCMFormat, Int)?
        var rate = (numerator: 0, denominator: 0)
        for _ in 0..<Self.chunkLimit {
            let header = reader.bytes(8)
            guard header.count == 8 else { throw malformed("it ends before its pictures") }
            let (name, length, start) = (Self.name(header), Self.word(header, 4), reader.position)
            switch name {
            case "LIST":
                let list = Self.name(reader.bytes(4))
                if list == "movi" {
                    self.picture = picture
                    self.sound = sound?.0
                    soundStream = sound?.1
                    self.path = path
                    firstChunk = reader.position
                    bytes = reader
                    return
                }
                // The header's lists are gone into, others are passed over.
                if list == "hdrl" || list == "strl" { continue }
            case "strh":
                let fields = reader.bytes(min(length, 56))
                guard fields.count >= 28 else { throw malformed("a stream's header has only \(fields.count) bytes") }
                guard streams < Self.streamLimit else { throw malformed("it has more than \(Self.streamLimit) streams") }
                kind = Self.name(fields)
                rate = (Self.word(fields, 24), Self.word(fields, 20))
                streams += 1
            case "strf":
                let fields = reader.bytes(min(length, 64))
                if kind == "vids", picture == nil {
                    picture = try Self.picture(fields, rate, stream: streams - 1, malformed)
                } else if kind == "auds", sound == nil, let format = try? WAVFile.parse(format: fields, path: path) {
                    sound = (format, streams - 1)
                }
            default:
                break
            }
            reader.seek(to: start + length + length & 1)
        }
        throw malformed("it has more than \(Self.chunkLimit) chunks before its pictures")
    }

    private static func picture(
        _ fields: [UInt8], _ rate: (numerator: Int, denominator: Int), stream: Int, _ malformed: (String) -> CaptureError
    ) throws(CaptureError) -> Picture {
        guard fields.count >= 20 else { throw malformed("the format of its pictures has only \(fields.count) bytes") }
        let (width, height) = (word(fields, 4), abs(Int(Int32(truncatingIfNeeded: word(fields, 8)))))
        guard (1...ImageFiles.maximumSide).contains(width), (1...ImageFiles.maximumSide).contains(height) else {
            throw malformed("its size is \(width)x\(height), allowed is 1 to \(ImageFiles.maximumSide) on a side")
        }
        guard rate.denominator > 0, case let fps = Double(rate.numerator) / Double(rate.denominator), fps >= 0.001, fps <= 1000 else {
            throw malformed("its frame rate is \(rate.numerator):\(rate.denominator), allowed is 0.001 to 1000 a second")
        }
        return Picture(width: width, height: height, rate: rate, coding: name(Array(fields[16..<20])).uppercased(), stream: stream)
    }

    package mutating func rewind() {
        bytes.seek(to: firstChunk)
        frameIndex = 0
        soundLeft = 0
        shown = nil
        shownPicture = nil
        lostPlace = nil
    }

    // MARK: Pictures

    /// Goes over one frame without decoding it.
    /// - Returns: false at the end.
    package mutating func skip() throws(CaptureError) -> Bool {
        guard let length = try nextPicture() else { return false }
        if length > 0 { (shown, shownPicture) = ((bytes.position, length), nil) }
        bytes.seek(to: bytes.position + length + length & 1)
        return true
    }

    /// The next frame, or nil at the end. After an error the next call goes on with the next frame.
    package mutating func next() throws(CaptureError) -> DecodedPicture? {
        guard let length = try nextPicture() else { return nil }
        let end = bytes.position + length + length & 1
        defer { bytes.seek(to: end) }
        if length == 0, let shownPicture { return shownPicture }
        guard let wanted = length > 0 ? (bytes.position, length) : shown else {
            throw malformed("it repeats the frame before it, and there is none")
        }
        bytes.seek(to: wanted.0)
        do throws(ImageFileError) {
            let picture = try ImageFiles.picture(bytes.bytes(wanted.1), for: .frame)
            (shown, shownPicture) = (wanted, picture)
            return picture
        } catch {
            throw malformed("\(error)")
        }
    }

    /// Goes to the contents of the next picture's chunk. - Returns: their length; nil at the end.
    private mutating func nextPicture() throws(CaptureError) -> Int? {
        let length = nextChunk(of: picture?.stream, emptyOnes: true)
        guard length != nil || lostPlace != nil else { return nil }
        frameIndex += 1
        if let place = lostPlace {
            lostPlace = nil
            if length != nil { bytes.seek(to: bytes.position - 8) }
            throw malformed("what stands at byte \(place) is no chunk")
        }
        guard let length else { return nil }
        let start = bytes.position
        guard length <= ImageFiles.maximumBytes, bytes.count - start >= length else {
            // Either the file ends here or the length is wrong: the next chunk, if there is one, is looked for.
            findChunk()
            throw malformed("it is cut off: \(min(bytes.count - start, length)) of \(length) bytes are there")
        }
        return length
    }

    /// Of the frame that was begun last.
    private func malformed(_ what: String) -> CaptureError {
        .malformed(path: path, what: "frame \(frameIndex - 1): \(what)", remedy: Self.remedy)
    }

    // MARK: Sound

    /// Reads up to `limit` frames of sound as mono.
    /// - Returns: empty at the end.
    package mutating func readSound(limit: Int, channel: Int?) -> [Float] {
        guard let sound, let soundStream else { return [] }
        while soundLeft < sound.bytesPerFrame {
            // What is left of a chunk is less than a frame: padding.
            bytes.seek(to: bytes.position + soundLeft)
            guard let length = nextChunk(of: soundStream) else { return [] }
            soundLeft = length
        }
        let raw = bytes.bytes(min(limit, soundLeft / sound.bytesPerFrame) * sound.bytesPerFrame)
        soundLeft = raw.isEmpty ? 0 : soundLeft - raw.count
        let frames = raw.count / sound.bytesPerFrame
        return [Float](unsafeUninitializedCapacity: frames) { output, count in
            raw.withUnsafeBytes { sound.convert($0, frames: frames, channel: channel, into: output) }
            count = frames
        }
    }

    // MARK: Chunks

    /// Goes to the contents of the stream's next chunk. - Returns: their length; nil at the end.
    private mutating func nextChunk(of stream: Int?, emptyOnes: Bool = false) -> Int? {
        guard let stream else { return nil }
        let wanted = [UInt8(ascii: "0") + UInt8(stream / 10), UInt8(ascii: "0") + UInt8(stream % 10)]
        while true {
            // Chunks begin at even places.
            bytes.seek(to: bytes.position + bytes.position & 1)
            let header = bytes.bytes(8)
            guard header.count == 8 else { return nil }
            let (name, length) = (Self.name(header), Self.word(header, 4))
            switch name {
            case "RIFF", "LIST":
                // Of the parts of a long film, of lists of chunks, and of nothing else, the contents follow.
                let list = Self.name(bytes.bytes(4))
                if !["AVIX", "movi", "rec "].contains(list) { bytes.seek(to: bytes.position - 4 + length) }
            default:
                if Self.isData(header), length > 0 || emptyOnes, header.starts(with: wanted) { return length }
                if header[..<4].allSatisfy({ (0x20...0x7E).contains($0) }) {
                    bytes.seek(to: bytes.position + length)
                } else {
                    lostPlace = lostPlace ?? bytes.position - 8
                    bytes.seek(to: bytes.position - 7)
                    findChunk()
                }
            }
        }
    }

    /// Goes to the next data chunk of pictures or sound that lies wholly in the file, from here on; to the end without one.
    private mutating func findChunk() {
        var from = bytes.position
        while bytes.count - from >= 8 {
            let piece = bytes.bytes(1 << 15)
            for offset in stride(from: from & 1, to: piece.count - 3, by: 2) where Self.isData(Array(piece[offset..<offset + 4])) {
                bytes.seek(to: from + offset)
                let header = bytes.bytes(8)
                guard header.count == 8 else { continue }
                let length = Self.word(header, 4)
                if length > 0, length <= bytes.count - bytes.position {
                    bytes.seek(to: from + offset)
                    return
                }
            }
            guard piece.count == 1 << 15 else { break }
            from += piece.count - 3
            bytes.seek(to: from)
        }
        bytes.seek(to: bytes.count)
    }

    /// Two digits, the stream's number, and the kind of data.
    private static func isData(_ header: [UInt8]) -> Bool {
        guard header[..<2].allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return ["dc", "db", "wb"].contains { header[2..<4].elementsEqual($0.utf8) }
    }

    private static func name(_ header: [UInt8]) -> String { String(decoding: header.prefix(4), as: UTF8.self) }
    private static func word(_ bytes: [UInt8], _ offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
}
