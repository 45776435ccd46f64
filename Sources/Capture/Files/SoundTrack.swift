/// The sound of a file, as mono: WAV or AVI with PCM, or whatever ffmpeg can read (ADPCM in a WAV, too).
package struct SoundTrack: ~Copyable, Sendable {
    // One of the two.
    private var wav: WAVFile?
    private var avi: AVIFile?
    /// What the WAV comes from when the file is none.
    private var process: FFmpeg?
    private let path: String
    package let rate: Int
    /// The format in words, for the status, and what is wrong that can be lived with.
    package let detail: String

    private init(
        path: String, rate: Int, detail: String, wav: consuming WAVFile? = nil, avi: consuming AVIFile? = nil, process: FFmpeg? = nil
    ) {
        self.path = path
        self.rate = rate
        self.detail = detail
        self.wav = wav
        self.avi = avi
        self.process = process
    }

    /// A WAV that is read already.
    package init(wav: consuming WAVFile) {
        self.init(path: "", rate: wav.format.rate, detail: wav.format.description, wav: wav)
    }

    package static func open(path: String) throws(CaptureError) -> SoundTrack {
        switch try FileKind(path: path) {
        case .wav:
            let file: WAVFile
            do throws(CaptureError) {
                file = try WAVFile(path: path)
            } catch .unsupportedFile(_, let kind, _) {
                return try piped(path, kind, "WAV through ffmpeg")
            }
            let detail = file.format.description + (file.warning.isEmpty ? "" : " (\(file.warning))")
            return SoundTrack(path: path, rate: file.format.rate, detail: detail, wav: consume file)
        case .avi:
            let file = try AVIFile(path: path)
            guard let sound = file.sound else { return try piped(path, "an AVI film without PCM sound", "AVI through ffmpeg") }
            return SoundTrack(path: path, rate: sound.rate, detail: "AVI, \(sound)", avi: consume file)
        case .y4m, .jpeg, .png, .folder:
            throw .wrongMedium(source: "file:\(path)", wanted: "sound", remedy: "it holds pictures: name a WAV file or a film with sound")
        case .other(let kind):
            return try piped(path, kind, "through ffmpeg")
        }
    }

    private static func piped(_ path: String, _ kind: String, _ detail: String) throws(CaptureError) -> SoundTrack {
        let process = try FFmpeg.start(.sound, path: path, kind: kind)
        let file = try sound(of: process)
        return SoundTrack(path: path, rate: file.format.rate, detail: detail, wav: consume file, process: process)
    }

    private static func sound(of process: FFmpeg) throws(CaptureError) -> WAVFile {
        do throws(CaptureError) {
            var file = try WAVFile(ByteReader(pipe: process.takeOutput()), path: process.path)
            // It writes a header also before nothing.
            if file.isAtEnd { throw process.refusal("no sound") }
            return file
        } catch {
            throw process.refusal("no sound")
        }
    }

    /// That nothing was found in it, which is said when it has ended at its beginning.
    var emptiness: CaptureError {
        process?.refusal("no sound")
            ?? .malformed(path: path, what: "no sound was found in it", remedy: "it is cut off or damaged: record or convert it again")
    }

    /// - Throws: that there is nothing to be heard in it.
    package mutating func requireSound() throws(CaptureError) {
        if read(limit: 1, channel: nil).isEmpty { throw emptiness }
    }

    package mutating func rewind() throws(CaptureError) {
        if let process {
            let again = try FFmpeg.start(.sound, path: path, kind: process.kind)
            wav = try Self.sound(of: again)
            self.process = again
        } else {
            wav?.rewind()
        }
        avi?.rewind()
    }

    /// Reads up to `limit` frames as mono.
    /// - Returns: empty at the end.
    package mutating func read(limit: Int, channel: Int?) -> [Float] {
        avi != nil ? avi!.readSound(limit: limit, channel: channel) : wav!.read(limit: limit, channel: channel)
    }
}
