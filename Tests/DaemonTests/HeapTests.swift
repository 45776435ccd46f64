import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Testing

/// What a load took is given back when it is over, once.
@Suite struct HeapTests {
    private static let mebibyte = 1 << 20

    /// The seconds at which memory is given back, of what is free second by second.
    private func given(_ free: [Int]) -> [Int] {
        var policy = HeapPolicy()
        let start = ContinuousClock.now
        return free.indices.filter { policy.observe(free: free[$0] * Self.mebibyte, now: start + .seconds($0)) }
    }

    @Test func onceAfterALoad() {
        // Three seconds of load, which uses what is free; then 80 MiB stay free.
        #expect(given([4, 4, 1, 0, 2] + Array(repeating: 80, count: 60)) == [10])
        // The next load is one again.
        #expect(given([4] + Array(repeating: 80, count: 20) + [3, 3] + Array(repeating: 90, count: 20)) == [6, 28])
    }

    @Test func neverForLittleNorWhileItMoves() {
        #expect(given(Array(repeating: 4, count: 20) + Array(repeating: 19, count: 40)) == [])
        #expect(given((0..<60).map { $0 % 2 == 0 ? 2 : 40 }) == [])
    }
}
