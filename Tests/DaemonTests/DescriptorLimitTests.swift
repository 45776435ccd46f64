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
        let before = current()
        defer {
            var limit = before
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let wanted = before.rlim_cur + 8
        try #require(before.rlim_max >= wanted, "the hard limit leaves no room: \(before.rlim_max)")
        let raised = DescriptorLimit.raise(for: Int(wanted) - DescriptorLimit.reserve)
        #expect(raised.clients == Int(wanted) - DescriptorLimit.reserve && raised.limit == Int(wanted))
        #expect(current().rlim_cur == wanted)
        #expect(DescriptorLimit.raise(for: 1).limit == Int(wanted))
        // More than there can be: as many as the hard limit allows.
        let most = DescriptorLimit.raise(for: Int(clamping: before.rlim_max))
        #expect(most.limit == Int(clamping: before.rlim_max) && most.clients == most.limit - DescriptorLimit.reserve)
    }
}
