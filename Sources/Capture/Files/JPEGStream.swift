package import Media
import ImageFiles

/// Pictures one after the other in one file (MJPEG), found by their markers: ITU-T T.81, annex B.
package struct JPEGStream: ~Copyable, Sendable {
    private let path: String
    private var bytes: ByteReader
    private var frameIndex = 0

    private static let remedy = "record it again, or convert it, for example: ffmpeg -i IN -c:v mjpeg OUT.mjpeg"

    package init(path: String) throws(CaptureError) {
        self.path = path
        bytes = try ByteReader(path: path)
    }

    /// Whether a second picture follows the first: then the file is a film and no picture.
    package static func isFilm(path: String) throws(CaptureError) -> Bool {
        var stream = try JPEGStream(path: path)
        guard (try? stream.skip()) == true else { return false }
        return stream.bytes.bytes(3) == [0xFF, 0xD8, 0xFF]
    }

    package mutating func rewind() {
        bytes.seek(to: 0)
        frameIndex = 0
    }

    /// Goes over one picture without decoding it.
    /// - Returns: false at the end.
    package mutating func skip() throws(CaptureError) -> Bool {
        guard let length = try measure() else { return false }
        bytes.seek(to: bytes.position + length)
        frameIndex += 1
        return true
    }

    /// The next picture, or nil at the end.
    package mutating func next() throws(CaptureError) -> RGBImage? {
        guard let length = try measure() else { return nil }
        let data = bytes.bytes(length)
        let index = frameIndex
        frameIndex += 1
        do throws(ImageFileError) {
            return try ImageFiles.decode(data)
        } catch {
            throw .malformed(path: path, what: "frame \(index): \(error)", remedy: Self.remedy)
        }
    }

    /// The length of the picture that begins here; the position stays. nil at the end.
    private mutating func measure() throws(CaptureError) -> Int? {
        let start = bytes.position
        defer { bytes.seek(to: start) }
        guard bytes.count > start else { return nil }
        func malformed(_ what: String) -> CaptureError {
            .malformed(path: path, what: "frame \(frameIndex) (at byte \(start)) \(what)", remedy: Self.remedy)
        }
        guard bytes.bytes(2) == [0xFF, 0xD8] else { throw malformed("does not begin as a JPEG") }
        while bytes.position - start <= ImageFiles.maximumBytes {
            let marker = bytes.bytes(2)
            guard marker.count == 2, marker[0] == 0xFF else { throw malformed("is cut off or damaged") }
            switch marker[1] {
            case 0xFF:  // a fill byte
                bytes.seek(to: bytes.position - 1)
            case 0xD9:
                return bytes.position - start
            case 0x01, 0xD0...0xD7:
                break
            default:
                let size = bytes.bytes(2)
                guard size.count == 2, case let length = Int(size[0]) << 8 | Int(size[1]), length >= 2 else {
                    throw malformed("is cut off or damaged")
                }
                bytes.seek(to: bytes.position + length - 2)
                if marker[1] == 0xDA, !skipScan() { throw malformed("is cut off") }
            }
        }
        throw malformed("is longer than \(ImageFiles.maximumBytes) bytes")
    }

    /// Goes over the coded bytes of a scan, to its next marker. In them an FF is followed by 00, or is a restart.
    private mutating func skipScan() -> Bool {
        var isAfterFF = false
        while true {
            let at = bytes.position
            let piece = bytes.bytes(4096)
            guard !piece.isEmpty else { return false }
            for (offset, byte) in piece.enumerated() {
                if isAfterFF, byte != 0, byte != 0xFF, !(0xD0...0xD7).contains(byte) {
                    bytes.seek(to: at + offset - 1)
                    return true
                }
                isAfterFF = byte == 0xFF
            }
        }
    }
}
