import AgentProtocol
import Session
import Testing

@Suite struct TurnOrderTests {
    private func waiting(_ turn: String, _ client: UInt64, _ since: Int, background: Bool = false) -> TurnOrder.Waiting {
        TurnOrder.Waiting(turn: turn, owner: .client(ClientContext.ID(client)), since: since, isBackground: background)
    }

    @Test func theOneThatWaitsLongestIsNext() {
        #expect(TurnOrder.next(among: [], step: 0) == nil)
        #expect(TurnOrder.next(among: [waiting("a", 1, 7), waiting("b", 2, 3), waiting("c", 3, 9)], step: 10) == "b")
    }

    @Test func severalAsksOfOneOwnerCountAsOne() {
        // The first owner was served at 8; its older ask does not put it before the second.
        let asks = [waiting("a1", 1, 2), waiting("a2", 1, 8), waiting("b", 2, 5)]
        #expect(TurnOrder.next(among: asks, step: 9) == "b")
        #expect(TurnOrder.next(among: Array(asks.prefix(2)), step: 9) == "a1")
    }

    @Test func theBackgroundComesLastAndOnceInSixteen() {
        let asks = [waiting("watch", 1, 1, background: true), waiting("ask", 2, 9)]
        let steps = (0..<32).map { TurnOrder.next(among: asks, step: $0) }
        #expect(steps.count { $0 == "watch" } == 2)
        #expect(TurnOrder.next(among: [asks[0]], step: 1) == "watch")
    }
}
