import AgentProtocol
import AgentSocket
import Testing

@Suite("What a client missed, over the socket")
struct ReplaySocketTests {
    @Test("4000 events to a client that reads slowly: all of them, in order, and not as a slow one", arguments: [false, true])
    func all(isWebSocket: Bool) async throws {
        try await Fixture.run { fixture in
            for number in 1...4000 {
                fixture.service.hub.publish(
                    .observation(Observation(text: "\(number) " + String(repeating: "x", count: 500), source: "camera")))
            }
            let setup = "{\"setup\":{\"mm\":{\"after\":0,\"subscribe\":[\"observation\"]}}}"
            var numbers: [Int64] = []
            if isWebSocket {
                let client = try await RawWebSocket(fixture.path)
                try await client.send(setup)
                #expect(try await client.message()?.isSetupComplete == true)
                try await Task.sleep(for: .milliseconds(300))
                fixture.service.hub.publish(.observation(Observation(text: "new")))
                while numbers.count < 4001, let message = try await client.message() {
                    if let number = message.sequence { numbers.append(number) }
                }
            } else {
                let client = try await AgentClient.connect(to: fixture.path)
                try await client.send(line: Array(setup.utf8))
                #expect(try await client.next()?.isSetupComplete == true)
                try await Task.sleep(for: .milliseconds(300))
                fixture.service.hub.publish(.observation(Observation(text: "new")))
                while numbers.count < 4001, let message = try await client.next() {
                    if let number = message.sequence { numbers.append(number) }
                }
            }
            #expect(numbers == (1...4001).map { Int64($0) })
        }
    }

    @Test("a number of the future is refused by name")
    func future() async throws {
        try await Fixture.run { fixture in
            let client = try await AgentClient.connect(to: fixture.path)
            var setup = Setup.native(topics: [.turn])
            setup.after = 9
            do {
                try await client.setUp(setup)
                Issue.record("taken")
            } catch AgentClientError.refused(let error) {
                #expect(error.message.contains("setup.mm.after is 9"))
            }
        }
    }
}
