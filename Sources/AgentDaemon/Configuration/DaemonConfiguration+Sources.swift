import Capture

extension DaemonConfiguration {
    /// Whether the sources are written as they must be; files are opened, devices are not.
    /// - Throws: `CaptureError`, naming the source and the remedy.
    public func checkSources() throws {
        _ = try Sources.audio(SourceSpecification(audio.source), AudioOptions())
        _ = try Sources.video(
            SourceSpecification(video.source),
            VideoOptions(width: video.width, height: video.height, pixelFormat: pixelFormat, fps: video.framesPerSecond))
    }

    /// nil: the camera's best.
    var pixelFormat: String? { video.pixelFormat.isEmpty ? nil : video.pixelFormat }
}
