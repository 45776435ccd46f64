import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// A daemon whose socket file somebody removes is found again, and no second one starts in its place.
@Suite("The socket's file and its lock stay with the daemon")
struct SocketKeeperTests {
    private func answers(_ path: String) async -> Bool {
        guard let client = try? await AgentClient.connect(to: path) else { return false }
        let isThere = (try? await client.setUp(Setup())) != nil
        await client.close()
        return isThere
    }

    /// Why a second daemon does not start; nil when it does.
    private func second(_ path: String) async -> AgentSocketError? {
        let server = AgentServer(configuration: .init(path: path), service: EchoService(), logger: quietLogger())
        do throws(AgentSocketError) {
            try await server.start()
        } catch {
            await server.shutdown(grace: .zero)
            return error
        }
        await server.shutdown(grace: .zero)
        return nil
    }

    @Test("a removed file is made anew, with its mode; who is connected goes on and is told")
    func removed() async throws {
        try await Fixture.run({ $0.mode = 0o660 }) { fixture in
            let client = try await fixture.client { $0.subscribe = [.health] }
            #expect(unlink(fixture.path) == 0)
            try await eventually("it answers again") { await answers(fixture.path) }
            var info = stat()
            #expect(lstat(fixture.path, &info) == 0 && info.st_mode & 0o777 == 0o660)
            var health: JSONValue?
            while health?["component"]?.string != "socket" {
                health = try await client.next(waitingFor: "a health event", timeout: .seconds(20)).native("health")
            }
            #expect(health?["message"]?.string?.contains("was removed and is made anew") == true)
            try await client.send(ClientMessage(.native(.status), id: "s"))
            #expect(try await client.reply(to: "s").native("status") != nil)
            await client.close()
        }
    }

    @Test("a file that was moved away answers nobody any more")
    func moved() async throws {
        try await Fixture.run { fixture in
            #expect(rename(fixture.path, fixture.path + ".old") == 0)
            try await eventually("it answers again") { await answers(fixture.path) }
            try await eventually("the old one is closed") { await !answers(fixture.path + ".old") }
        }
    }

    @Test("while the file is gone a second daemon does not start beside the first")
    func locked() async throws {
        let directory = try TemporaryDirectory()
        let first = AgentServer(configuration: .init(path: directory.socket), service: EchoService(), logger: quietLogger())
        try await first.start()
        unlink(directory.socket)
        #expect(await second(directory.socket) == .locked(path: directory.socket, process: getpid()))
        // Lock and all: the daemon puts both back.
        unlink(directory.socket)
        unlink(directory.socket + ".lock")
        try await eventually("both are there again") {
            await answers(directory.socket) && access(directory.socket + ".lock", F_OK) == 0
        }
        #expect(await second(directory.socket) == .locked(path: directory.socket, process: getpid()))
        await first.shutdown(grace: .zero)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
        #expect(await second(directory.socket) == nil)
    }

    @Test("a folder that was removed is made anew, too")
    func folder() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/run/s.sock"
        let server = AgentServer(configuration: .init(path: path), service: EchoService(), logger: quietLogger())
        try await server.start()
        try FileManager.default.removeItem(atPath: directory.path + "/run")
        try await eventually("it answers again") { await answers(path) }
        await server.shutdown(grace: .zero)
    }

    @Test("what stands in the file's place and is no socket is left alone and told once")
    func obstacle() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client { $0.subscribe = [.health] }
            unlink(fixture.path)
            try Data("precious".utf8).write(to: URL(fileURLWithPath: fixture.path))
            var told = 0
            let end = ContinuousClock.now + .seconds(4)
            while ContinuousClock.now < end {
                let message = try? await client.next(waitingFor: "health", timeout: max(.zero, end - .now))
                if message?.native("health")?["message"]?.string?.contains("is not a socket") == true { told += 1 }
            }
            #expect(told == 1)
            #expect(try String(contentsOfFile: fixture.path, encoding: .utf8) == "precious")
            unlink(fixture.path)
            try await eventually("it answers again") { await answers(fixture.path) }
            await client.close()
        }
    }

    @Test("a lock whose process is gone locks nothing; one that is no file of ours is named")
    func leftovers() async throws {
        let directory = try TemporaryDirectory()
        try Data("99999\n".utf8).write(to: URL(fileURLWithPath: directory.socket + ".lock"))
        #expect(await second(directory.socket) == nil)
        #expect(symlink("/etc/passwd", directory.socket + ".lock") == 0)
        #expect(await second(directory.socket) == .notALock(path: directory.socket + ".lock", found: "a symbolic link"))
    }

    @Test("what stands in the lock's place is neither emptied, nor removed, and named before a model is read")
    func foreignLock() async throws {
        let directory = try TemporaryDirectory()
        let lock = directory.socket + ".lock"
        let settings = AgentServer.Configuration(path: directory.socket)
        func refusal() -> AgentSocketError? {
            do throws(AgentSocketError) { try settings.requireFree() } catch { return error }
            return nil
        }
        for text in ["precious\n", "99999\nprecious", String(repeating: "1", count: 100)] {
            try text.write(toFile: lock, atomically: false, encoding: .utf8)
            guard case .notALock(lock, _) = await second(directory.socket) else { throw Unexpected.taken(text) }
            #expect(refusal()?.description.contains("\(lock) is a file with something else") == true)
            #expect(try String(contentsOfFile: lock, encoding: .utf8) == text)
        }
        unlink(lock)
        #expect(mkfifo(lock, 0o600) == 0)
        #expect(await second(directory.socket) == .notALock(path: lock, found: "a pipe"))
        #expect(refusal() == .notALock(path: lock, found: "a pipe") && settings.problems() == [.notALock(path: lock, found: "a pipe")])
        var info = stat()
        #expect(lstat(lock, &info) == 0 && info.st_mode & S_IFMT == S_IFIFO)
        unlink(lock)
        // What a daemon left that was killed before it wrote its number.
        try Data().write(to: URL(fileURLWithPath: lock))
        #expect(refusal() == nil)
        #expect(await second(directory.socket) == nil)
    }

    private enum Unexpected: Error { case taken(String) }

    @Test("everything that keeps it from listening is known before anything is made")
    func problems() throws {
        let directory = try TemporaryDirectory()
        var settings = AgentServer.Configuration(path: directory.socket, group: "no-such-group")
        settings.groupsOfRoles = [.participant: "no-such-group-either", .owner: "0"]
        let unknown = [
            AgentSocketError.unknownGroup("no-such-group", key: "group"), .unknownGroup("no-such-group-either", key: "participants"),
        ]
        #expect(settings.problems() == unknown)
        let long = "/tmp/" + String(repeating: "x", count: 120)
        #expect(AgentServer.Configuration(path: long).problems() == [.pathTooLong(path: long, limit: 107)])
        // One fault does not hide another.
        settings.path = long
        #expect(settings.problems() == [.pathTooLong(path: long, limit: 107)] + unknown)
        let deep = directory.path + "/a/b/s"
        #expect(AgentServer.Configuration(path: deep).problems() == [.noParentDirectory(path: deep, directory: directory.path + "/a/b")])
        #expect(AgentServer.Configuration(path: directory.path + "/a/s").problems() == [])
        #expect(AgentServer.Configuration(path: directory.path).problems() == [.notASocket(path: directory.path)])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
    }
}
