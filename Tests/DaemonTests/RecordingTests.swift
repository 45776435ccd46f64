import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Logging
import Testing

/// What the daemon says of a recording that gives nothing.
@Suite struct RecordingTests {
    @Test func aFolderOfUnreadablePicturesIsNotOK() async throws {
        let frames = FileManager.default.temporaryDirectory.appendingPathComponent("frames-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: frames, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: frames) }
        for name in ["1.jpg", "2.png"] { try Data("text".utf8).write(to: frames.appendingPathComponent(name)) }
        let running = try await RunningDaemon.start {
            $0.video.source = "file:\(frames.path)"
            // Slow enough that a late reader does not skip both of them.
            $0.video.framesPerSecond = 1
            $0.video.loop = true
        }
        let client = try await running.client()
        let status = try await client.waitForStatus { $0["state"]?.string != "ok" }
        #expect(status["state"] == "degraded")
        #expect(status["message"]?.string?.contains("camera lost: nothing of it could be shown: \(frames.path)/") == true, "\(status)")
        let camera = try #require(status["devices"]?.array?.last)
        #expect(camera["state"] == "lost" && camera["detail"]?.string?.contains("remove or replace this picture") == true)
        await client.close()
        await running.stop()
    }

    /// Of three damaged pictures the first is told, once in the log and once as an event; all are counted.
    @Test func ofDamagedPicturesTheFirstIsTold() async throws {
        let frames = FileManager.default.temporaryDirectory.appendingPathComponent("frames-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: frames, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: frames) }
        let whole = RunningDaemon.desk + "/frames/frame-00001.jpg"
        for number in 1...9 {
            let path = frames.appendingPathComponent("\(number).jpg")
            // Two of them follow one another.
            if [4, 6, 7].contains(number) {
                try Data("text".utf8).write(to: path)
            } else {
                try FileManager.default.createSymbolicLink(atPath: path.path, withDestinationPath: whole)
            }
        }
        let lines = Lines()
        let running = try await RunningDaemon.start(log: Logger(label: "test") { _ in LineHandler(lines: lines) }) {
            $0.video.source = "file:\(frames.path)"
            // A frame a read: by the clock a busy machine would skip some.
            $0.video.realtime = false
        }
        let client = try await AgentClient.connect(to: running.socket)
        var setup = Setup.native(topics: [.health])
        // What was told before it came is told again.
        setup.after = 0
        try await client.setUp(setup)
        var told: [JSONValue] = []
        var camera: JSONValue?
        while camera?["state"]?.string != "ended" {
            let message = try await client.next(waitingFor: "the recording's end", timeout: .seconds(60))
            if let health = message.native("health"), health["component"] == "camera" { told.append(health) }
            if let device = message.native("device"), device["modality"] == "camera" { camera = device }
        }
        #expect(told.count == 1, "\(told)")
        #expect(told.first?["state"] == "degraded")
        #expect(told.first?["message"]?.string?.contains("4.jpg") == true)
        #expect(camera?["counters"]?["damaged"]?.integer == 3)
        let logged = lines.all.filter { $0.contains("cannot be read and is passed over") }
        #expect(logged.count == 1 && logged.first?.contains("4.jpg") == true, "\(logged)")
        await client.close()
        await running.stop()
    }
}
