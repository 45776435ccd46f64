import AgentProtocol
import AgentSocket
import Capture

extension DaemonConfiguration {
    /// What is wrong with the sources as they are written, each of them and each option apart; files are read until something can be
    /// shown or heard, devices are not opened.
    func sourceFaults() -> [CaptureError] {
        let options = VideoOptions(width: video.width, height: video.height, pixelFormat: pixelFormat, fps: video.framesPerSecond)
        var faults: [CaptureError] = []
        func check(_ body: () throws(CaptureError) -> Void) {
            do throws(CaptureError) { try body() } catch { faults.append(error) }
        }
        check { () throws(CaptureError) in try Sources.requireSound(SourceSpecification(audio.source)) }
        faults += options.faults
        // An option that is out of range does not hide what the source lacks.
        check { () throws(CaptureError) in
            try Sources.requirePictures(SourceSpecification(video.source), options.faults.isEmpty ? options : VideoOptions())
        }
        return faults
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
