import AgentProtocol
import Session
import Testing

@Suite struct ResumptionTableTests {
    private func id(_ number: UInt64) -> ClientContext.ID { .init(number) }
    private let me = Principal.user(1)
    private let other = Principal.key("panel")

    @Test func handlesAreTheirUsersAlone() {
        var table = ResumptionTable<String>()
        let first = table.issue(to: id(1), of: me, at: 5)
        #expect(table.find(first, of: me)?.sequence == 5)
        #expect(table.find(first, of: other) == nil)
        let second = table.issue(to: id(1), of: me, at: 9)
        #expect(first != second && second.count == 64)
        #expect(table.find(first, of: me)?.sequence == 5)
        #expect(table.park(id(1), of: me, "history") == [])
        #expect(table.find(second, of: me)?.client == id(1))
        #expect(table.resume(id(1), as: id(2)) == "history")
        #expect(table.resume(id(1), as: id(3)) == nil)
        // They stay good: the connection may be lost again before there is a newer one.
        #expect(table.find(second, of: me)?.client == id(2))
        // So many of the newest are known.
        let more = (1...ResumptionTable<String>.maximumHandles - 1).map {
            table.issue(to: id(2), of: me, at: Int64(9 + $0), prefix: "main-")
        }
        #expect(table.find(first, of: me) == nil && table.find(second, of: me)?.sequence == 9)
        #expect(more.allSatisfy { table.find($0, of: me)?.client == id(2) && $0.hasPrefix("main-") })
        _ = table.issue(to: id(2), of: me, at: 99)
        #expect(table.find(second, of: me) == nil)
    }

    @Test func whoHasNoHandleIsNotKept() {
        var table = ResumptionTable<String>()
        #expect(table.park(id(1), of: me, "x") == ["x"])
        var none = ResumptionTable<String>(limits: .init(places: 0))
        let handle = none.issue(to: id(1), of: me, at: 1)
        #expect(none.park(id(1), of: me, "x") == ["x"])
        #expect(none.find(handle, of: me) == nil)
    }

    @Test func theOldestIsGivenUpOfTheUserFirst() {
        var table = ResumptionTable<Int>(limits: .init(places: 4))
        let begin = ContinuousClock.now
        func park(_ number: Int, _ user: Principal) -> [Int] {
            _ = table.issue(to: id(UInt64(number)), of: user, at: 0)
            return table.park(id(UInt64(number)), of: user, number, now: begin + .seconds(number))
        }
        #expect(park(1, other) == [])
        #expect(park(2, me) == [])
        #expect(park(3, me) == [])
        #expect(park(4, me) == [])
        // Three in four are one user's; then the oldest of all.
        #expect(park(5, me) == [2])
        #expect(park(6, other) == [1])
        #expect(table.waitingCount == 4)
    }

    @Test func whoIsAwayTooLongIsForgotten() {
        var table = ResumptionTable<Int>(limits: .init(patience: .seconds(60)))
        let begin = ContinuousClock.now
        let handle = table.issue(to: id(1), of: me, at: 0)
        _ = table.park(id(1), of: me, 1, now: begin)
        #expect(table.expire(now: begin + .seconds(60)) == [])
        table.change { $0 += 10 }
        #expect(table.expire(now: begin + .seconds(61)) == [11])
        #expect(table.find(handle, of: me) == nil)
    }
}
