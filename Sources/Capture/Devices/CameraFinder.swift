import Files
import Glibc

/// What stays the same of a camera when it gets another node: its driver's name for it and where it is connected.
package struct CameraIdentity: Sendable, Hashable {
    package var card: String
    /// As the driver says it, for example `usb-0000:00:14.0-2`.
    package var bus: String

    package init(card: String, bus: String) {
        self.card = card
        self.bus = bus
    }
}

/// Which camera was watched, and which were ever there beside it: those are others, whatever their drivers call them.
///
/// Nodes are numbered in the order in which cameras come, so a number alone is no identity; nor is a name: of two webcams of one
/// make, the other one must not be taken while ours is pulled, or is there again and not yet permitted.
package struct CameraMemory: Sendable {
    /// A node's path, or a camera's name as its driver says it.
    private let wanted: String
    private var known: CameraIdentity?
    /// At most `limit`: what was there before that is forgotten.
    private var others: Set<CameraIdentity> = []
    private static let limit = 256
    private var hasLooked = false

    package init(wanted: String) {
        self.wanted = wanted
    }

    /// The node to open now.
    /// - Parameter nodes: the cameras of this machine that can be opened.
    /// - Returns: nil when it is not there.
    package mutating func node(among nodes: [(path: String, identity: CameraIdentity)]) -> String? {
        // What is there at the first look after a loss was there before: nobody changes plugs in a quarter of a second.
        if let known, !hasLooked {
            others.formUnion(nodes.map(\.identity).filter { $0 != known })
            hasLooked = true
        }
        if let known {
            // The same plug first; then the same camera in another plug, if there is no doubt which.
            if let same = nodes.first(where: { $0.identity == known }) { return same.path }
            let moved = nodes.filter { $0.identity.card == known.card && !others.contains($0.identity) }
            if moved.count == 1 { return moved[0].path }
        }
        let rest = nodes.filter { !others.contains($0.identity) }
        if wanted.hasPrefix("/") { return nodes.contains { $0.path == wanted } && !rest.contains { $0.path == wanted } ? nil : wanted }
        return rest.first { $0.identity.card == wanted }?.path
    }

    /// A camera was opened.
    package mutating func opened(_ identity: CameraIdentity, among nodes: [(path: String, identity: CameraIdentity)]) {
        known = identity
        // Of two on a hub that comes back, ours may be open before the other one may be: what is not there now is no less another one.
        if others.count + nodes.count > Self.limit { others = [] }
        others.formUnion(nodes.map(\.identity))
        others.remove(identity)
        hasLooked = false
    }
}

/// The cameras of this machine.
package enum CameraFinder {
    /// The nodes that capture and stream, in the order of their numbers; those that cannot be opened are left out.
    static func nodes() -> [(path: String, identity: CameraIdentity)] {
        paths().compactMap { path in
            let handle = V4L2Handle(path: path)
            defer { handle.close() }
            guard let abilities = try? handle.openNode(path), abilities.isCapture else { return nil }
            return (path, abilities.identity)
        }
    }

    /// /dev/video0, /dev/video1, … at most 256.
    static func paths() -> [String] {
        let names = (try? Folder.names(in: "/dev")) ?? []
        let numbers = names.compactMap { $0.hasPrefix("video") ? Int($0.dropFirst(5)) : nil }
        return numbers.sorted().prefix(256).map { "/dev/video\($0)" }
    }
}
