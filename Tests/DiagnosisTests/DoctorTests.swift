import AgentDaemon
import AgentProtocol
import Capture
import Diagnosis
import Foundation
import Logging
import Testing

/// The doctor examines what the daemon that runs was given, and tells each fault once, with what this machine really has.
@Suite struct DoctorTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func withoutConfigItIsTheRunningDaemonsThatIsExamined() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("doctor-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, model) = (folder.path + "/my.toml", Self.root.path + "/Tests/Fixtures/golden/e2b")
        let text = """
            [model]
            path = "\(model)"
            threads = 1
            [audio]
            source = "none"
            [video]
            source = "none"
            [socket]
            path = "s"
            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let daemon = try await Daemon(configuration: DaemonConfiguration(file: file), configurationFile: file, log: log).start()
        func findings(_ configuration: String?) async -> [Finding] {
            var findings: [Finding] = []
            _ = await Examination(configurationFile: configuration, socket: folder.path + "/s").run { findings.append($0) }
            return findings
        }
        let found = await findings(nil)
        #expect(found.first == Finding("configuration", .ok, file))
        #expect(found.first { $0.name == "model" }?.text.contains(model) == true)
        #expect(found.first { $0.name == "daemon" }?.verdict == .ok)
        #expect(found.first { $0.name == "microphone" } == Finding("microphone", .note, "none is configured"))
        #expect(!found.contains { $0.verdict == .problem }, "\(found)")
        // Another file is examined where it is named, and that the daemon has another one is said.
        let other = folder.path + "/other.toml"
        try text.replacing("threads = 1", with: "threads = 2").write(toFile: other, atomically: true, encoding: .utf8)
        let named = await findings(other)
        #expect(
            named.prefix(2) == [
                Finding("configuration", .ok, other), Finding("configuration", .note, "the daemon that answers was started with \(file)"),
            ])
        await daemon.stop(grace: .zero)
    }

    @Test func aConfigurationThatCannotBeReadIsOneFault() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("doctor-\(UUID().uuidString.prefix(8)).toml")
        try "[model]\npfad = \"x\"\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        var problems: [String] = []
        _ = await Examination(configurationFile: file.path, socket: "/nowhere/s").run {
            if $0.verdict == .problem { problems.append($0.name) }
        }
        // The packaged paths, which nobody configured, are no faults.
        #expect(problems.filter { $0 != "clock" } == ["configuration", "daemon"])
    }

    @Test func whatIsWrongInTheSettingsIsAFindingEach() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("doctor-\(UUID().uuidString.prefix(8)).toml")
        let text = """
            [audio]
            source = "none"
            [video]
            source = "none"
            [socket]
            group = "no-such-group"
            [state]
            path = "/dev/null"
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        var found: [String] = []
        _ = await Examination(configurationFile: file.path, socket: "/nowhere/s").run {
            if $0.name == "configuration", $0.verdict == .problem { found.append($0.text) }
        }
        #expect(found.count == 2 && found[0].contains("no-such-group") && found[1].contains("/dev/null is no folder"), "\(found)")
    }

    private func status(_ state: String, _ message: String, _ devices: [JSONValue]) -> JSONValue {
        [
            "server": "mmagentd/0.1", "state": .string(state), "message": .string(message), "model": "nano", "devices": .array(devices),
        ]
    }

    @Test func aDevicesFaultIsTheDevicesAlone() {
        let lost: JSONValue = ["modality": "mic", "state": "lost", "detail": "alsa:x: gone; connect it"]
        let well = RunningDaemon.finding(status("ok", "everything works", []), path: "/s")
        #expect(well == Finding("daemon", .ok, "mmagentd/0.1 at /s, nano, ok: everything works"))
        let device = RunningDaemon.finding(status("degraded", "mic lost: alsa:x: gone; connect it", [lost]), path: "/s")
        #expect(device == Finding("daemon", .ok, "mmagentd/0.1 at /s, nano; of its devices see below"))
        let message = "mic lost: alsa:x: gone; connect it; the disk is full: free some"
        let both = RunningDaemon.finding(status("degraded", message, [lost]), path: "/s")
        #expect(both == Finding("daemon", .problem, "mmagentd/0.1 at /s, nano, degraded: the disk is full: free some"))
    }

    @Test func onlyDevicesThatAreThereAreRecommended() {
        let text = "alsa:x: there is no such device; connect it, or choose one that 'mmagentctl devices' lists"
        func advice(_ devices: [CaptureDevice]) -> String { DeviceAdvice.concrete(text, isSound: true, devices: devices) }
        let none = "connect it, or set [audio] source = \"none\", since this machine has no microphone"
        #expect(advice([]) == "alsa:x: there is no such device; \(none)")
        let usb = CaptureDevice(source: "alsa:hw:CARD=USB,DEV=0", name: "USB")
        #expect(advice([usb]).hasSuffix("connect it, or choose one of alsa:hw:CARD=USB,DEV=0"))
        let forbidden = CaptureDevice(source: "alsa:y", name: "", problem: "permission denied")
        #expect(advice([forbidden]).hasSuffix("no microphone that can be used"))
        #expect(advice(Array(repeating: usb, count: 6)).hasSuffix(", …"))
        #expect(DeviceAdvice.concrete("nothing of that kind", isSound: false, devices: []) == "nothing of that kind")
    }

    /// The words that the advice is put in the place of are those that devices' failures have.
    @Test func theWordsAreThoseOfTheFailures() {
        for code in [ENOENT, ENODEV] {
            #expect(DeviceFailure(code: code, device: "alsa:x", group: "audio", action: "open").remedy.contains(DeviceAdvice.choice))
        }
    }
}
