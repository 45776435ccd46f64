import AgentProtocol
import AgentSocket
import Foundation
import Media

/// Plays a recording to a running `mmagentd` in real time, over its socket: what clients of it do and get, and nothing else.
final class LiveHost: StreamHost {
    /// After the last sound of a recording, so that the detector finds its end.
    private static let tail = Duration.seconds(2)
    /// Until both devices deliver.
    private static let patience = Duration.seconds(30)

    private let recording: StreamSet.Recording
    private let folder: URL
    private let media: LiveMedia
    private let daemon: LiveDaemon
    private let control: AgentClient
    private let follower: LiveClient
    private var watches: [Int: LiveClient] = [:]
    private var left: [StreamNote] = []
    private var sound: StreamSound
    private let clock: LiveClock

    /// - Parameters:
    ///   - program: the path of mmagentd.
    ///   - configuration: TOML of [model], [stream] and the like, without sources and socket.
    init(recording: StreamSet.Recording, program: String, configuration: LiveConfiguration) async throws {
        self.recording = recording
        // Short, for the path of a socket is.
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-live-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        media = try LiveMedia(recording, folder: folder)
        sound = StreamSound(recording.sound)
        let text = configuration.text(microphone: media.microphone, camera: media.camera, fps: recording.truth.fps)
        daemon = try LiveDaemon(program: program, configuration: text, folder: folder)
        control = try await daemon.connect()
        try await control.setUp(.live())
        try await control.send(ClientMessage(.native(.subscribe([])), id: "quiet"))
        _ = try await control.reply(to: "quiet")
        try await Self.awaitDevices(control, program)
        let clock = LiveClock(reached: try await Self.seconds(control))
        self.clock = clock
        follower = try await LiveClient(try await daemon.connect(), clock: { clock.now })
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// How much of the recording the microphone has delivered: a daemon does not say when it began.
    private static func seconds(_ control: AgentClient) async throws -> Double {
        let microphone = try await devices(control).first { $0["modality"]?.string == "mic" }
        return Double(microphone?["counters"]?["delivered"]?.integer ?? 0) / Double(AudioBlock.sampleRate)
    }

    private static func devices(_ control: AgentClient) async throws -> [JSONValue] {
        try await control.send(ClientMessage(.native(.devices), id: "devices"))
        return try await control.reply(to: "devices").native("devices")?.array ?? []
    }

    /// A daemon without its devices would be measured as one that sees and hears nothing.
    private static func awaitDevices(_ control: AgentClient, _ program: String) async throws {
        let end = ContinuousClock.now + patience
        while true {
            let devices = try await devices(control)
            let late = devices.first { ($0["counters"]?["delivered"]?.integer ?? 0) == 0 }
            guard let late else { return }
            guard late["state"]?.string != "lost", ContinuousClock.now < end else {
                let detail = late["detail"]?.string ?? "it is silent"
                throw EvaluationError.daemon(path: program, reason: "does not play the recording, \(detail)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    var notes: [StreamNote] { follower.notes + left + watches.values.flatMap(\.notes) }

    func advance(to seconds: Double) async throws {
        let rest = seconds - clock.now
        if rest > 0 { try await Task.sleep(for: .seconds(rest)) }
    }

    func ask(_ question: String, after: [StreamTruth.Turn]) async throws -> StreamAnswer {
        let client = try await daemon.connect()
        try await client.setUp(.live())
        let answer = try await client.answer(to: question, after: after)
        await client.close()
        return answer
    }

    func askAfresh(_ question: String, _ glimpse: Glimpse) async throws -> StreamAnswer {
        let client = try await daemon.connect()
        try await client.setUp(.live(session: nil))
        let input: [RealtimeInput]
        switch glimpse {
        case .frame(let path):
            guard let jpeg = FileManager.default.contents(atPath: path) else { throw EvaluationError.missing(path: path) }
            input = [.video(Blob(mimeType: "image/jpeg", data: Array(jpeg)))]
        case .sound(let span):
            let samples = try sound.samples(of: span).map { Int16(min(max($0, -1), 1) * 32_767).littleEndian }
            let bytes = samples.withUnsafeBytes { Array($0) }
            input = [.audio(Blob(mimeType: "audio/pcm;rate=\(AudioBlock.sampleRate)", data: bytes)), .audioStreamEnd]
        }
        try await client.send(ClientMessage(.realtimeInput(input)))
        let answer = try await client.answer(to: question)
        await client.close()
        return answer
    }

    func follow(_ instruction: String, number: Int) async throws {
        let clock = clock
        watches[number] = try await LiveClient(try await daemon.connect(), instruction: (instruction, number), clock: { clock.now })
    }

    func unfollow(number: Int) async throws {
        guard let watch = watches.removeValue(forKey: number) else { return }
        await watch.leave()
        left += watch.notes
    }

    func setMuted(_ mute: Bool, _ device: StreamTruth.Mute.Device) async throws {
        if !mute { try media.prepare(device, from: clock.now) }
        let modality: Modality = device == .camera ? .camera : .microphone
        try await control.send(ClientMessage(.native(mute ? .mute(modality) : .unmute(modality)), id: "mute"))
        _ = try await control.reply(to: "mute")
    }

    func finish() async throws -> StreamCost {
        try await advance(to: recording.truth.seconds)
        try await Task.sleep(for: Self.tail)
        var cost = StreamCost()
        try await control.send(ClientMessage(.native(.status), id: "status"))
        let counters = try await control.reply(to: "status").native("status")?["counters"]
        if let percent = counters?["visionWorkPercent"]?.integer { cost.visionWork = Double(percent) / 100 }
        for number in watches.keys.sorted() { try await unfollow(number: number) }
        await follower.leave()
        await control.close()
        await daemon.stop()
        return cost
    }
}

/// Seconds of the recording, by the clock by which the daemon plays it.
struct LiveClock: Sendable {
    private let begin: MediaTime

    /// - Parameter reached: how much of it has been played now.
    init(reached: Double) { begin = MediaTime.now().adding(seconds: -reached) }

    var now: Double { (MediaTime.now() - begin).seconds }
}
