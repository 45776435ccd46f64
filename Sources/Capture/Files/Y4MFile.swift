package import Media

/// A Y4M film (YUV4MPEG2, the uncompressed format of mjpegtools), read frame by frame: 8-bit 4:2:0, 4:2:2, 4:4:4 or grey.
///
/// Colours by ITU-R BT.601; limited range (16...235) unless the header says XCOLORRANGE=FULL. A chroma sample colours the
/// pixels that it covers, so the three sitings of 4:2:0 (jpeg, mpeg2, paldv) come out the same.
package struct Y4MFile: ~Copyable, Sendable {
    package enum Chroma: String, Sendable {
        case c420, c422, c444, mono
    }

    package let width: Int
    package let height: Int
    /// Frames a second, as a fraction.
    package let rate: (numerator: Int, denominator: Int)
    package let chroma: Chroma
    private let isFullRange: Bool
    private let path: String
    private var bytes: ByteReader
    private let firstFrame: Int
    private var frameIndex = 0
    private var planes: [UInt8] = []

    private static let remedy = "convert it again, for example: ffmpeg -i IN -pix_fmt yuv420p OUT.y4m"
    /// Bytes of the header line, and of a frame's header line.
    private static let headerLimit = 1024
    private static let frameHeaderLimit = 256
    private static let maximumSide = 8192

    package init(path: String) throws(CaptureError) {
        try self.init(ByteReader(path: path), path: path)
    }

    /// - Parameter path: for error messages.
    package init(_ reader: consuming ByteReader, path: String) throws(CaptureError) {
        func malformed(_ what: String) -> CaptureError { .malformed(path: path, what: what, remedy: Self.remedy) }
        guard let line = reader.line(limit: Self.headerLimit) else {
            throw malformed("its first line does not end within \(Self.headerLimit) bytes")
        }
        let fields = line.split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
        guard fields.first == "YUV4MPEG2" else { throw malformed("it does not begin with YUV4MPEG2") }
        var (width, height): (Int?, Int?)
        var rate = (numerator: 25, denominator: 1)
        var chroma = Chroma.c420
        var isFullRange = false
        for field in fields.dropFirst() {
            let value = String(field.dropFirst())
            switch field.first {
            case "W", "H":
                let side = Int(value)
                guard let side, (1...Self.maximumSide).contains(side) else {
                    let name = field.first == "W" ? "width" : "height"
                    throw malformed("its \(name) is '\(value.prefix(32))', allowed is 1 to \(Self.maximumSide)")
                }
                if field.first == "W" { width = side } else { height = side }
            case "F":
                let parts = value.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
                guard parts.count == 2, parts[0] >= 0, parts[1] >= 0 else { throw malformed("its frame rate '\(field)' is not F<n>:<d>") }
                if parts[0] > 0 && parts[1] > 0 { rate = (parts[0], parts[1]) }  // 0:0 means unknown
            case "I":
                guard value == "p" || value == "?" else {
                    throw .unsupportedFile(
                        path: path, kind: "an interlaced film (I\(value))",
                        remedy: "deinterlace it, for example: ffmpeg -i IN -vf yadif OUT.y4m")
                }
            case "C":
                guard let known = Self.chroma(value) else {
                    throw .unsupportedFile(path: path, kind: "a Y4M film of colour format C\(value)", remedy: Self.remedy)
                }
                chroma = known
            case "X":
                if field == "XCOLORRANGE=FULL" { isFullRange = true }
            default:
                break  // A: pixel aspect; anything else is for others
            }
        }
        guard let width else { throw malformed("its first line names no width (W)") }
        guard let height else { throw malformed("its first line names no height (H)") }
        let fps = Double(rate.numerator) / Double(rate.denominator)
        guard fps >= 0.001, fps <= 1000, rate.denominator <= 1_000_000_000, rate.numerator <= 1_000_000_000 else {
            throw malformed("its frame rate is \(rate.numerator):\(rate.denominator), allowed is 0.001 to 1000 a second")
        }
        guard reader.count > reader.position else { throw malformed("it has no frames") }
        self.path = path
        self.width = width
        self.height = height
        self.rate = rate
        self.chroma = chroma
        self.isFullRange = isFullRange
        firstFrame = reader.position
        bytes = reader
    }

    private static func chroma(_ name: String) -> Chroma? {
        switch name {
        case "420", "420jpeg", "420mpeg2", "420paldv": .c420
        case "422": .c422
        case "444": .c444
        case "mono": .mono
        default: nil
        }
    }

    package var chromaWidth: Int {
        switch chroma {
        case .c420, .c422: (width + 1) / 2
        case .c444: width
        case .mono: 0
        }
    }

    package var chromaHeight: Int {
        switch chroma {
        case .c420: (height + 1) / 2
        case .c422, .c444: height
        case .mono: 0
        }
    }

    package var bytesPerFrame: Int { width * height + 2 * chromaWidth * chromaHeight }

    package mutating func rewind() {
        bytes.seek(to: firstFrame)
        frameIndex = 0
    }

    /// Goes over one frame without decoding it.
    /// - Returns: false at the end.
    package mutating func skip() throws(CaptureError) -> Bool {
        guard try beginFrame() else { return false }
        guard bytes.count - bytes.position >= bytesPerFrame else { throw truncated(bytes.count - bytes.position) }
        bytes.seek(to: bytes.position + bytesPerFrame)
        return true
    }

    /// The next frame, or nil at the end. After an error the next call goes on with the next frame that can be found.
    package mutating func next() throws(CaptureError) -> RGBImage? {
        guard try beginFrame() else { return nil }
        // The size is known to be in the file before it is allocated.
        guard bytes.count - bytes.position >= bytesPerFrame else { throw truncated(bytes.count - bytes.position) }
        let size = bytesPerFrame
        if planes.count != size { planes = [UInt8](repeating: 0, count: size) }
        var planes = planes
        self.planes = []  // handed over, not copied
        let read = planes.withUnsafeMutableBytes { bytes.read(into: $0) }
        self.planes = planes
        guard read == size else { throw truncated(read) }
        return convert()
    }

    private mutating func beginFrame() throws(CaptureError) -> Bool {
        guard !bytes.isAtEnd else { return false }
        let (start, index) = (bytes.position, frameIndex)
        frameIndex += 1
        guard let line = bytes.line(limit: Self.frameHeaderLimit), line.starts(with: "FRAME".utf8), line.count == 5 || line[5] == 32 else {
            bytes.seek(to: start + 1)
            _ = bytes.seek(toNext: Array("FRAME".utf8))
            throw .malformed(
                path: path, what: "frame \(index) (at byte \(start)) does not begin with a FRAME line", remedy: Self.remedy)
        }
        return true
    }

    /// The end of the file is missing, and there is nothing after it.
    private mutating func truncated(_ present: Int) -> CaptureError {
        bytes.seek(to: bytes.count)
        return .malformed(
            path: path, what: "frame \(frameIndex - 1) is cut off: \(max(present, 0)) of \(bytesPerFrame) bytes are there",
            remedy: "copy the file again, or " + Self.remedy)
    }

    /// R = Y' + 1.402 Cr', G = Y' - 0.344136 Cb' - 0.714136 Cr', B = Y' + 1.772 Cb' in 16-bit fixed point, rounded.
    private func convert() -> RGBImage {
        let (width, height, chromaWidth) = (width, height, chromaWidth)
        // Limited range: luma spans 219 steps from 16, chroma 224.
        let lumaGain = isFullRange ? 65_536 : 76_309  // 255/219
        let lumaBase = isFullRange ? 0 : 16
        let redGain = isFullRange ? 91_881 : 104_597  // 1.402 x 255/224
        let greenBlue = isFullRange ? 22_554 : 25_675
        let greenRed = isFullRange ? 46_802 : 53_279
        let blueGain = isFullRange ? 116_130 : 132_201
        let shiftX = chromaWidth == width ? 0 : 1
        let shiftY = chromaHeight == height ? 0 : 1
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { output, count in
            planes.withUnsafeBufferPointer { planes in
                let blue = width * height
                let red = blue + chromaWidth * chromaHeight
                var target = 0
                for y in 0..<height {
                    let chromaRow = chroma == .mono ? 0 : (y >> shiftY) * chromaWidth
                    for x in 0..<width {
                        let luma = (Int(planes[y * width + x]) - lumaBase) * lumaGain + 32_768
                        var (cb, cr) = (0, 0)
                        if chroma != .mono {
                            cb = Int(planes[blue + chromaRow + x >> shiftX]) - 128
                            cr = Int(planes[red + chromaRow + x >> shiftX]) - 128
                        }
                        output[target] = Self.byte(luma + redGain * cr)
                        output[target + 1] = Self.byte(luma - greenBlue * cb - greenRed * cr)
                        output[target + 2] = Self.byte(luma + blueGain * cb)
                        target += 3
                    }
                }
            }
            count = 3 * width * height
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    @inline(__always)
    private static func byte(_ fixed: Int) -> UInt8 { UInt8(truncatingIfNeeded: min(max(fixed >> 16, 0), 255)) }
}
