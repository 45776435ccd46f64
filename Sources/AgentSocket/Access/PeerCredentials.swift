package import AgentProtocol
import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded at `connect`.
package struct PeerCredentials: Sendable, Hashable {
    package var processID: Int32
    package var userID: UInt32
    package var groupID: UInt32
    /// Supplementary groups.
    package var groups: [UInt32]

    /// - Returns: nil when the descriptor is no connected Unix socket.
    package init?(fileDescriptor: Int32) {
        // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
        var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(fileDescriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, size == 12 else { return nil }
        (processID, userID, groupID) = credentials
        groups = Self.groups(fileDescriptor)
    }

    package init(processID: Int32, userID: UInt32, groupID: UInt32, groups: [UInt32]) {
        self.processID = processID
        self.userID = userID
        self.groupID = groupID
        self.groups = groups
    }

    package func isMember(of group: UInt32) -> Bool { groupID == group || groups.contains(group) }

    /// `SO_PEERGROUPS` (Linux 4.13), which Glibc's headers name only from 2.27 on.
    private static func groups(_ fileDescriptor: Int32) -> [UInt32] {
        let peerGroups: Int32 = 59
        var list = [UInt32](repeating: 0, count: 64)
        // 65536 is the kernel's NGROUPS_MAX.
        while list.count <= 65_536 {
            var size = socklen_t(list.count * 4)
            if getsockopt(fileDescriptor, SOL_SOCKET, peerGroups, &list, &size) == 0 { return Array(list.prefix(Int(size) / 4)) }
            guard errno == ERANGE else { return [] }
            list = [UInt32](repeating: 0, count: list.count * 4)
        }
        return []
    }
}

/// Who may connect: the daemon's own user and root always, others as the socket's mode says.
///
/// The kernel checks the file's permissions too; this also holds for a socket that was inherited, or whose file was changed.
package struct AccessRule: Sendable, Hashable {
    package var owner: UInt32
    package var group: UInt32?
    /// Write permission is what `connect` needs.
    package var mode: Int

    package init(owner: UInt32, group: UInt32?, mode: Int) {
        self.owner = owner
        self.group = group
        self.mode = mode
    }

    /// The rule of the socket file at `path`; a socket without a file gets `mode` and this process's group.
    package init(path: String?, mode: Int) {
        var info = stat()
        if let path, stat(path, &info) == 0 {
            self.init(owner: geteuid(), group: info.st_gid, mode: Int(info.st_mode & 0o777))
        } else {
            self.init(owner: geteuid(), group: getegid(), mode: mode)
        }
    }

    package func allows(_ peer: PeerCredentials) -> Bool {
        if peer.userID == owner || peer.userID == 0 { return true }
        if mode & 0o002 != 0 { return true }
        guard mode & 0o020 != 0, let group else { return false }
        return peer.isMember(of: group)
    }
}

/// What those who may connect may do, by their groups. A role without a group of its own has that of the nearest role below it that
/// has one: who names participants does not let everybody else be an owner. Where none below has one, it is everyone's.
package struct RoleRule: Sendable, Hashable {
    package var groups: [Role: UInt32]

    package init(groups: [Role: UInt32] = [:]) { self.groups = groups }

    /// The highest role of a peer; nil: none. The daemon's own user and root are owners.
    package func role(of peer: PeerCredentials, owner: UInt32 = geteuid()) -> Role? {
        if peer.userID == owner || peer.userID == 0 { return .owner }
        var highest: Role?
        var needed: UInt32?
        for role in Role.allCases.sorted() {
            needed = groups[role] ?? needed
            if needed.map(peer.isMember) ?? true { highest = role }
        }
        return highest
    }
}
