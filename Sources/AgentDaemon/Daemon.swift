import AgentProtocol
import AgentSocket
import AudioEncoder
import Capture
import Decoder
import Foundation
public import Logging
import Media
public import Session
import Tensors
import UnixSignals
import VisionEncoder

/// The daemon put together: model, devices, engine, socket and service manager.
public struct Daemon: Sendable {
    public let configuration: DaemonConfiguration
    /// The file the configuration came from; SIGHUP reads it again. nil: the built-in defaults.
    public let configurationFile: String?
    private let log: Logger

    public init(configuration: DaemonConfiguration, configurationFile: String?, log: Logger) {
        self.configuration = configuration
        self.configurationFile = configurationFile
        self.log = log
    }

    private enum Happening: Sendable {
        case started(Result<Running, any Error>)
        case signal(UnixSignal)
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
        Task {
            do {
                continuation.yield(.started(.success(try await start(manager))))
            } catch {
                continuation.yield(.started(.failure(error)))
            }
        }
        var running: Running?
        for await happening in happenings {
            switch happening {
            case .started(let result):
                running = try result.get()
            case .signal(.sighup):
                guard let running else { continue }
                manager.reloading()
                await reload(running)
                manager.ready("running")
            case .signal(let signal):
                log.notice("stopping", metadata: ["signal": "\(signal)"])
                manager.stopping()
                await running?.stop()
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
        let server: AgentServer
        let thread: EngineThread

        /// goAway to the clients, the end of all turns, devices closed.
        public func stop(grace: Duration = .seconds(2)) async {
            await engine.stop()
            await server.shutdown(grace: grace)
            pumping.cancel()
            await pumping.value
            await pump.audio.stop()
            await pump.video.stop()
            thread.stop()
        }
    }

    /// Loads the model, opens devices and socket, and answers from then on.
    public func start(_ manager: ServiceManager = ServiceManager()) async throws -> Running {
        manager.status("loading \(configuration.model.path)")
        let begin = ContinuousClock.now
        let threads = configuration.model.threads
        let pool = ThreadPool(threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads)
        let model = try AgentModel(directory: configuration.model.path, weights: configuration.model.weights, pool: pool)
        log.info(
            "model loaded",
            metadata: [
                "model": "\(model.name)", "weights": "\(model.weights)", "threads": "\(pool.threads)",
                "seconds": "\(ContinuousClock.now - begin)",
            ])

        let origin = MediaTime.now()
        let audioSource = try SourceSpecification(configuration.audio.source)
        let videoSource = try SourceSpecification(configuration.video.source)
        let audio = try Sources.audio(
            audioSource, AudioOptions(loop: configuration.audio.loop, realtime: configuration.audio.realtime, origin: origin))
        let video = try Sources.video(
            videoSource,
            VideoOptions(
                width: configuration.video.width, height: configuration.video.height, fps: configuration.video.framesPerSecond,
                loop: configuration.video.loop, realtime: configuration.video.realtime, origin: origin))
        let replays = [(audioSource, configuration.audio.realtime), (videoSource, configuration.video.realtime)].allSatisfy {
            source, realtime in
            if case .file = source { !realtime } else { source == .none }
        }

        let thread = EngineThread(name: "mmagent-engine")
        var limits = EngineLimits()
        limits.asks = configuration.stream.maximumAsks
        limits.privateSessions = configuration.live.maximumPrivateSessions
        let engine = AgentEngine(model: model, options: configuration.streamOptions(model: model), limits: limits, thread: thread)
        await engine.start()
        let pump = MediaPump(
            audio: audio, video: video, engine: engine, framesPerSecond: configuration.video.framesPerSecond, isLive: !replays,
            manager: manager, log: log)
        let service = DaemonService(engine: engine, pump: pump, log: log)
        let server = try await listen(service, manager)
        do {
            try await audio.start()
            try await video.start()
        } catch {
            await server.shutdown(grace: .zero)
            thread.stop()
            throw error
        }
        let pumping = Task { await pump.run() }
        manager.ready("running \(model.name), \(configuration.audio.source), \(configuration.video.source)")
        log.notice(
            "ready",
            metadata: ["model": "\(model.name)", "audio": "\(configuration.audio.source)", "video": "\(configuration.video.source)"])
        return Running(engine: engine, pump: pump, pumping: pumping, server: server, thread: thread)
    }

    private func listen(_ service: DaemonService, _ manager: ServiceManager) async throws -> AgentServer {
        var settings = AgentServer.Configuration(
            path: configuration.socket.path, mode: Int(configuration.socket.mode),
            group: configuration.socket.group.isEmpty ? nil : configuration.socket.group)
        settings.maximumConnections = configuration.socket.maximumClients
        let server = AgentServer(configuration: settings, service: service, logger: log)
        if let inherited = manager.inheritedSockets().first {
            try await server.start(fileDescriptor: inherited)
        } else {
            try await server.start()
        }
        return server
    }

    /// Reads the file again and takes over what can change while running; says what needs a restart.
    private func reload(_ running: Running) async {
        guard let file = configurationFile else {
            log.notice("no configuration file to reload")
            return
        }
        do {
            let next = try DaemonConfiguration(file: file)
            await running.engine.reload(next.streamOptions(model: running.engine.model))
            let waiting = configuration.keysThatNeedRestart(comparedWith: next)
            log.notice("reloaded", metadata: ["file": "\(file)", "restart_needed_for": "\(waiting.joined(separator: ", "))"])
        } catch {
            log.error("the configuration was not reloaded: \(error)")
        }
    }
}
