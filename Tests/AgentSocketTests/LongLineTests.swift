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
        try await withThrowingTaskGroup(of: [WireInput]?.self) { group in
            for _ in 0..<count {
                group.addTask {
                    await lines.read(Self.long, by: LiveWire()) {
                        #expect(running.change(by: 1) == 1)
                        gate.wait()
                        return running.change(by: -1) == 0
                    }
                }
            }
            // More tasks than there are cores wait for the gate; others have their turn all the same.
            for _ in 0..<100 { await Task { await Task.yield() }.value }
            for _ in 0..<count { gate.signal() }
            for try await inputs in group {
                let id: RequestID? = if case .message(let message)? = inputs?.first { message.id } else { nil }
                #expect(id == "r")
            }
        }
    }

    @Test("that of a client that has gone is not decoded; what is wrong with one is said")
    func unwanted() async throws {
        let lines = LongLines()
        #expect(await lines.read(Array("{".utf8) + Self.long, by: LiveWire()) { false } == nil)
        let read = await lines.read(Array("{".utf8) + Self.long, by: LiveWire()) { true }
        let isRefused = if case .refused? = read?.first { true } else { false }
        #expect(isRefused)
    }

    @Test("through the socket it is answered as any other, and refused as any other")
    func throughTheSocket() async throws {
        try await Fixture.run { fixture in
            let client = try RawClient(fixture.path)
            try await client.send("{\"setup\":{\"mm\":{\"subscribe\":[]}}}\n")
            #expect(try await client.line()?.isSetupComplete == true)
            try await client.send(Self.long + [0x0A])
            // What it says beside its request is named first.
            #expect(try await client.line()?.native("ignored") != nil)
            #expect(try await client.line()?.re == "r")
            try await client.send(Self.long.dropLast(1) + [0x0A])
            #expect(try await client.line()?.error?.reason == "NOT_JSON")
            try await client.send("{\"mm\":{\"id\":\"s\",\"devices\":{}}}\n")
            #expect(try await client.line()?.re == "s")
        }
    }
}
