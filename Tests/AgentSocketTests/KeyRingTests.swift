import AgentProtocol
import AgentSocket
import Testing

@Suite("The keys of the network's entrance")
struct KeyRingTests {
    private static let key = "0123456789abcdef"

    @Test("a key a line; comments and empty lines are passed over")
    func holders() throws {
        let ring = try KeyRing("# who\n\n\(Self.key) owner panel\r\n  another-key-of-16+ \t observer  lamp \n", file: "keys")
        #expect(ring.names == ["panel", "lamp"])
        #expect(ring.holder(of: Self.key) == Caller(principal: .key("panel"), role: .owner))
        #expect(ring.holder(of: "another-key-of-16+") == Caller(principal: .key("lamp"), role: .observer))
        for wrong in ["", "0123456789abcde", "0123456789abcdeF", "panel", "#"] { #expect(ring.holder(of: wrong) == nil) }
        #expect(try KeyRing("\n#\n", file: "keys").isEmpty)
    }

    @Test(
        "what is wrong is told with its line, and no key is repeated",
        arguments: [
            ("\(key) owner", "keys:1 has 2 words"), ("\n\(key) owner a b", "keys:2 has 4 words"), ("\(key) king a", "\"king\" is no role"),
            ("short owner a", "the key has 5 bytes"), (String(repeating: "k", count: 513) + " owner a", "the key has 513 bytes"),
            ("\(key) owner " + String(repeating: "n", count: 65), "the name has 65 bytes"),
            ("\(key) owner a\n\(key) owner b", "stands there twice"),
            ("\(key) owner a\n\(key)2 owner a", "keys:2"),
            ((0...256).map { "\(key)\($0) observer n\($0)" }.joined(separator: "\n"), "more than 256 keys"),
        ])
    func faults(text: String, told: String) {
        do throws(KeyRingError) {
            _ = try KeyRing(text, file: "keys")
            Issue.record("taken")
        } catch {
            #expect("\(error)".contains(told))
            #expect(!"\(error)".contains(Self.key))
        }
    }

    @Test(
        "addresses to listen at",
        arguments: [
            ("127.0.0.1:8443", "127.0.0.1", true), ("[::1]:8443", "::1", true), ("0.0.0.0:1", "0.0.0.0", false),
            ("[::]:65535", "::", false),
            ("127.9.9.9:0", "127.9.9.9", true), ("192.168.1.5:8443", "192.168.1.5", false),
        ])
    func addresses(text: String, host: String, isLoopback: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.host == host && address.isLoopback == isLoopback && "\(address)" == text)
    }

    @Test(
        "what is no address",
        arguments: ["", "8443", ":8443", "localhost:8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8443", "[::1]", "1.2.3.4:-1"])
    func noAddress(text: String) { #expect(ListenAddress(text) == nil) }
}
