import AgentSocket
import Foundation
import Testing

/// The limits of the transport that docs/protocol.md states are those of the code.
@Suite struct ServerLimitTests {
    @Test func theDocumentHasThem() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/protocol.md"), encoding: .utf8)
        let configuration = AgentServer.Configuration(path: "/s")
        #expect(text.contains("| setup | \(configuration.setupTimeout.components.seconds) s after connecting |"))
        #expect(text.contains("\(configuration.maximumSetupBytes >> 10) kB before the setup is accepted"))
        #expect(text.contains("| \(configuration.maximumInputBytes >> 20) MiB, beside 64 kB of each |"))
        let reserved = configuration.reservedConnections
        #expect(text.contains("\(reserved) more for the daemon's own user, and \(2 * reserved) for root"))
        #expect(text.contains("| a client that reads nothing | \(configuration.stallLimit.components.seconds) s |"))
    }
}
