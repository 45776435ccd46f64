package import Media

/// Moving pictures in a file of either kind (Y4M, or pictures in a folder), with their rate.
package struct Film: ~Copyable, Sendable {
    // One of the two.
    private var y4m: Y4MFile?
    private var folder: FrameFolder?
    /// Frames a second, as a fraction.
    package let rate: (numerator: Int, denominator: Int)
    /// In words, for the status.
    package let detail: String

    /// - Parameter fps: what a folder plays at.
    package init(path: String, fps: Double?) throws(CaptureError) {
        let kind = try FileKind(path: path)
        switch kind {
        case .y4m:
            let file = try Y4MFile(path: path)
            rate = file.rate
            let shown = (Double(rate.numerator) / Double(rate.denominator) * 1000).rounded() / 1000
            detail = "Y4M, \(file.width)x\(file.height), \(shown) frames/s"
            y4m = consume file
        case .folder, .jpeg, .png:
            let frames = kind == .folder ? try FrameFolder(path: path) : FrameFolder(file: path)
            rate = (Int(((fps ?? 1) * 1000).rounded()), 1000)
            detail = "\(frames.names.count) picture\(frames.names.count == 1 ? "" : "s"), \(fps ?? 1) frames/s"
            folder = frames
        case .wav:
            throw .wrongMedium(
                source: "file:\(path)", wanted: "pictures", remedy: "it holds sound: name a Y4M file or a folder of JPEG or PNG")
        case .other(let kind):
            throw .unsupportedFile(path: path, kind: kind, remedy: "convert it, for example: ffmpeg -i IN -pix_fmt yuv420p OUT.y4m")
        }
    }

    /// Whether frames after a damaged one can be found: in a folder, not in a stream.
    package var survivesDamage: Bool { folder != nil }

    package mutating func rewind() {
        y4m?.rewind()
        folder?.rewind()
    }

    /// Goes over one frame without decoding it.
    /// - Returns: false at the end.
    package mutating func skip() throws(CaptureError) -> Bool {
        if folder != nil { return folder!.skip() }
        return try y4m!.skip()
    }

    /// The next frame, or nil at the end.
    package mutating func next() throws(CaptureError) -> RGBImage? {
        if folder != nil { return try folder!.next() }
        return try y4m!.next()
    }
}
