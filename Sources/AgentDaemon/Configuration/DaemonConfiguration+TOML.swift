import Files
import Foundation
import ImageFiles

extension DaemonConfiguration {
    /// Where the daemon looks when no file is named.
    public static let defaultFile = "/etc/mmagent/mmagentd.toml"
    /// A configuration file larger than this is refused unread.
    public static let maximumFileBytes = 1 << 18

    /// Reads a TOML file over the built-in defaults. Relative paths in it are relative to the file's folder.
    public init(file: String) throws(ConfigurationError) {
        let bytes: [UInt8]
        do {
            bytes = try RegularFile.bytes(at: file, limit: Self.maximumFileBytes)
        } catch {
            if case .tooLarge = error { throw .unreadable(file: file, reason: "larger than \(Self.maximumFileBytes) bytes") }
            throw .unreadable(file: file, reason: error.description)
        }
        guard let text = String(bytes: bytes, encoding: .utf8) else {
            throw .unreadable(file: file, reason: "not UTF-8")
        }
        try self.init(text: text, file: file)
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        model.path = Self.absolute(model.path, in: folder)
        socket.path = Self.absolute(socket.path, in: folder)
        if !metrics.textfile.isEmpty { metrics.textfile = Self.absolute(metrics.textfile, in: folder) }
        for key in [\Listen.certificate, \Listen.privateKey, \Listen.keys] where !listen[keyPath: key].isEmpty {
            listen[keyPath: key] = Self.absolute(listen[keyPath: key], in: folder)
        }
        if !state.path.isEmpty { state.path = Self.absolute(state.path, in: folder) }
        audio.source = Self.absoluteSource(audio.source, in: folder)
        video.source = Self.absoluteSource(video.source, in: folder)
    }

    /// - Parameter file: the name used in error messages.
    /// - Throws: everything that is wrong with keys and values; of a text that is no TOML, the first thing.
    public init(text: String, file: String) throws(ConfigurationError) {
        self.init()
        let document: TOMLDocument
        do {
            document = try TOMLDocument(text)
        } catch {
            throw .syntax(file: file, line: error.line, reason: error.reason)
        }
        let sections = ["model", "audio", "video", "stream", "socket", "listen", "state", "metrics", "live", "log"]
        let limit = ConfigurationSection.maximumUnknownKeys
        var faults = document.outside.sorted { $0.value < $1.value }.prefix(limit).map { key, line in
            ConfigurationError.outsideSection(file: file, line: line, key: key, sections: sections.joined(separator: ", "))
        }
        let unknown = document.sections.filter { !sections.contains($0.key) }.sorted { $0.value.line < $1.value.line }
        faults += unknown.prefix(limit).map { name, section in
            ConfigurationError.unknownSection(file: file, line: section.line, name: name, nearest: nearest(to: name, among: sections))
        }
        func section(_ name: String) -> ConfigurationSection {
            ConfigurationSection(file: file, name: name, section: document.sections[name] ?? TOMLDocument.Section())
        }

        var keys = section("model")
        keys.string("path", &model.path)
        keys.publicKey("public_key", &model.publicKey)
        keys.choice("weights", &model.weights)
        keys.integer("threads", &model.threads, in: 0...256)
        faults += keys.allFaults()

        keys = section("audio")
        keys.string("source", &audio.source)
        keys.flag("loop", &audio.loop)
        keys.flag("realtime", &audio.realtime)
        keys.integer("group_tokens", &audio.groupTokens, in: 1...25)
        keys.choice("sensitivity", &audio.sensitivity)
        keys.integer("prefix_padding_ms", &audio.prefixPaddingMilliseconds, in: 0...1000)
        keys.integer("silence_duration_ms", &audio.silenceDurationMilliseconds, in: 100...10_000)
        faults += keys.allFaults()

        keys = section("video")
        keys.string("source", &video.source)
        keys.flag("loop", &video.loop)
        keys.flag("realtime", &video.realtime)
        keys.integer("width", &video.width, in: 16...8192)
        keys.integer("height", &video.height, in: 16...8192)
        keys.string("pixel_format", &video.pixelFormat)
        keys.number("fps", &video.framesPerSecond, in: 0.01...120)
        keys.integer("soft_tokens", &video.softTokens, in: 0...1120)
        keys.choice("mode", &video.mode)
        keys.choice("gate", &video.gate)
        keys.number("sparse_threshold", &video.sparseThreshold, in: 0...10)
        keys.number("refresh_seconds", &video.refreshSeconds, in: 0.1...86_400)
        faults += keys.allFaults()

        keys = section("stream")
        keys.string("system", &stream.system, limit: Self.maximumFileBytes)
        for key in StreamBudget.Key.allCases { keys.integer(key.rawValue, &stream.budget[key], in: 0...131_072) }
        keys.integer("minimum_frames", &stream.budget.minimumFrames, in: 1...64)
        keys.integer("max_answer_tokens", &stream.maximumAnswerTokens, in: 1...8192)
        keys.integer("max_asks", &stream.maximumAsks, in: 1...64)
        keys.integer("max_watches", &stream.maximumWatches, in: 0...64)
        keys.integer("history_tokens", &stream.historyTokens, in: 0...65_536)
        keys.number("temperature", &stream.temperature, in: 0...2)
        keys.integer("top_k", &stream.topK, in: 0...1_000_000)
        keys.number("top_p", &stream.topP, in: 0.000_001...1)
        keys.integer("seed", &stream.seed, in: 0...Int.max)
        keys.choice("transcription", &stream.transcription)
        keys.choice("answer_speech", &stream.answerSpeech)
        keys.choice("notice", &stream.notice)
        faults += keys.allFaults()

        keys = section("socket")
        keys.string("path", &socket.path)
        keys.fileMode("mode", &socket.mode)
        keys.string("group", &socket.group)
        keys.integer("max_clients", &socket.maximumClients, in: 1...1024)
        keys.string("observers", &socket.observers)
        keys.string("participants", &socket.participants)
        keys.string("owners", &socket.owners)
        faults += keys.allFaults()

        keys = section("listen")
        keys.listenAddress("tcp", &listen.tcp)
        keys.choice("tls", &listen.tls)
        keys.string("certificate", &listen.certificate)
        keys.string("private_key", &listen.privateKey)
        keys.string("keys", &listen.keys)
        keys.string("hosts", &listen.hosts)
        keys.string("origins", &listen.origins)
        faults += keys.allFaults()

        keys = section("state")
        keys.string("path", &state.path)
        faults += keys.allFaults()

        keys = section("metrics")
        keys.string("textfile", &metrics.textfile)
        faults += keys.allFaults()

        keys = section("live")
        keys.integer("max_private_sessions", &live.maximumPrivateSessions, in: 0...64)
        keys.integer("max_line_pixels", &live.maximumLinePixels, in: 65_536...ImageFiles.maximumPixels)
        keys.integer("max_client_pixels", &live.maximumClientPixels, in: 65_536...1 << 32)
        keys.integer("max_daemon_pixels", &live.maximumDaemonPixels, in: 65_536...1 << 32)
        keys.integer("max_line_seconds", &live.maximumLineSeconds, in: 1...3600)
        keys.integer("tool_timeout", &live.toolTimeout, in: 1...86_400)
        keys.integer("session_ttl", &live.sessionTTL, in: 0...86_400)
        keys.integer("max_waiting_sessions", &live.maximumWaitingSessions, in: 0...64)
        faults += keys.allFaults()

        keys = section("log")
        keys.choice("level", &log.level)
        faults += keys.allFaults()
        if let fault = ConfigurationError(faults) { throw fault }
    }

    private static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : URL(fileURLWithPath: folder).appendingPathComponent(path).standardizedFileURL.path
    }

    private static func absoluteSource(_ source: String, in folder: String) -> String {
        guard source.hasPrefix("file:") else { return source }
        return "file:" + absolute(String(source.dropFirst("file:".count)), in: folder)
    }
}
