import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

/// A directory of a test's own, gone afterwards.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/mmagent-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure(call: "mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var socket: String { path + "/s.sock" }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct SystemFailure: Error {
    var call: String
    var code: Int32
}

/// A session without a model: it answers with the words of the question.
actor EchoService: AgentService {
    nonisolated let hub = EventHub()
    private(set) var received: [ClientMessage] = []
    private(set) var disconnected: [ClientContext.ID] = []
    private(set) var contexts: [ClientContext] = []
    private var sinks: [ClientContext.ID: any EventSink] = [:]
    private var devices = [DeviceReport(modality: .camera, source: "none", state: .stopped, detail: "no camera")]
    private var turns = 0
    private var gate: CheckedContinuation<Void, Never>?
    private var isGateOpen = false
    private var holdsSetups = false

    func page(at path: String) async -> WebPage? { path == "/health" ? WebPage(status: 200, text: "fine") : nil }

    func connected(_ client: ClientContext, setup: Setup, sink: any EventSink) async throws(StatusError) -> SetupComplete {
        if let model = setup.modelName, model != "mmagent" {
            throw StatusError(.notFound, "no model \(model): use models/mmagent", reason: "UNKNOWN_MODEL")
        }
        if holdsSetups { await wait() }
        contexts.append(client)
        sinks[client.id] = sink
        let next = try hub.add(client.id, sink: sink, at: .init(after: setup.after, followsUnsolicited: setup.proactivity))
        // Sent before setupComplete is out: the transport holds it back.
        sink.send(.health(Health(component: "test", state: .ok, message: "welcome")))
        if setup.isProactive, let instruction = setup.systemInstruction?.text { remark(on: instruction, to: client.id) }
        return SetupComplete(sessionID: setup.attach ?? "private", server: "echo/1", next: next)
    }

    /// One unsolicited turn a line of the instruction, with another client's answer in between.
    private func remark(on instruction: String, to client: ClientContext.ID) {
        for (index, line) in instruction.split(separator: "\n").enumerated() where line != "nothing" {
            let turn = "w\(index)"
            hub.publish(.modelTurn(text: "not yours"), turn: "other")
            hub.publish(.turnComplete(TurnComplete()), turn: "other")
            hub.publish(.modelTurn(text: "\(line)."), turn: turn, audience: [client])
            hub.publish(.generationComplete, turn: turn, audience: [client])
            hub.publish(.turnComplete(TurnComplete()), turn: turn, audience: [client])
        }
    }

    func receive(_ message: ClientMessage, from client: ClientContext.ID) async -> Task<Void, Never>? {
        received.append(message)
        guard let sink = sinks[client] else { return nil }
        switch message.kind {
        case .clientContent(let content):
            turns += 1
            await answer(content.turns.map(\.text).joined(), turn: "t\(turns)", to: message.id, sink)
        case .native(.status):
            sink.reply(
                .status(
                    StatusReport(
                        server: "echo/1", state: .ok, message: "fine", uptime: .seconds(1), model: "echo", weights: "f32", cachedTokens: 1,
                        tokenBudget: 2, cacheBytes: 3, residentBytes: 5 << 20, lag: .zero, clients: hub.clientCount, devices: [],
                        warnings: ["[stream] frames = 9 is many"])),
                to: message.id)
        case .native(.devices):
            sink.reply(.devices(devices), to: message.id)
            // One that starts has started at the next look.
            for index in devices.indices where devices[index].state == .starting { devices[index].state = .running }
        case .native(.metrics): sink.reply(.metrics(String(repeating: "metric 1\n", count: 100_000)), to: message.id)
        case .native(.mute(let modality)): sink.reply(.muted(modality, true), to: message.id)
        case .native(.unmute(let modality)): sink.reply(.muted(modality, false), to: message.id)
        case .native(.snapshot):
            sink.reply(.snapshot(Snapshot(jpeg: [0xFF, 0xD8, 0xFF, 0xD9], width: 1, height: 1, age: .zero)), to: message.id)
        case .native(.cancel(let turn)): sink.reply(.cancelled(turn: turn, true), to: message.id)
        case .realtimeInput(let inputs) where inputs == [.text("wait")]: await wait()
        case .realtimeInput(let inputs) where inputs.contains(.text("hold")): return Task { await wait() }
        default: sink.reply(.accepted, to: message.id)
        }
        return nil
    }

    func disconnected(_ client: ClientContext.ID) async {
        hub.remove(client)
        sinks[client] = nil
        disconnected.append(client)
    }

    func set(devices: [DeviceReport]) { self.devices = devices }

    /// No setup is answered until the gate opens.
    func holdSetups() { holdsSetups = true }

    func openGate() {
        isGateOpen = true
        gate?.resume()
        gate = nil
    }

    private func wait() async {
        if !isGateOpen { await withCheckedContinuation { gate = $0 } }
    }

    private func answer(_ question: String, turn: String, to id: RequestID?, _ sink: any EventSink) async {
        switch question {
        case "fail":
            sink.refuse(StatusError(.unavailable, "the engine is not ready: try again", reason: "NOT_READY"), re: id)
        case "hang":
            sink.reply(.accepted, to: id, turn: turn)
            hub.publish(.modelTurn(text: "thinking"), turn: turn)
        case "cut":
            sink.reply(.accepted, to: id, turn: turn)
            hub.publish(.turnComplete(TurnComplete(reason: .failed)), turn: turn)
        default:
            sink.reply(.accepted, to: id, turn: turn)
            // Another client's answer in between must not be taken for this one.
            hub.publish(.modelTurn(text: "not yours"), turn: "other")
            for word in question.split(separator: " ") { hub.publish(.modelTurn(text: word + " "), turn: turn) }
            hub.publish(.generationComplete, turn: turn)
            hub.publish(.turnComplete(TurnComplete(usage: Usage(promptTokens: 3, responseTokens: 4))), turn: turn)
        }
    }
}

/// A server with an echo service on a socket of its own.
struct Fixture: Sendable {
    let directory: TemporaryDirectory
    let service = EchoService()
    let server: AgentServer

    init(logger: Logger = quietLogger(), _ change: (inout AgentServer.Configuration) -> Void = { _ in }) async throws {
        directory = try TemporaryDirectory()
        var configuration = AgentServer.Configuration(path: directory.socket)
        // Hundreds of tests at once are slow clients all: those of the limits set their own.
        configuration.setupTimeout = .seconds(120)
        configuration.stallLimit = .seconds(600)
        change(&configuration)
        server = AgentServer(configuration: configuration, service: service, logger: logger)
        try await server.start()
    }

    var path: String { directory.socket }

    func client(_ change: (inout Setup) -> Void = { _ in }) async throws -> AgentClient {
        let client = try await AgentClient.connect(to: path)
        var setup = Setup.native(session: nil, topics: [.turn])
        change(&setup)
        try await client.setUp(setup)
        return client
    }

    func stop() async { await server.shutdown(grace: .zero) }

    /// Runs `body` against a fresh server and stops it.
    static func run(_ change: (inout AgentServer.Configuration) -> Void = { _ in }, _ body: (Fixture) async throws -> Void) async throws {
        let fixture = try await Fixture(change)
        do {
            try await body(fixture)
        } catch {
            await fixture.stop()
            throw error
        }
        await fixture.stop()
    }
}

/// What was logged: messages with their metadata, sorted.
final class KeptLog: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }
    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: KeptLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let said = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            log.lines.withLock { $0.append("\(event.message)\(said)") }
        }
    }
}

func quietLogger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

/// Waits until `condition` holds; the limit is a safety net, far beyond what is needed.
func eventually(_ what: Comment, seconds: Double = 30, at location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool)
    async throws
{
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record(what, sourceLocation: location)
}

/// Runs blocking calls on a thread of their own, away from the cooperative pool.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// A bare socket: bytes as the test wants them.
final class RawClient: Sendable {
    private let descriptor: Int32
    private let unread = Mutex<[UInt8]>([])

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let problem = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard problem == 0 else { throw SystemFailure(call: "connect", code: errno) }
    }

    /// At a port of this machine.
    init(port: Int, address host: UInt32 = 0x7F00_0001) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(host).bigEndian
        let problem = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard problem == 0 else { throw SystemFailure(call: "connect", code: errno) }
    }

    deinit { Glibc.close(descriptor) }

    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await blocking { [descriptor] in
            var offset = 0
            while offset < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + offset, bytes.count - offset, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw SystemFailure(call: "send", code: errno) }
                offset += count
            }
        }
    }

    /// Sends as much of `bytes` as the kernel takes without waiting.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        max(0, bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress!, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) })
    }

    /// The next line; nil at the end of the stream.
    func line() async throws -> ReceivedMessage? {
        guard let line = try await blocking({ [self] in try readLine() }) else { return nil }
        return try ReceivedMessage(line)
    }

    /// Everything up to the end of the stream.
    func lines() async throws -> [ReceivedMessage] {
        var result: [ReceivedMessage] = []
        while let line = try await line() { result.append(line) }
        return result
    }

    private func readLine() throws -> [UInt8]? {
        try read { unread in
            guard let end = unread.firstIndex(of: 0x0A) else { return nil }
            defer { unread.removeSubrange(...end) }
            return Array(unread[..<end])
        }
    }

    /// The next line as text, without its end.
    func text() async throws -> String? {
        guard let line = try await blocking({ [self] in try readLine() }) else { return nil }
        return String(decoding: line.last == 0x0D ? line.dropLast() : line[...], as: UTF8.self)
    }

    /// So many bytes; nil when the stream ends before.
    func bytes(_ count: Int) async throws -> [UInt8]? {
        try await blocking { [self] in
            try read { unread in
                guard unread.count >= count else { return nil }
                defer { unread.removeFirst(count) }
                return Array(unread[..<count])
            }
        }
    }

    /// - Parameter take: nil: more bytes are needed.
    private func read(_ take: (inout [UInt8]) -> [UInt8]?) throws -> [UInt8]? {
        try unread.withLock { unread in
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                if let taken = take(&unread) { return taken }
                var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&ready, 1, 30_000) > 0 else { throw SystemFailure(call: "poll", code: ETIMEDOUT) }
                let count = recv(descriptor, &chunk, chunk.count, 0)
                if count < 0, errno == ECONNRESET { return nil }
                guard count >= 0 else { throw SystemFailure(call: "recv", code: errno) }
                if count == 0 { return nil }
                unread += chunk[..<count]
            }
        }
    }
}
