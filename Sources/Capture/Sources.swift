/// Makes sources from what the configuration says.
public enum Sources {
    /// - Throws: a specification that is not sound, an option out of range, a file that is missing, damaged or of an
    ///   unsupported kind. A device is not looked at before `start`.
    public static func audio(_ specification: SourceSpecification, _ options: AudioOptions = AudioOptions()) throws(CaptureError)
        -> any AudioSource
    {
        if let fault = options.faults.first { throw fault }
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
        if let fault = options.faults.first { throw fault }
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
