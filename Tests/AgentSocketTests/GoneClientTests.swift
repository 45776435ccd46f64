import AgentProtocol
import AgentSocket
import Testing

/// Clients that connect, send a setup and leave before it is answered leave no work behind.
@Suite("Clients that leave during their setup")
struct GoneClientTests {
    /// Its setups take for ever, unless they are given up.
    private actor SlowService: AgentService {
        private(set) var begun = 0
        private(set) var givenUp = 0

        func connected(_ client: ClientContext, setup: Setup, sink: any EventSink) async throws(StatusError) -> SetupComplete {
            begun += 1
            try? await Task.sleep(for: .seconds(3_600))
            givenUp += 1
            throw StatusError(.cancelled, "gone", reason: "CANCELLED")
        }

        func receive(_ message: ClientMessage, from client: ClientContext.ID) async -> Task<Void, Never>? { nil }
        func disconnected(_ client: ClientContext.ID) async { Issue.record("it never was connected") }
    }

    @Test("the service is told to give their setups up")
    func givenUp() async throws {
        let directory = try TemporaryDirectory()
        let service = SlowService()
        let server = AgentServer(configuration: .init(path: directory.socket), service: service, logger: quietLogger())
        try await server.start()
        let crowd = try (0..<8).map { _ in try RawClient(directory.socket) }
        for client in crowd { try await client.send("{\"setup\":{}}\n") }
        try await eventually("all have begun") { await service.begun == 8 }
        // Who says nothing more and listens still wants an answer.
        crowd[7].finishSending()
        for client in crowd.dropLast() { client.hangUp() }
        try await eventually("those that have gone are given up") { await service.givenUp == 7 }
        crowd[7].hangUp()
        try await eventually("all are given up") { await service.givenUp == 8 }
        await server.shutdown(grace: .zero)
    }
}
