import AgentDaemon
import AgentProtocol
import Diagnosis
import Foundation
import Testing

@Suite struct ExaminationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Findings by name, of a configuration with these lines.
    private func findings(_ text: String) async throws -> (healthy: Bool, [String: Finding]) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("doctor-\(UUID().uuidString.prefix(8)).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        var findings: [String: Finding] = [:]
        let examination = Examination(configurationFile: file.path, socket: "/nowhere/s", patience: 0.2)
        let isHealthy = await examination.run { findings[$0.name] = $0 }
        return (isHealthy, findings)
    }

    @Test func eachThingThatIsWrongIsNamedWithItsRemedy() async throws {
        let (isHealthy, findings) = try await findings(
            """
            [model]
            path = "/nowhere/model"
            [audio]
            source = "alsa:no_such_device_here"
            [video]
            source = "v4l2:/dev/video-none"
            """)
        #expect(!isHealthy)
        #expect(findings["configuration"]?.verdict == .ok)
        #expect(findings["model"]?.verdict == .problem && findings["model"]?.text.contains("/nowhere/model") == true)
        #expect(findings["daemon"]?.verdict == .problem && findings["daemon"]?.text.contains("systemctl start mmagentd") == true)
        #expect(findings["microphone"]?.verdict == .problem && findings["microphone"]?.text.contains("no_such_device_here") == true)
        #expect(findings["camera"]?.verdict == .problem && findings["camera"]?.text.contains(/choose one of|set \[video\] source/) == true)
        #expect(findings["processor"] != nil && findings["clock"] != nil && findings["memory"] != nil)
    }

    @Test func aWrongConfigurationIsAFindingAndNoEnd() async throws {
        let (_, findings) = try await findings("[model]\npfad = \"x\"\n")
        #expect(findings["configuration"]?.verdict == .problem && findings["configuration"]?.text.contains("pfad") == true)
        #expect(findings.count >= 8)
    }

    @Test func theShippedModelAndARecordingAreFine() async throws {
        let (_, findings) = try await findings(
            """
            [model]
            path = "\(Self.root.path)/models/nano"
            [audio]
            source = "file:\(Self.root.path)/recordings/desk/microphone.wav"
            [video]
            source = "none"
            """)
        #expect(findings["model"]?.verdict == .ok && findings["model"]?.text.hasPrefix("nano at ") == true)
        #expect(findings["memory"]?.text.contains("wanted") == true)
        #expect(findings["microphone"]?.verdict == .ok)
        #expect(findings["camera"] == Finding("camera", .note, "none is configured"))
    }

    @Test func aRecordingThatGivesNothingIsAProblem() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("doctor-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("text".utf8).write(to: folder.appendingPathComponent("1.jpg"))
        let (_, findings) = try await findings(
            """
            [model]
            path = "\(Self.root.path)/models/nano"
            [audio]
            source = "none"
            [video]
            source = "file:\(folder.path)"
            """)
        #expect(findings["camera"]?.verdict == .problem && findings["camera"]?.text.contains("1.jpg") == true)
    }

    @Test func aModelThatIsNotSignedIsAProblemWhereAKeyIsConfigured() async throws {
        let (_, findings) = try await findings(
            """
            [model]
            path = "\(Self.root.path)/models/nano"
            public_key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
            """)
        #expect(findings["model"]?.verdict == .problem)
        #expect(findings["model"]?.text.contains("mmagent.sha256 is missing: the model is not signed") == true)
    }

    @Test func aStreamThatTheModelWasNotMadeForIsNamed() async throws {
        let (_, findings) = try await findings(
            """
            [model]
            path = "\(Self.root.path)/models/nano"
            [audio]
            source = "none"
            [video]
            source = "none"
            [stream]
            frames = 4000
            """)
        let stream = try #require(findings["stream"])
        #expect(stream.verdict == .note)
        #expect(stream.text.hasPrefix("[stream] frames = 4000 is more than the ") && stream.text.contains("nano was made for"))
        #expect(findings["model"]?.verdict == .ok)
    }

    @Test func memoryAndClockAreJudged() {
        #expect(Machine.memory(available: 1_000_000_000, needed: 16_000_000).verdict == .ok)
        #expect(Machine.memory(available: 1_000_000_000, needed: 4_000_000_000).verdict == .problem)
        #expect(Machine.available("MemTotal: 9 kB\nMemAvailable:   2048 kB\n") == 2048 * 1024)
        #expect(Machine.clock(realtime: Date(timeIntervalSince1970: 0), isSynchronised: true).verdict == .problem)
        #expect(Machine.clock(realtime: Date(timeIntervalSince1970: 1_790_000_000), isSynchronised: false).verdict == .note)
    }

    @Test func theDaemonsOwnReportComesFirst() {
        #expect(
            Examination.finding(
                "camera", report: ["modality": "camera", "state": "lost", "source": "v4l2:/dev/video0", "detail": "gone: connect it"])
                == Finding("camera", .problem, "gone: connect it"))
        #expect(
            Examination.finding("microphone", report: ["modality": "mic", "state": "muted", "source": "alsa:default"]).verdict == .note)
        #expect(
            Examination.finding("camera", report: ["modality": "camera", "state": "running", "source": "x", "detail": "640x480"]).line
                == "ok       camera         x is running: 640x480")
    }
}
