import AgentProtocol
import AgentSocket
import AudioEncoder
import Capture
import Checkpoint
import Decoder
import Foundation
public import Logging
import Media
public import Session
import Tensors
import UnixSignals
import VisionEncoder

/// Why the daemon cannot start with this configuration.
public enum DaemonError: Error, Equatable, CustomStringConvertible {
    case mixedPace(live: String, replayed: String)
    case weightsChanged(path: String)

    public var description: String {
        switch self {
        case .weightsChanged(let path):
            """
            \(path) was cut or written over while it was in use: put the whole file back and start again; \
            replace model files by renaming
            """
        case .mixedPace(let live, let replayed):
            """
            [\(live)] runs by the clock and [\(replayed)] is read as fast as possible, so they have no common time: \
            set [\(replayed)] realtime = true, or replay both
            """
        }
    }
}

/// The daemon put together: model, devices, engine, socket and service manager.
public struct Daemon: Sendable {
    public let configuration: DaemonConfiguration
    /// The file the configuration came from; SIGHUP reads it again. nil: the built-in defaults.
    public let configurationFile: String?
    private let log: Logger

    public init(configuration: DaemonConfiguration, configurationFile: String?, log: Logger) {
        self.configuration = configuration
        self.configurationFile = configurationFile.map { URL(fileURLWithPath: $0).path }
        self.log = log
    }

    private enum Happening: Sendable {
        case started(Result<Running, any Error>)
        case signal(UnixSignal)
        case weightsChanged(path: String)

        /// A stop that comes while a weight file has changed, and was not yet noticed, is that file's: whoever stops the daemon for its
        /// failed answers shall read which.
        var withItsCause: Happening {
            guard case .signal(let signal) = self, signal != .sighup, let path = WeightFiles.look() else { return self }
            return .weightsChanged(path: path)
        }
    }

    /// Runs until SIGTERM or SIGINT, then lets clients finish for two seconds.
    /// - Throws: what keeps the daemon from starting: a model, a file source or a socket that cannot be used.
    public func run() async throws {
        let manager = ServiceManager()
        let (happenings, continuation) = AsyncStream.makeStream(of: Happening.self)
        // Trapped before anything slow, so that a stop during the model's loading is clean too.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let listening = Task { for await signal in signals { continuation.yield(.signal(signal)) } }
        defer { listening.cancel() }
        WeightFiles.surviveChanges()
        let watching = Task { [log] in
            var isTold = false
            while !Task.isCancelled {
                if let path = WeightFiles.look() {
                    continuation.yield(.weightsChanged(path: path))
                    return
                }
                if !isTold, let path = WeightFiles.touched {
                    isTold = true
                    log.warning("\(path) was touched while it is in use, its content is the same; replace model files by renaming")
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
        defer { watching.cancel() }
        let starting = Task { try await start(manager) }
        Task { continuation.yield(.started(await starting.result)) }
        var running: Running?
        for await happening in happenings {
            switch happening.withItsCause {
            case .started(let result):
                running = try result.get()
            case .weightsChanged(let path):
                let error = DaemonError.weightsChanged(path: path)
                log.critical("\(error)")
                manager.stopping("\(error)")
                if let started = try? await starting.value {
                    _ = await started.engine.endIfWeightsChanged()
                    await started.stop()
                }
                throw error
            case .signal(.sighup):
                guard let running else { continue }
                _ = await reload(running, manager)
            case .signal(let signal):
                log.notice("stopping", metadata: ["signal": "\(signal)"])
                manager.stopping()
                // A model that is still being read is waited for: what it opened is closed in order.
                if let started = try? await starting.value { await started.stop() }
                log.notice("stopped")
                return
            }
        }
    }

    /// Everything that runs, and how it ends.
    public struct Running: Sendable {
        public let engine: AgentEngine
        let pump: MediaPump
        let pumping: Task<Void, Never>
        let counting: Task<Void, Never>?
        let numbering: Task<Void, Never>
        let server: AgentServer
        let service: DaemonService
        let thread: EngineThread

        /// The ports of the network's entrance, if it is open.
        package var networkPorts: [Int] { server.networkPorts }

        /// goAway to the clients, the end of all turns, devices closed.
        public func stop(grace: Duration = .seconds(2)) async {
            // It holds all of this.
            await service.reloads(by: nil)
            // Answers under way may end within the grace; clients hear of the end at once.
            await engine.refuseQuestions()
            async let farewell: Void = server.shutdown(grace: grace)
            let deadline = ContinuousClock.now + grace - min(grace, .milliseconds(200))
            while ContinuousClock.now < deadline, await engine.refuseQuestions() > 0 { try? await Task.sleep(for: .milliseconds(20)) }
            await engine.stop()
            await farewell
            pumping.cancel()
            counting?.cancel()
            numbering.cancel()
            await pumping.value
            await numbering.value
            await pump.audio.stop()
            await pump.video.stop()
            thread.stop()
        }
    }

    /// Loads the model, opens devices and socket, and answers from then on.
    public func start(_ manager: ServiceManager = ServiceManager()) async throws -> Running {
        // Reading a large model takes a minute: what is wrong with the little things is said before it.
        if !manager.isSocketActivated {
            if let problem = configuration.socketSettings.problems().first { throw problem }
            try configuration.socketSettings.requireFree()
        }
        let isLive = try configuration.isLive()
        manager.status("loading \(configuration.model.path)")
        if let count = try configuration.checkSignature() {
            log.info("the model is as it was signed", metadata: ["files": "\(count)", "public_key": "\(configuration.model.publicKey)"])
        }
        let begin = ContinuousClock.now
        let threads = configuration.model.threads
        let pool = ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads)
        let model = try AgentModel(directory: configuration.model.path, weights: configuration.model.weights, pool: pool)
        log.info(
            "model loaded",
            metadata: [
                "model": "\(model.name)", "weights": "\(model.weights)", "threads": "\(pool.threads)",
                "took": "\((ContinuousClock.now - begin).figure)",
            ])

        if let strays = model.strayNote { log.notice("ignored: \(strays)", metadata: ["model": "\(model.name)"]) }
        let warnings = configuration.streamWarnings(model: model.configuration, name: model.name)
        for warning in warnings { log.warning("\(warning)") }
        let audioSource = try SourceSpecification(configuration.audio.source)
        let videoSource = try SourceSpecification(configuration.video.source)
        let thread = EngineThread(name: "mmagent-engine")
        var limits = EngineLimits()
        limits.asks = configuration.stream.maximumAsks
        limits.watches = configuration.stream.maximumWatches
        limits.privateSessions = configuration.live.maximumPrivateSessions
        limits.toolTimeout = .seconds(configuration.live.toolTimeout)
        limits.resumption = ResumptionLimits(
            patience: .seconds(configuration.live.sessionTTL), places: configuration.live.maximumWaitingSessions)
        let sequence = SequenceStore(folder: configuration.state.path.isEmpty ? manager.stateDirectory : configuration.state.path)
        let engine = AgentEngine(
            model: model, options: configuration.streamOptions(model: model), limits: limits, lastSequence: sequence.last, thread: thread)
        reserveNumbers(sequence, upTo: sequence.last)
        do {
            return try await start(engine, thread, sequence, audioSource, videoSource, isLive: isLive, warnings, manager)
        } catch {
            thread.stop()
            throw error
        }
    }

    private func start(
        _ engine: AgentEngine, _ thread: EngineThread, _ sequence: SequenceStore, _ audioSource: SourceSpecification,
        _ videoSource: SourceSpecification, isLive: Bool,
        _ warnings: [String], _ manager: ServiceManager
    ) async throws -> Running {
        // The system prompt is taken in before recordings begin, or they would begin with a lag.
        await engine.start()
        let origin = MediaTime.now()
        let audio = try Sources.audio(
            audioSource, AudioOptions(loop: configuration.audio.loop, realtime: configuration.audio.realtime, origin: origin))
        let video = try Sources.video(
            videoSource,
            VideoOptions(
                width: configuration.video.width, height: configuration.video.height, pixelFormat: configuration.pixelFormat,
                fps: configuration.video.framesPerSecond,
                loop: configuration.video.loop, realtime: configuration.video.realtime, origin: origin))
        let state = StateStore(folder: configuration.state.path.isEmpty ? manager.stateDirectory : configuration.state.path)
        let pump = MediaPump(
            audio: audio, video: video, engine: engine, isLive: isLive, state: state, manager: manager, log: log)
        let wanted = configuration.socket.maximumClients
        let files = WeightFiles.count
        let (clients, limit) = DescriptorLimit.raise(for: wanted, files: files)
        if clients < wanted {
            log.warning(
                """
                [socket] max_clients = \(wanted) needs \(wanted + files + DescriptorLimit.reserve) open files and the limit is \(limit), so \
                \(clients) clients are taken; raise LimitNOFILE= (ulimit -n), or lower max_clients
                """)
        }
        let service = DaemonService(
            engine: engine, pump: pump, state: state, maximumClients: clients, live: configuration.live, warnings: warnings,
            configurationFile: configurationFile, log: log)
        let server = try await listen(service, clients: clients, manager)
        do {
            try await pump.open()
        } catch {
            await audio.stop()
            await server.shutdown(grace: .zero)
            throw error
        }
        let pumping = Task { await pump.run() }
        let numbering = Task { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                reserveNumbers(sequence, upTo: await engine.lastSequence())
            }
        }
        var counting: Task<Void, Never>?
        if !configuration.metrics.textfile.isEmpty {
            let file = MetricsFile(path: configuration.metrics.textfile, log: log)
            counting = Task { await file.run { await service.metrics() } }
        }
        manager.ready("running \(engine.model.name), \(configuration.audio.source), \(configuration.video.source)")
        log.notice(
            "ready",
            metadata: ["model": "\(engine.model.name)", "audio": "\(configuration.audio.source)", "video": "\(configuration.video.source)"])
        let running = Running(
            engine: engine, pump: pump, pumping: pumping, counting: counting, numbering: numbering, server: server, service: service,
            thread: thread)
        await service.reloads { await reload(running, manager) }
        return running
    }

    private func reserveNumbers(_ sequence: SequenceStore, upTo given: Int64) {
        do throws(WholeFile.Failure) { try sequence.reserve(beyond: given) } catch {
            log.debug("the numbers of events may come twice after a restart: \(error)")
        }
    }

    private func listen(_ service: DaemonService, clients: Int, _ manager: ServiceManager) async throws -> AgentServer {
        var settings = configuration.socketSettings
        settings.maximumConnections = clients
        let server = AgentServer(configuration: settings, service: service, logger: log)
        let inherited = manager.inheritedSockets()
        if let unix = inherited.first(where: InheritedSocket.isUnix) {
            try await server.start(fileDescriptor: unix)
        } else {
            try await server.start()
        }
        do {
            try await openNetwork(server, inherited: inherited.filter { !InheritedSocket.isUnix($0) }, manager)
        } catch {
            await server.shutdown(grace: .zero)
            throw error
        }
        return server
    }

    /// - Parameter inherited: network sockets that systemd hands over, which stand for `[listen] tcp`.
    private func openNetwork(_ server: AgentServer, inherited: [Int32], _ manager: ServiceManager) async throws {
        let listen = configuration.listen
        let isOpen = !inherited.isEmpty || !listen.tcp.isEmpty
        for remark in listen.remarks(isOpen: isOpen) { log.warning("\(remark)") }
        guard isOpen else { return }
        let access = try listen.access()
        var identity = try listen.configuredIdentity()
        if identity == nil, listen.tls == .on {
            let addresses = inherited.isEmpty ? [ListenAddress(listen.tcp)] : inherited.map(InheritedSocket.address)
            let folder = configuration.state.path.isEmpty ? manager.stateDirectory : configuration.state.path
            guard let folder else { throw ListenError.noPlace }
            identity = try OwnCertificate(state: folder).identity(hosts: listen.certificateHosts(addresses.compactMap { $0 }), log: log)
        }
        for descriptor in inherited { try await server.listen(fileDescriptor: descriptor, access: access, tls: identity) }
        if inherited.isEmpty, let address = ListenAddress(listen.tcp) {
            try await server.listen(at: address, access: access, tls: identity)
        }
    }

    /// Faults of a configuration that could not be reloaded, in a status.
    private static let shownFaults = 3

    /// - Returns: nil: the entrance stands in the file no more, and stays as it is until the restart that closes it.
    private func access(_ next: DaemonConfiguration, file: String) throws(ConfigurationError) -> NetworkAccess? {
        do throws(ListenError) {
            return try next.listen.access()
        } catch .noKeys where next.listen.tcp.isEmpty {
            return nil
        } catch {
            throw .unusable(file: file, reason: "\(error)")
        }
    }

    /// Reads the file again and takes over what can change while running; says what needs a restart.
    /// - Returns: what came of it.
    private func reload(_ running: Running, _ manager: ServiceManager) async -> String {
        manager.reloading()
        let said = await reread(for: running)
        manager.ready("running; \(said)")
        return said
    }

    private func reread(for running: Running) async -> String {
        guard let file = configurationFile else {
            log.notice("no configuration file to reload")
            return "there is no configuration file to reload"
        }
        do throws(ConfigurationError) {
            let next = try DaemonConfiguration(file: file)
            if !running.server.networkPorts.isEmpty, let access = try access(next, file: file) { running.server.change(access: access) }
            await running.engine.reload(next.streamOptions(model: running.engine.model))
            await running.service.reloaded(problem: nil)
            let waiting = configuration.keysThatNeedRestart(comparedWith: next)
            log.notice("reloaded", metadata: ["file": "\(file)", "restart_needed_for": "\(waiting.joined(separator: ", "))"])
            return waiting.isEmpty ? "reloaded" : "reloaded; restart for \(waiting.joined(separator: ", "))"
        } catch {
            log.error("the configuration was not reloaded, the one before stays in force: \(error)")
            // A file of many faults has a line for each; the first ones say which file to mend.
            let shown = error.faults.prefix(Self.shownFaults).map(\.description)
            let more = error.faults.count - shown.count
            let reason = shown.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
            let remedy = "mend that and reload (mmagentctl reload, or systemctl reload mmagentd)"
            await running.service.reloaded(
                problem: "the configuration was not reloaded, the one before stays in force: \(reason): \(remedy)")
            return "the configuration was not reloaded: \(reason)"
        }
    }
}
