/// The answer to a client's own message, sent to that client alone with `mm.re`.
public enum Reply: Sendable, Hashable {
    /// The input was taken. For clientContent that starts an answer, ``ServerMessage/turn`` names the turn: it is sent before
    /// the turn's first event, so that a client can tell its own answer from others.
    case accepted
    case subscribed(Set<Topic>)
    case status(StatusReport)
    case devices([DeviceReport])
    case muted(Modality, Bool)
    /// A page in Prometheus' text format.
    case metrics(String)
    case snapshot(Snapshot)
    /// The configuration is in force; what waits for a restart is said.
    case reloaded(String)
    /// Fields of a message that are not read, and its `mm.id`; it carries no `mm.re`, the message's own answer follows.
    case ignored([String], of: RequestID?)
    /// Whether a turn was running and is now stopped.
    case cancelled(turn: String?, Bool)
}

/// The newest camera frame.
public struct Snapshot: Sendable, Hashable {
    public var jpeg: [UInt8]
    public var width: Int
    public var height: Int
    /// How old the frame is.
    public var age: Duration

    public init(jpeg: [UInt8], width: Int, height: Int, age: Duration) {
        self.jpeg = jpeg
        self.width = width
        self.height = height
        self.age = age
    }
}

/// One sense of the device and how it is.
public struct DeviceReport: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case stopped, starting, running, lost, ended, muted
    }

    public var modality: Modality
    /// As configured: `alsa:default`, `file:desk.y4m`, …
    public var source: String
    public var state: State
    /// The format that runs, or why it is lost and what to do.
    public var detail: String
    /// Frames, samples, drops, overruns, gaps, restarts.
    public var counters: [String: Int64]

    public init(modality: Modality, source: String, state: State, detail: String, counters: [String: Int64] = [:]) {
        self.modality = modality
        self.source = source
        self.state = state
        self.detail = detail
        self.counters = counters
    }
}

/// The daemon at a glance.
public struct StatusReport: Sendable, Hashable {
    /// Name and version: `mmagentd/0.1`.
    public var server: String
    public var state: Health.State
    /// A sentence about the state.
    public var message: String
    public var uptime: Duration
    /// Directory or name of the model.
    public var model: String
    /// `f32`, `bf16`, `q8`
    public var weights: String
    /// Rows in the stream's cache, and at most how many.
    public var cachedTokens: Int
    public var tokenBudget: Int
    public var cacheBytes: Int64
    public var residentBytes: Int64
    /// How far the stream is behind the devices.
    public var lag: Duration
    public var clients: Int
    public var devices: [DeviceReport]
    /// Everything else worth counting, by name.
    public var counters: [String: Int64]
    /// What is done as it was configured, and better were not: a sentence each, with the remedy.
    public var warnings: [String]
    /// The configuration file that the daemon was started with; nil: the built-in defaults.
    public var configuration: String?

    public init(
        server: String, state: Health.State, message: String, uptime: Duration, model: String, weights: String,
        cachedTokens: Int, tokenBudget: Int, cacheBytes: Int64, residentBytes: Int64, lag: Duration, clients: Int,
        devices: [DeviceReport], counters: [String: Int64] = [:], warnings: [String] = [], configuration: String? = nil
    ) {
        self.configuration = configuration
        self.warnings = warnings
        self.server = server
        self.state = state
        self.message = message
        self.uptime = uptime
        self.model = model
        self.weights = weights
        self.cachedTokens = cachedTokens
        self.tokenBudget = tokenBudget
        self.cacheBytes = cacheBytes
        self.residentBytes = residentBytes
        self.lag = lag
        self.clients = clients
        self.devices = devices
        self.counters = counters
    }
}
