/// What stream a model was made for. Budgets default to it; what the model answers on a longer one nobody has measured.
///
/// `mmagent.json` states it under `stream`; for a checkpoint from elsewhere it follows from the context length and a memory
/// bound (`ModelConfiguration.stream`). Rows are cache rows, one a token, behind the system prompt.
public struct StreamConfiguration: Sendable, Equatable {
    /// Rows in all, and of each modality.
    public var rows: Int
    public var videoRows: Int
    public var audioRows: Int
    public var textRows: Int
    /// Frames and sounds in the cache at once; nil: as many as fit into their rows.
    public var frames: Int?
    public var sounds: Int?
    /// The system prompt may stand any number of positions before the oldest row: the model was trained with such gaps.
    public var hasFarPrefix = false
    /// A question and a sound begin with the media time, as a frame does.
    public var isStamped = false

    public init(rows: Int, videoRows: Int, audioRows: Int, textRows: Int, frames: Int? = nil, sounds: Int? = nil) {
        self.rows = rows
        self.videoRows = videoRows
        self.audioRows = audioRows
        self.textRows = textRows
        self.frames = frames
        self.sounds = sounds
    }
}

extension StreamConfiguration {
    static let rowRange = 16...1_048_576
    static let itemRange = 1...65_536
    /// Rows of a sound of two seconds, the shortest question: 50 tokens, their markers and the time before them.
    public static let soundRows = 60

    /// Rows of a frame at most: its soft tokens, two markers, and "mm:ss" with the spaces around it.
    public static func frameRows(softTokens: Int) -> Int { softTokens + 10 }

    init(_ value: ConfigurationTable) throws(ConfigurationProblem) {
        var table = value
        func rows(_ key: String, _ meaning: String) throws(ConfigurationProblem) -> Int {
            guard let count = try table.integer(key, in: Self.rowRange) else { throw .missing(key: table.name(key), meaning: meaning) }
            return count
        }
        self.init(
            rows: try rows("rows", "the cache rows that the model was trained with"),
            videoRows: try rows("video_rows", "those of frames"), audioRows: try rows("audio_rows", "those of sounds"),
            textRows: try rows("text_rows", "those of text"), frames: try table.integer("frames", in: Self.itemRange),
            sounds: try table.integer("sounds", in: Self.itemRange))
        hasFarPrefix = try table.boolean("far_prefix") ?? false
        isStamped = try table.boolean("stamped") ?? false
        try table.requireAllKnown()
        for (key, count) in [("video_rows", videoRows), ("audio_rows", audioRows), ("text_rows", textRows)] where count > self.rows {
            throw .inconsistent(key: table.name(key), value: "\(count)", because: "rows is \(self.rows) in all: raise that, or lower this")
        }
    }

    /// - Parameters:
    ///   - softTokens: of a frame; nil if the model cannot see.
    ///   - path: of the object that this is in, for the error.
    /// - Throws: unless the newest frame and a sound fit together.
    func requireRoom(softTokens: Int?, hearing: Bool, path: String) throws(ConfigurationProblem) {
        let frame = softTokens.map(Self.frameRows) ?? 0
        let sound = hearing ? Self.soundRows : 0
        let need = [
            ("video_rows", videoRows, frame, "a frame has up to \(frame) rows"),
            ("audio_rows", audioRows, sound, "a sound of two seconds has \(sound) rows"),
            ("rows", rows, frame + sound, "a frame and a sound have up to \(frame + sound)"),
        ]
        for (key, value, least, because) in need where value < least {
            let name = (path.isEmpty ? "" : path + ".") + "stream." + key
            throw .inconsistent(key: name, value: "\(value)", because: "\(because): at least \(least) are needed")
        }
    }
}

extension ModelConfiguration {
    /// The stream that the model was made for: what its `mmagent.json` states, or, of a checkpoint from elsewhere, half of its
    /// context (the other half is for system prompt, questions, history and answers), within `StreamConfiguration.cacheBytes`
    /// of memory and `StreamConfiguration.publishedRows`.
    public var stream: StreamConfiguration {
        if let stated = extras?.stream { return stated }
        let frame = vision.map { StreamConfiguration.frameRows(softTokens: $0.softTokenBudget) } ?? 0
        let least = frame + StreamConfiguration.soundRows
        let affordable = text.cacheRows(bytes: StreamConfiguration.cacheBytes)
        let rows = max(least, min(StreamConfiguration.publishedRows, text.maximumPositions / 2, affordable))
        return StreamConfiguration(
            rows: rows, videoRows: max(frame, rows / 2), audioRows: max(StreamConfiguration.soundRows, rows / 2), textRows: rows / 4)
    }

    /// Where `stream` comes from, for people.
    public var streamOrigin: String {
        extras?.stream == nil ? "from its context of \(text.maximumPositions) tokens" : "as its mmagent.json states"
    }
}

extension StreamConfiguration {
    /// Rows of a published checkpoint at most, whatever its context: 45 s of E2B at a frame and 25 sound tokens a second. More
    /// rows cost time in every step.
    static let publishedRows = 4096
    /// Memory that the rows of a published checkpoint may take by default.
    static let cacheBytes = 512 << 20
}

extension TextConfiguration {
    /// Bytes of keys and values (f32) that one row takes in the layers of a type.
    public func cacheBytesPerRow(_ type: LayerType) -> Int {
        (0..<layerCount - sharedKeyValueLayerCount).filter { layerTypes[$0] == type }.reduce(0) {
            $0 + 2 * MemoryLayout<Float>.size * keyValueHeads(layer: $1) * headDimension(layer: $1)
        }
    }

    /// How many rows fit into so many bytes; sliding layers keep no more than their window.
    func cacheRows(bytes: Int) -> Int {
        let (full, sliding) = (cacheBytesPerRow(.full), cacheBytesPerRow(.sliding))
        let inWindow = bytes / (full + sliding)
        return inWindow < slidingWindow ? inWindow : (bytes - slidingWindow * sliding) / full
    }
}
