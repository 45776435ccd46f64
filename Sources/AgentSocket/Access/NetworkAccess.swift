import AgentProtocol
import NIOHTTP1
import Synchronization

/// What a request that comes over the network must show: a host that is this machine, an origin that may ask, and a key.
public struct NetworkAccess: Sendable {
    public var keys: KeyRing
    /// Names under which this machine is reached, beside the local ones.
    public var hosts: Set<String>
    /// Web pages that may ask, as browsers write them: `https://panel.example`.
    public var origins: Set<String>

    public init(keys: KeyRing, hosts: Set<String> = [], origins: Set<String> = []) {
        self.keys = keys
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.origins = Set(origins.map { $0.lowercased() })
    }
}

/// Decides who comes in over the network.
final class NetworkGate: Sendable {
    private let access: Mutex<NetworkAccess>
    private let guesses = Mutex(GuessTally())

    init(_ access: NetworkAccess) { self.access = Mutex(access) }

    /// From now on these keys open, and no others; who is in stays in.
    func change(to next: NetworkAccess) { access.withLock { $0 = next } }

    var origins: Set<String> { access.withLock { $0.origins } }

    /// - Parameters:
    ///   - address: the client's.
    ///   - own: this machine's, at which the connection came in: a name of it that no page of somebody else's can take.
    func admit(_ head: HTTPRequestHead, from address: String, at own: String?) -> Admission {
        let access = access.withLock { $0 }
        let named = head.headers["host"]
        guard named.count == 1, let host = LocalName.host(of: named[0]) else {
            return .refused(
                403, "a request names one Host, this one names \(named.count == 1 ? String(named[0].prefix(100)) : "\(named.count)")")
        }
        guard LocalName.isLocal(host) || host == own || access.hosts.contains(host) else {
            return .refused(403, "\(host.prefix(100)) is no name of this machine: ask for localhost, or have it listed in [listen] hosts")
        }
        if let refusal = Self.foreignPage(head, allowed: access.origins) { return refusal }
        guard let key = OfferedKey.of(head) else {
            return .refused(401, "a key is needed: send x-goog-api-key, Authorization: Bearer, or ?key=", [("WWW-Authenticate", "Bearer")])
        }
        if let caller = access.keys.holder(of: key) { return .allowed(caller) }
        if let wait = guesses.withLock({ $0.add(address, now: .now) }) {
            let seconds = max(1, Int(wait.components.seconds))
            return .refused(
                429, "more than \(GuessTally.limit) wrong keys came from \(address) within a minute: wait \(seconds) s",
                [("Retry-After", "\(seconds)")])
        }
        return .refused(
            401, "this key opens nothing here: use one of those that [listen] keys lists",
            [("WWW-Authenticate", "Bearer error=\"invalid_token\"")])
    }

    /// A page of somebody else's, in a browser on this machine, may not open the microphone's agent.
    static func foreignPage(_ head: HTTPRequestHead, allowed: Set<String>) -> Admission? {
        guard let origin = head.headers.first(name: "origin"), !allowed.contains(origin.lowercased()) else { return nil }
        return .refused(
            403,
            "requests of web pages are not taken, and this one says that it comes from \(origin.prefix(100)): have it listed in [listen] origins"
        )
    }
}

/// Whether a request may go on.
enum Admission: Sendable {
    /// nil: who calls is known already.
    case allowed(Caller?)
    case refused(WebPage)

    static func refused(_ status: Int, _ text: String, _ headers: [(String, String)] = []) -> Admission {
        var page = WebPage(status: status, text: text)
        page.headers = headers.map { WebPage.Header(name: $0.0, value: $0.1) }
        return .refused(page)
    }
}
