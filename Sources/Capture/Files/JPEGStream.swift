package import ImageFiles

/// Pictures one after the other in one file (MJPEG), found by their markers: ITU-T T.81, annex B.
///
/// A picture goes to where the next one begins if its own end is missing; what stands between two pictures is passed over.
package struct JPEGStream: ~Copyable, Sendable {
    private let path: String
    private var bytes: ByteReader
    private var frameIndex = 0

    private static let remedy = "record it again, or convert it, for example: ffmpeg -i IN -c:v mjpeg OUT.mjpeg"
    private static let start: [UInt8] = [0xFF, 0xD8, 0xFF]
    /// So many pictures, and so many bytes of each, are looked at to tell a film from a picture.
    private static let probe = (pictures: 8, bytes: 1 << 20)

    package init(path: String) throws(CaptureError) {
        try self.init(ByteReader(path: path), path: path)
    }

    package init(_ reader: consuming ByteReader, path: String) {
        self.path = path
        bytes = reader
    }

    /// Whether the file is a film and no picture: its name says so, or two neighbours in it have the same size. A still may hold
    /// further pictures too (a preview, a gain map), which are smaller, or which it announces.
    package static func isFilm(path: String) throws(CaptureError) -> Bool {
        if isNamedFilm(path) { return true }
        var stream = try JPEGStream(path: path)
        var last: (width: Int, height: Int)?
        for index in 0..<probe.pictures {
            guard let length = stream.find() else { return false }
            let next = stream.bytes.position + length
            let segments = JPEGSegments(stream.bytes.bytes(min(length, probe.bytes)))
            if index == 0, segments.announcesFurtherPictures { return false }
            if let last, let size = segments.size, last == size { return true }
            last = segments.size
            stream.bytes.seek(to: next)
        }
        return false
    }

    /// A film named so may begin in the middle of a picture.
    package static func isNamedFilm(_ path: String) -> Bool { [".mjpeg", ".mjpg"].contains { path.lowercased().hasSuffix($0) } }

    package mutating func rewind() {
        bytes.seek(to: 0)
        frameIndex = 0
    }

    /// Goes over one picture without decoding it.
    /// - Returns: false at the end.
    package mutating func skip() -> Bool {
        guard let length = find() else { return false }
        bytes.seek(to: bytes.position + length)
        frameIndex += 1
        return true
    }

    /// The next picture, or nil at the end. After an error the next call goes on with the next picture.
    package mutating func next() throws(CaptureError) -> DecodedPicture? {
        guard let length = find() else { return nil }
        let start = bytes.position
        let data = bytes.bytes(length)
        let index = frameIndex
        frameIndex += 1
        do throws(ImageFileError) {
            return try ImageFiles.picture(data, for: .frame)
        } catch {
            throw .malformed(path: path, what: "frame \(index) (at byte \(start)): \(error)", remedy: Self.remedy)
        }
    }

    /// Goes to the next picture. - Returns: its length; nil at the end.
    private mutating func find() -> Int? {
        guard bytes.seek(toNext: Self.start) else { return nil }
        let start = bytes.position
        bytes.seek(to: start + 2)
        let length = measure(from: start)
        bytes.seek(to: start)
        return length
    }

    /// Follows the markers to the picture's end; where they make no sense any more, to the next picture or the file's end.
    private mutating func measure(from start: Int) -> Int {
        while bytes.position - start <= ImageFiles.maximumBytes {
            let marker = bytes.bytes(2)
            guard marker.count == 2, marker[0] == 0xFF else { break }
            switch marker[1] {
            case 0xFF:  // a fill byte
                bytes.seek(to: bytes.position - 1)
            case 0xD9:
                return bytes.position - start
            case 0x01, 0xD0...0xD7:
                break
            case 0xD8:
                return bytes.position - 2 - start
            default:
                let size = bytes.bytes(2)
                guard size.count == 2, case let length = Int(size[0]) << 8 | Int(size[1]), length >= 2 else {
                    return lengthToNext(from: start)
                }
                bytes.seek(to: bytes.position + length - 2)
                if marker[1] == 0xDA, !skipScan() { return lengthToNext(from: start) }
            }
        }
        return lengthToNext(from: start)
    }

    private mutating func lengthToNext(from start: Int) -> Int {
        bytes.seek(to: start + 2)
        return (bytes.seek(toNext: Self.start) ? bytes.position : bytes.count) - start
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
