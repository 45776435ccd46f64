import AgentProtocol
import AgentSocket
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

    /// Whether any source runs by the clock. A live device beside a recording read as fast as possible would have no
    /// common time, so that is refused.
    func isLive() throws -> Bool {
        var live: [String] = []
        var replayed: [String] = []
        for (name, text, realtime) in [("audio", audio.source, audio.realtime), ("video", video.source, video.realtime)] {
            switch try SourceSpecification(text) {
            case .none: continue
            case .file where !realtime: replayed.append(name)
            default: live.append(name)
            }
        }
        if let live = live.first, let replayed = replayed.first { throw DaemonError.mixedPace(live: live, replayed: replayed) }
        return !live.isEmpty
    }

    /// `[socket]`, as the server takes it.
    var socketSettings: AgentServer.Configuration {
        var settings = AgentServer.Configuration(
            path: socket.path, mode: Int(socket.mode), group: socket.group.isEmpty ? nil : socket.group)
        settings.maximumConnections = socket.maximumClients
        for (role, group) in [(Role.observer, socket.observers), (.participant, socket.participants), (.owner, socket.owners)]
        where !group.isEmpty { settings.groupsOfRoles[role] = group }
        return settings
    }

    /// nil: the camera's best.
    var pixelFormat: String? { video.pixelFormat.isEmpty ? nil : video.pixelFormat }
}
