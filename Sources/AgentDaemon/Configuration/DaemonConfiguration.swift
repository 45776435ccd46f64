public import Tensors

/// Everything that can be set in `mmagentd.toml`, with the built-in defaults. `config/mmagentd.toml` documents each key.
public struct DaemonConfiguration: Sendable, Equatable {
    public struct Model: Sendable, Equatable {
        public var path = "/usr/share/mmagent/models/nano"
        public var weights = WeightFormat.q8
        /// Ed25519, 32 bytes in base64: a model that its owner did not sign is refused. Empty: any model is taken.
        public var publicKey = ""
        /// 0: as many as there are cores.
        public var threads = 0
    }

    public struct Audio: Sendable, Equatable {
        public var source = "alsa:default"
        public var loop = false
        public var realtime = true
        /// Audio tokens (40 ms each) that wait for each other before the encoder runs.
        public var groupTokens = 4
        public var sensitivity = Sensitivity.high
        public var prefixPaddingMilliseconds = 200
        public var silenceDurationMilliseconds = 600
    }

    public enum Sensitivity: String, Sendable, CaseIterable { case low, high }

    public struct Video: Sendable, Equatable {
        public var source = "v4l2:/dev/video0"
        public var loop = false
        public var realtime = true
        public var width = 640
        public var height = 480
        /// Of the camera, by its four characters; empty: the best that it has.
        public var pixelFormat = ""
        public var framesPerSecond = 2.0
        /// Soft tokens a frame; 0: what the model's own files say.
        public var softTokens = 0
        public var mode = Mode.exact
        public var gate = Gate.noise
        /// Relative movement of a token's input above which `sparse` recomputes it.
        public var sparseThreshold = 0.14
        /// Seconds between two dense passes in `sparse` mode.
        public var refreshSeconds = 10.0
    }

    public enum Mode: String, Sendable, CaseIterable { case exact, sparse }

    /// What counts as a changed frame.
    public enum Gate: String, Sendable, CaseIterable { case noise, any }

    public struct Stream: Sendable, Equatable {
        /// Empty: the model's own.
        public var system = ""
        public var budget = StreamBudget()
        public var maximumAnswerTokens = 256
        public var maximumAsks = 8
        public var maximumWatches = 8
        public var historyTokens = 1024
        public var temperature = 0.0
        public var topK = 0
        public var topP = 1.0
        public var seed = 0
        public var transcription = Choice.auto
        public var answerSpeech = Choice.auto
        public var notice = Choice.auto
    }

    /// `auto`: on if the model was trained for it.
    public enum Choice: String, Sendable, CaseIterable { case auto, on, off }

    public struct Socket: Sendable, Equatable {
        public var path = "/run/mmagentd/mmagentd.sock"
        public var mode: UInt32 = 0o600
        public var group = ""
        public var maximumClients = 64
        /// Whose members may do how much; empty: everyone who may connect.
        public var observers = ""
        public var participants = ""
        public var owners = ""
    }

    /// The entrance from the network.
    public struct Listen: Sendable, Equatable {
        /// Address and port; empty: none, but for a socket that systemd hands over.
        public var tcp = ""
        public var tls = Switch.on
        /// PEM files; empty: a pair of this machine's own.
        public var certificate = ""
        public var privateKey = ""
        /// The file of the keys; empty: systemd's credential `keys`.
        public var keys = ""
        /// Names under which this machine is reached, beside the local ones; words.
        public var hosts = ""
        /// Web pages that may ask; words.
        public var origins = ""
    }

    public enum Switch: String, Sendable, CaseIterable { case on, off }

    public struct State: Sendable, Equatable {
        /// Folder of what is remembered over restarts. Empty: the one that systemd gives; without systemd nothing is remembered.
        public var path = ""
    }

    public struct Metrics: Sendable, Equatable {
        /// File that the metrics are written to every 15 seconds, for node_exporter's textfile collector; empty: none.
        public var textfile = ""
    }

    public struct Live: Sendable, Equatable {
        /// Sessions with a stream of their own, fed by their client.
        public var maximumPrivateSessions = 4
        /// Pixels of all pictures in one message, by their headers.
        public var maximumLinePixels = 1 << 25
        /// Pixels of one client's pictures that are decoded in a second; what comes faster waits, and holds up that client alone.
        public var maximumClientPixels = 1 << 26
        /// Pixels of all clients' pictures that are in work at once; messages with more wait for their turn.
        public var maximumDaemonPixels = 1 << 27
        /// Seconds of sound in one message.
        public var maximumLineSeconds = 60
        /// Seconds that a function of a client may take.
        public var toolTimeout = 60
        /// Seconds that a client may be away and come back to its session; 0: none may.
        public var sessionTTL = 180
        /// Clients that are away, of all users; 0: none may come back.
        public var maximumWaitingSessions = 4

        /// Whether clients may come back at all.
        package var keepsSessions: Bool { sessionTTL > 0 && maximumWaitingSessions > 0 }
    }

    public struct Log: Sendable, Equatable {
        public var level = Level.info
        public enum Level: String, Sendable, CaseIterable { case debug, info, notice, warning, error }
    }

    public var model = Model()
    public var audio = Audio()
    public var video = Video()
    public var stream = Stream()
    public var socket = Socket()
    public var listen = Listen()
    public var state = State()
    public var metrics = Metrics()
    public var live = Live()
    public var log = Log()

    public init() {}
}
