import Figures

/// Makes sources from what the configuration says.
public enum Sources {
    /// - Throws: a specification that is not sound, an option out of range, a file that is missing, damaged or of an
    ///   unsupported kind. A device is not looked at before `start`.
    public static func audio(_ specification: SourceSpecification, _ options: AudioOptions = AudioOptions()) throws(CaptureError)
        -> any AudioSource
    {
        if let channel = options.channel, !(0..<PCMFormat.maximumChannels).contains(channel) {
            throw .invalidOption(name: "audio.channel", value: "\(channel)", allowed: "0...\(PCMFormat.maximumChannels - 1)")
        }
        switch specification {
        case .alsa(let name):
            return ALSASource(device: name, options: options)
        case .file(let path):
            return try AudioFileSource(path: path, options: options)
        case .none:
            return AbsentSource()
        case .v4l2:
            throw .wrongMedium(source: specification.description, wanted: "sound", remedy: "write alsa:NAME, file:PATH.wav or none")
        }
    }

    /// - Throws: as `audio`.
    public static func video(_ specification: SourceSpecification, _ options: VideoOptions = VideoOptions()) throws(CaptureError)
        -> any VideoSource
    {
        guard (16...8192).contains(options.width), (16...8192).contains(options.height) else {
            throw .invalidOption(
                name: "video.width x video.height", value: "\(options.width)x\(options.height)", allowed: "16...8192 each")
        }
        if let fps = options.fps, !(fps >= 0.01 && fps <= 240) {
            throw .invalidOption(name: "video.fps", value: fps.figure, allowed: "0.01...240")
        }
        if let name = options.pixelFormat, name.utf8.count != 4 || !name.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            throw .invalidOption(name: "video.pixel_format", value: "'\(name)'", allowed: "four characters, as YUYV or MJPG")
        }
        switch specification {
        case .v4l2(let path):
            return V4L2Source(path: path, options: options)
        case .file(let path):
            return try VideoFileSource(path: path, options: options)
        case .none:
            return AbsentSource()
        case .alsa:
            throw .wrongMedium(
                source: specification.description, wanted: "pictures",
                remedy: "write v4l2:/dev/videoN, file:PATH (Y4M or a folder of JPEG or PNG) or none")
        }
    }
}

/// The source `none`: always silent, never lost.
actor AbsentSource: AudioSource, VideoSource {
    private nonisolated let board = StatusBoard(source: "none", detail: "not configured")

    func start() {}
    func stop() {}
    nonisolated func read(maximumSamples: Int) -> [AudioCaptureEvent] { [] }
    nonisolated func read() -> [VideoCaptureEvent] { [] }
    nonisolated var status: SourceStatus { board.snapshot }
}
