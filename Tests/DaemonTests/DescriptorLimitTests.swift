import AgentDaemon
import Glibc
import Testing

/// How many clients may connect where the limit of open files is low.
@Suite struct DescriptorLimitTests {
    @Test(arguments: [
        // The limit leaves room for all, for some, for one at least.
        (64, 1_024, 64), (64, 256, 64), (64, 200, 8), (1_024, 1_024, 832), (1_024, 1_216, 1_024), (64, 192, 1), (64, 10, 1), (1, 1_024, 1),
    ])
    func clientsThatAreServed(clients: Int, limit: Int, served: Int) {
        #expect(DescriptorLimit.served(clients, limit: limit) == served)
    }

    /// The soft limit is raised as far as clients need it and the hard limit allows, and never lowered.
    @Test func theLimitIsRaised() throws {
        func current() -> rlimit {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            return limit
        }
        func set(_ soft: rlim_t, _ hard: rlim_t) {
            var limit = rlimit(rlim_cur: soft, rlim_max: hard)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let before = current()
        defer { set(before.rlim_cur, before.rlim_max) }
        // More than the other tests of this process have open.
        let soft: rlim_t = 2_048
        try #require((soft + 8..<1 << 20).contains(before.rlim_max), "the hard limit is \(before.rlim_max)")
        set(soft, before.rlim_max)
        let clients = Int(soft) + 8 - DescriptorLimit.reserve
        let raised = DescriptorLimit.raise(for: clients)
        #expect(raised.clients == clients && raised.limit == Int(soft) + 8)
        #expect(current().rlim_cur == soft + 8)
        #expect(DescriptorLimit.raise(for: 1).limit == Int(soft) + 8)
        // More than there can be: as many as the hard limit allows.
        let most = DescriptorLimit.raise(for: 1 << 20)
        #expect(most.limit == Int(before.rlim_max) && most.clients == most.limit - DescriptorLimit.reserve)
    }
}
