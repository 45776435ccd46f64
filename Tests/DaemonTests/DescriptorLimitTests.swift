import AgentDaemon
import Glibc
import Testing

/// How many clients may connect where the limit of open files is low.
@Suite struct DescriptorLimitTests {
    @Test(arguments: [
        // The limit leaves room for all, for some, for one at least.
        (64, 1, 1_024, 64), (64, 1, 257, 64), (64, 0, 200, 8), (1_024, 0, 1_024, 832), (1_024, 0, 1_216, 1_024), (64, 0, 192, 1),
        (64, 1, 10, 1),
        (1, 1, 1_024, 1),
        // A model of many shards.
        (64, 150, 256, 1), (64, 150, 400, 58),
    ])
    func clientsThatAreServed(clients: Int, files: Int, limit: Int, served: Int) {
        #expect(DescriptorLimit.served(clients, files: files, limit: limit) == served)
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
        let raised = DescriptorLimit.raise(for: clients, files: 0)
        #expect(raised.clients == clients && raised.limit == Int(soft) + 8)
        #expect(current().rlim_cur == soft + 8)
        #expect(DescriptorLimit.raise(for: 1, files: 0).limit == Int(soft) + 8)
        // More than there can be: as many as the hard limit allows.
        let most = DescriptorLimit.raise(for: 1 << 20, files: 0)
        #expect(most.limit == Int(before.rlim_max) && most.clients == most.limit - DescriptorLimit.reserve)
    }
}
