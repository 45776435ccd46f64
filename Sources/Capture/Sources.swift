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

    /// Looks whether a recording has anything to be heard; of other sources, and of none, nothing is looked at.
    /// - Throws: as `audio`, and that nothing of the recording can be heard.
    public static func requireSound(_ specification: SourceSpecification) throws(CaptureError) {
        _ = try audio(specification)
        guard case .file(let path) = specification else { return }
        var track = try SoundTrack.open(path: path)
        try track.requireSound()
    }

    /// The same of what is to be seen.
    /// - Throws: as `video`, and that none of the recording's first pictures can be shown.
    public static func requirePictures(_ specification: SourceSpecification, _ options: VideoOptions = VideoOptions()) throws(CaptureError)
    {
        _ = try video(specification, options)
        guard case .file(let path) = specification else { return }
        var film = try Film.open(path: path, fps: options.fps)
        try film.requirePicture()
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
