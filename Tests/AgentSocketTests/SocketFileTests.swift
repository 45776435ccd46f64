import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

@Suite("The socket file")
struct SocketFileTests {
    private func server(_ path: String, mode: Int = 0o600, group: String? = nil) -> AgentServer {
        AgentServer(configuration: .init(path: path, mode: mode, group: group), service: EchoService(), logger: quietLogger())
    }

    /// Why a server does not start; nil when it does.
    private func problem(_ server: AgentServer) async -> AgentSocketError? {
        do throws(AgentSocketError) {
            try await server.start()
            return nil
        } catch {
            await server.shutdown(grace: .zero)
            return error
        }
    }

    private func mode(_ path: String) -> UInt32 {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_mode & 0o777 : 0
    }

    /// A socket file whose process is gone.
    private func leaveStaleSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        try bindSocket(descriptor, path)
    }

    private func bindSocket(_ descriptor: Int32, _ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let done = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard done == 0 else { throw SystemFailure(call: "bind", code: errno) }
    }

    @Test("permissions are the configured ones, whatever the umask", arguments: [0o600, 0o660, 0o666, 0o777])
    func permissions(wanted: Int) async throws {
        let directory = try TemporaryDirectory()
        let server = server(directory.socket, mode: wanted)
        try await server.start()
        #expect(mode(directory.socket) == UInt32(wanted))
        await server.shutdown(grace: .zero)
        #expect(access(directory.socket, F_OK) != 0)
    }

    @Test("the group is the configured one, by name or number")
    func group() async throws {
        let directory = try TemporaryDirectory()
        let own = try #require(getgrgid(getegid())).pointee
        for group in [String(cString: own.gr_name), String(own.gr_gid)] {
            let server = server(directory.socket, mode: 0o660, group: group)
            try await server.start()
            var info = stat()
            #expect(lstat(directory.socket, &info) == 0)
            #expect(info.st_gid == own.gr_gid)
            await server.shutdown(grace: .zero)
        }
        #expect(await problem(server(directory.socket, group: "no-such-group-here")) == .unknownGroup("no-such-group-here", key: "group"))
    }

    @Test("a missing directory is made for its owner alone; a missing parent is an error")
    func directory() async throws {
        let directory = try TemporaryDirectory()
        let inner = directory.path + "/run/s.sock"
        let first = server(inner)
        try await first.start()
        #expect(mode(directory.path + "/run") == 0o700)
        await first.shutdown(grace: .zero)
        let deep = directory.path + "/a/b/s.sock"
        #expect(await problem(server(deep)) == .noParentDirectory(path: deep, directory: directory.path + "/a/b"))
    }

    @Test("a socket whose process died is taken over")
    func stale() async throws {
        let directory = try TemporaryDirectory()
        try leaveStaleSocket(directory.socket)
        let server = server(directory.socket)
        try await server.start()
        let client = try await AgentClient.connect(to: directory.socket)
        try await client.setUp(Setup())
        await client.close()
        await server.shutdown(grace: .zero)
    }

    @Test("a living daemon's socket is left to it")
    func living() async throws {
        try await Fixture.run { fixture in
            #expect(await problem(server(fixture.path)) == .locked(path: fixture.path, process: getpid()))
            let client = try await fixture.client()
            await client.close()
        }
    }

    @Test("what is no socket is never deleted")
    func noSocket() async throws {
        let directory = try TemporaryDirectory()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: directory.socket))
        #expect(await problem(server(directory.socket)) == .notASocket(path: directory.socket))
        #expect(try String(contentsOfFile: directory.socket, encoding: .utf8) == "precious")
        let link = directory.path + "/link"
        #expect(symlink(directory.socket, link) == 0)
        #expect(await problem(server(link)) == .notASocket(path: link))
        let folder = directory.path + "/folder"
        #expect(mkdir(folder, 0o700) == 0)
        #expect(await problem(server(folder)) == .notASocket(path: folder))
    }

    @Test("paths and modes that cannot be are named")
    func invalid() async throws {
        let long = "/tmp/" + String(repeating: "x", count: 110)
        #expect(await problem(server(long)) == .pathTooLong(path: long, limit: 107))
        #expect(await problem(server("relative.sock")) == .pathNotAbsolute(path: "relative.sock"))
        let directory = try TemporaryDirectory()
        #expect(await problem(server(directory.socket, mode: 0o1777)) == .invalidMode(0o1777))
    }

    @Test("at shutdown only the server's own file is removed")
    func foreignFile() async throws {
        let directory = try TemporaryDirectory()
        let server = server(directory.socket)
        try await server.start()
        #expect(unlink(directory.socket) == 0)
        try leaveStaleSocket(directory.socket)
        await server.shutdown(grace: .zero)
        #expect(access(directory.socket, F_OK) == 0)
    }

    @Test("a server listens once")
    func once() async throws {
        let directory = try TemporaryDirectory()
        let server = server(directory.socket)
        try await server.start()
        await #expect(throws: AgentSocketError.alreadyStarted) { try await server.start() }
        await server.shutdown(grace: .zero)
    }

    @Test("an inherited socket is served and its file stays; what is none is refused")
    func inherited() async throws {
        let directory = try TemporaryDirectory()
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try bindSocket(descriptor, directory.socket)
        #expect(chmod(directory.socket, 0o600) == 0)
        #expect(listen(descriptor, 8) == 0)
        let first = server(directory.socket)
        try await first.start(fileDescriptor: descriptor)
        let client = try await AgentClient.connect(to: directory.socket)
        try await client.setUp(Setup())
        await client.close()
        await first.shutdown(grace: .zero)
        #expect(access(directory.socket, F_OK) == 0)

        let plain = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(plain) }
        let second = server(directory.socket)
        await #expect(throws: AgentSocketError.notListening(fileDescriptor: plain)) { try await second.start(fileDescriptor: plain) }
        await second.shutdown(grace: .zero)
    }

    @Test("who may speak: the owner, root, and whom the mode lets in")
    func accessRule() {
        func peer(_ user: UInt32, _ group: UInt32, _ groups: [UInt32] = []) -> PeerCredentials {
            PeerCredentials(processID: 1, userID: user, groupID: group, groups: groups)
        }
        let closed = AccessRule(owner: 1000, group: 50, mode: 0o600)
        #expect(closed.allows(peer(1000, 1000)))
        #expect(closed.allows(peer(0, 0)))
        #expect(!closed.allows(peer(1001, 50, [50])))
        let group = AccessRule(owner: 1000, group: 50, mode: 0o660)
        #expect(group.allows(peer(1001, 50)))
        #expect(group.allows(peer(1001, 1001, [7, 50])))
        #expect(!group.allows(peer(1001, 1001, [7])))
        let readOnly = AccessRule(owner: 1000, group: 50, mode: 0o644)
        #expect(!readOnly.allows(peer(1001, 50)))
        #expect(AccessRule(owner: 1000, group: nil, mode: 0o666).allows(peer(1001, 1001)))
    }
}
