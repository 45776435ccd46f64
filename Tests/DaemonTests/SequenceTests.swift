import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Testing

@Suite("The numbers of events over a restart")
struct SequenceTests {
    @Test("blocks are reserved ahead, and a damaged file goes on beyond them")
    func blocks() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sequence-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = SequenceStore(folder: folder)
        #expect(first.last == 0)
        try first.reserve(beyond: 0)
        try first.reserve(beyond: 4_000)
        #expect(SequenceStore(folder: folder).last == 10_000)
        try first.reserve(beyond: 5_001)
        #expect(SequenceStore(folder: folder).last == 15_001)
        try "nonsense".write(toFile: folder + "/sequence", atomically: true, encoding: .utf8)
        #expect(SequenceStore(folder: folder).last > 1_000_000_000_000)
        #expect(SequenceStore(folder: nil).last == 0)
    }

    @Test("a client that comes back after a restart is told of the gap, and numbers go on")
    func restart() async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: state) }
        let first = try await RunningDaemon.start { $0.state.path = state }
        let last = try await first.client().answer(to: "hm?").end.sequence
        await first.stop()
        let second = try await RunningDaemon.start { $0.state.path = state }
        let client = try await AgentClient.connect(to: second.socket)
        var setup = Setup.native(topics: [.turn])
        setup.after = last
        try await client.setUp(setup)
        let gap = try await client.next(waitingFor: "gap", timeout: .seconds(10)).native("gap")
        #expect(gap?["from"]?.integer == last.map { $0 + 1 })
        #expect(gap?["to"]?.integer == 10_000)
        #expect(try await client.answer(to: "hm?").end.sequence ?? 0 > 10_000)
        await second.stop()
    }
}
