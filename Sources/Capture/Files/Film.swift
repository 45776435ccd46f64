import Figures
import ImageFiles
package import Media

/// Moving pictures in a file, with their rate: Y4M, AVI or MJPEG, pictures in a folder, or whatever ffmpeg can read.
package struct Film: ~Copyable, Sendable {
    // One of the four.
    private var y4m: Y4MFile?
    private var avi: AVIFile?
    private var jpegs: JPEGStream?
    private var folder: FrameFolder?
    /// What the Y4M comes from when the file is none.
    private var process: FFmpeg?
    private let path: String
    /// Frames a second, as a fraction.
    package let rate: (numerator: Int, denominator: Int)
    /// In words, for the status.
    package let detail: String
    /// Pictures that were read although something is wrong with them, since they were asked for.
    private var warnings = 0

    private init(
        path: String, rate: (numerator: Int, denominator: Int), detail: String, y4m: consuming Y4MFile? = nil,
        avi: consuming AVIFile? = nil, jpegs: consuming JPEGStream? = nil, folder: FrameFolder? = nil, process: FFmpeg? = nil
    ) {
        self.path = path
        self.rate = rate
        self.detail = detail
        self.y4m = y4m
        self.avi = avi
        self.jpegs = jpegs
        self.folder = folder
        self.process = process
    }

    /// - Parameter fps: what a folder or MJPEG, which know none, play at; nil for 1.
    package static func open(path: String, fps: Double?) throws(CaptureError) -> Film {
        let fps = fps ?? 1
        var kind = try FileKind(path: path)
        if case .other = kind, JPEGStream.isNamedFilm(path) { kind = .jpeg }
        let chosen = (numerator: Int((fps * 1000).rounded()), denominator: 1000)
        switch kind {
        case .y4m:
            let file = try Y4MFile(path: path)
            let detail = Self.detail("Y4M", file.width, file.height, file.rate)
            return Film(path: path, rate: file.rate, detail: detail, y4m: consume file)
        case .avi:
            let file = try AVIFile(path: path)
            guard let picture = file.picture else {
                throw .wrongMedium(source: "file:\(path)", wanted: "pictures", remedy: "this AVI holds none: name another file")
            }
            guard ["MJPG", "JPEG", "AVRN", "LJPG"].contains(picture.coding) else {
                return try piped(path, "an AVI film coded as \(picture.coding)", "AVI (\(picture.coding)) through ffmpeg")
            }
            let detail = Self.detail("AVI", picture.width, picture.height, picture.rate)
            return Film(path: path, rate: picture.rate, detail: detail, avi: consume file)
        case .jpeg where try JPEGStream.isFilm(path: path):
            let file = try JPEGStream(path: path)
            return Film(path: path, rate: chosen, detail: "MJPEG, \(fps.figure) frames/s", jpegs: consume file)
        case .folder, .jpeg, .png:
            let frames = kind == .folder ? try FrameFolder(path: path) : FrameFolder(file: path)
            let detail = "\(frames.names.count) picture\(frames.names.count == 1 ? "" : "s"), \(fps.figure) frames/s"
            return Film(path: path, rate: chosen, detail: detail, folder: frames)
        case .wav:
            throw .wrongMedium(
                source: "file:\(path)", wanted: "pictures", remedy: "it holds sound: name a film or a folder of JPEG or PNG")
        case .other(let kind):
            return try piped(path, kind, "through ffmpeg")
        }
    }

    private static func piped(_ path: String, _ kind: String, _ words: String) throws(CaptureError) -> Film {
        let process = try FFmpeg.start(.pictures, path: path, kind: kind)
        let file = try film(of: process)
        let detail = Self.detail(words, file.width, file.height, file.rate)
        return Film(path: path, rate: file.rate, detail: detail, y4m: consume file, process: process)
    }

    private static func detail(_ kind: String, _ width: Int, _ height: Int, _ rate: (numerator: Int, denominator: Int)) -> String {
        let shown = (Double(rate.numerator) / Double(rate.denominator)).figure(decimals: 3)
        return "\(kind), \(width)x\(height), \(shown) frames/s"
    }

    private static func film(of process: FFmpeg) throws(CaptureError) -> Y4MFile {
        do throws(CaptureError) {
            return try Y4MFile(ByteReader(pipe: process.takeOutput()), path: process.path)
        } catch {
            throw process.refusal("no pictures")
        }
    }

    /// - Throws: when ffmpeg, which has to read the file anew, cannot be started any more.
    package mutating func rewind() throws(CaptureError) {
        if let process {
            let again = try FFmpeg.start(.pictures, path: path, kind: process.kind)
            y4m = try Self.film(of: again)
            self.process = again
        } else {
            y4m?.rewind()
        }
        avi?.rewind()
        jpegs?.rewind()
        folder?.rewind()
    }

    /// Goes over one frame, where that is possible without decoding it.
    /// - Returns: false at the end.
    /// - Throws: what is wrong with a frame; the next call goes on after it.
    package mutating func skip() throws(CaptureError) -> Bool {
        if folder != nil { return folder!.skip() }
        if avi != nil { return try avi!.skip() }
        if jpegs != nil { return jpegs!.skip() }
        return try y4m!.skip()
    }

    package mutating func takeWarnings() -> Int {
        defer { warnings = 0 }
        return warnings
    }

    /// That nothing was found in it, which is said when it has ended at its beginning.
    var emptiness: CaptureError {
        process?.refusal("no picture")
            ?? .malformed(path: path, what: "no picture was found in it", remedy: "it is cut off or damaged: record or convert it again")
    }

    /// Reads until a picture can be shown.
    /// - Throws: why none of its first `limit` can.
    package mutating func requirePicture(limit: Int = 64) throws(CaptureError) {
        var first: CaptureError?
        for _ in 0..<limit {
            do throws(CaptureError) {
                guard try next() == nil else { return }
                break
            } catch {
                first = first ?? error
            }
        }
        throw first ?? emptiness
    }

    /// The next frame, or nil at the end.
    /// - Throws: what is wrong with a frame; the next call goes on after it.
    package mutating func next() throws(CaptureError) -> RGBImage? {
        if y4m != nil { return try y4m!.next() }
        let picture = folder != nil ? try folder!.next() : avi != nil ? try avi!.next() : try jpegs!.next()
        if picture?.warning != nil { warnings += 1 }
        return picture?.image
    }
}
