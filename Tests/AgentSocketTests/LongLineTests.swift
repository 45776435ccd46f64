import AgentProtocol
import AgentSocket
import Dispatch
import Synchronization
import Testing

/// Lines of many megabytes take long to decode: that is their clients' affair.
@Suite("Long lines")
struct LongLineTests {
    private static let long: [UInt8] = line(of: LongLines.threshold)

    private static func line(of bytes: Int) -> [UInt8] {
        Array("{\"mm\":{\"id\":\"r\",\"status\":{},\"x\":\"\(String(repeating: "y", count: bytes))\"}}".utf8)
    }

    /// How many lines are in work.
    private final class Count: Sendable {
        private let value = Mutex(0)
        func change(by step: Int) -> Int {
            value.withLock {
                $0 += step
                return $0
            }
        }
    }

    @Test("while one is in work the threads that all share are free, however many wait behind it")
    func oneAtATime() async throws {
        let (lines, gate, running) = (LongLines(), DispatchSemaphore(value: 0), Count())
        let count = 32
        try await withThrowingTaskGroup(of: ClientMessage?.self) { group in
            for _ in 0..<count {
                group.addTask {
                    try await lines.message(of: Self.long) {
                        #expect(running.change(by: 1) == 1)
                        gate.wait()
                        return running.change(by: -1) == 0
                    }
                }
            }
            // More tasks than there are cores wait for the gate; others have their turn all the same.
            for _ in 0..<100 { await Task { await Task.yield() }.value }
            for _ in 0..<count { gate.signal() }
            for try await message in group { #expect(message?.id == "r") }
        }
    }

    @Test("that of a client that has gone is not decoded; what is wrong with one is said")
    func unwanted() async throws {
        let lines = LongLines()
        #expect(try await lines.message(of: Array("{".utf8) + Self.long) { false } == nil)
        await #expect(throws: StatusError.self) { try await lines.message(of: Array("{".utf8) + Self.long) { true } }
    }

    /// Each of them holds a core for a while, in a debug build for seconds. One after the other they take some time in all; what
    /// others ask in between takes a small part of it.
    @Test("a crowd that sends them does not hold up who asks for little")
    func crowd() async throws {
        try await Fixture.run { fixture in
            var crowd: [RawClient] = []
            let junk = Self.line(of: 6 << 20)
            for _ in 0..<8 {
                let client = try RawClient(fixture.path)
                try await client.send("{\"setup\":{\"mm\":{\"subscribe\":[]}}}\n")
                #expect(try await client.line()?.isSetupComplete == true)
                try await client.send(junk)
                crowd.append(client)
            }
            let other = try await fixture.client()
            let begin = ContinuousClock.now
            for client in crowd { try await client.send("\n") }
            let reading = Task { [crowd] in
                for client in crowd { while try await client.line()?.re != "r" {} }
                return ContinuousClock.now - begin
            }
            var worst = Duration.zero
            for _ in 0..<20 {
                let asked = ContinuousClock.now
                try await other.send(ClientMessage(.native(.devices), id: "d"))
                _ = try await other.reply(to: "d", timeout: .seconds(60))
                worst = max(worst, ContinuousClock.now - asked)
            }
            let all = try await reading.value
            #expect(worst < all / 2, "\(worst) of \(all)")
            await other.close()
        }
    }
}
