import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
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
}
