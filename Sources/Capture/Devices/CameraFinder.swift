import Glibc

/// What stays the same of a camera when it gets another node: its driver's name for it and where it is connected.
package struct CameraIdentity: Sendable, Equatable {
    package var card: String
    /// As the driver says it, for example `usb-0000:00:14.0-2`.
    package var bus: String

    package init(card: String, bus: String) {
        self.card = card
        self.bus = bus
    }
}

/// Which node a camera has now. Nodes are numbered in the order in which cameras come, so a number alone is no identity.
package enum CameraFinder {
    /// - Parameters:
    ///   - wanted: as configured: a node's path, or a camera's name as its driver says it.
    ///   - known: what was found there last; nil before the first time.
    ///   - nodes: the cameras of this machine.
    /// - Returns: nil when it is not there.
    package static func node(
        wanted: String, known: CameraIdentity?, nodes: [(path: String, identity: CameraIdentity)]
    ) -> String? {
        if let known {
            // The same plug first; then the same camera in another plug, if there is no doubt which.
            if let same = nodes.first(where: { $0.identity == known }) { return same.path }
            let twins = nodes.filter { $0.identity.card == known.card }
            if twins.count == 1 { return twins[0].path }
        }
        guard !wanted.hasPrefix("/") else { return wanted }
        return nodes.first { $0.identity.card == wanted }?.path
    }

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
        guard let directory = opendir("/dev") else { return [] }
        defer { closedir(directory) }
        var numbers: [Int] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("video"), let number = Int(name.dropFirst(5)) { numbers.append(number) }
        }
        return numbers.sorted().prefix(256).map { "/dev/video\($0)" }
    }
}
