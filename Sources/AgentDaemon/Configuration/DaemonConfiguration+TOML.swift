import Checkpoint
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
        if !state.path.isEmpty { state.path = Self.absolute(state.path, in: folder) }
        audio.source = Self.absoluteSource(audio.source, in: folder)
        video.source = Self.absoluteSource(video.source, in: folder)
    }

    /// - Parameter file: the name used in error messages.
    public init(text: String, file: String) throws(ConfigurationError) {
        self.init()
        let document: TOMLDocument
        do {
            document = try TOMLDocument(text)
        } catch {
            throw .syntax(file: file, line: error.line, reason: error.reason)
        }
        let sections = ["model", "audio", "video", "stream", "socket", "state", "metrics", "live", "log"]
        if let (key, line) = document.outside.min(by: { $0.value < $1.value }) {
            throw .outsideSection(file: file, line: line, key: key, sections: sections.joined(separator: ", "))
        }
        for (name, section) in document.sections.sorted(by: { $0.value.line < $1.value.line }) where !sections.contains(name) {
            throw .unknownSection(file: file, line: section.line, name: name, nearest: nearest(to: name, among: sections))
        }
        func section(_ name: String) -> ConfigurationSection {
            ConfigurationSection(file: file, name: name, section: document.sections[name] ?? TOMLDocument.Section())
        }

        var keys = section("model")
        try keys.string("path", &model.path)
        try keys.publicKey("public_key", &model.publicKey)
        try keys.choice("weights", &model.weights)
        try keys.integer("threads", &model.threads, in: 0...256)
        try keys.requireNothingElse()

        keys = section("audio")
        try keys.string("source", &audio.source)
        try keys.flag("loop", &audio.loop)
        try keys.flag("realtime", &audio.realtime)
        try keys.integer("group_tokens", &audio.groupTokens, in: 1...25)
        try keys.choice("sensitivity", &audio.sensitivity)
        try keys.integer("prefix_padding_ms", &audio.prefixPaddingMilliseconds, in: 0...1000)
        try keys.integer("silence_duration_ms", &audio.silenceDurationMilliseconds, in: 100...10_000)
        try keys.requireNothingElse()

        keys = section("video")
        try keys.string("source", &video.source)
        try keys.flag("loop", &video.loop)
        try keys.flag("realtime", &video.realtime)
        try keys.integer("width", &video.width, in: 16...8192)
        try keys.integer("height", &video.height, in: 16...8192)
        try keys.string("pixel_format", &video.pixelFormat)
        try keys.number("fps", &video.framesPerSecond, in: 0.01...120)
        try keys.integer("soft_tokens", &video.softTokens, in: 0...1120)
        try keys.choice("mode", &video.mode)
        try keys.choice("gate", &video.gate)
        try keys.number("sparse_threshold", &video.sparseThreshold, in: 0...10)
        try keys.number("refresh_seconds", &video.refreshSeconds, in: 0.1...86_400)
        try keys.requireNothingElse()

        keys = section("stream")
        try keys.string("system", &stream.system)
        for key in StreamBudget.Key.allCases { try keys.integer(key.rawValue, &stream.budget[key], in: 0...131_072) }
        try keys.integer("minimum_frames", &stream.budget.minimumFrames, in: 1...64)
        try keys.integer("max_answer_tokens", &stream.maximumAnswerTokens, in: 1...8192)
        try keys.integer("max_asks", &stream.maximumAsks, in: 1...64)
        try keys.integer("max_watches", &stream.maximumWatches, in: 0...64)
        try keys.integer("history_tokens", &stream.historyTokens, in: 0...65_536)
        try keys.number("temperature", &stream.temperature, in: 0...2)
        try keys.integer("top_k", &stream.topK, in: 0...1_000_000)
        try keys.number("top_p", &stream.topP, in: 0.000_001...1)
        try keys.integer("seed", &stream.seed, in: 0...Int.max)
        try keys.choice("transcription", &stream.transcription)
        try keys.choice("answer_speech", &stream.answerSpeech)
        try keys.choice("notice", &stream.notice)
        try keys.requireNothingElse()

        keys = section("socket")
        try keys.string("path", &socket.path)
        try keys.fileMode("mode", &socket.mode)
        try keys.string("group", &socket.group)
        try keys.integer("max_clients", &socket.maximumClients, in: 1...1024)
        try keys.string("observers", &socket.observers)
        try keys.string("participants", &socket.participants)
        try keys.string("owners", &socket.owners)
        try keys.requireNothingElse()

        keys = section("state")
        try keys.string("path", &state.path)
        try keys.requireNothingElse()

        keys = section("metrics")
        try keys.string("textfile", &metrics.textfile)
        try keys.requireNothingElse()

        keys = section("live")
        try keys.integer("max_private_sessions", &live.maximumPrivateSessions, in: 0...64)
        try keys.integer("max_line_pixels", &live.maximumLinePixels, in: 65_536...ImageFiles.maximumPixels)
        try keys.integer("max_client_pixels", &live.maximumClientPixels, in: 65_536...1 << 32)
        try keys.integer("max_daemon_pixels", &live.maximumDaemonPixels, in: 65_536...1 << 32)
        try keys.integer("max_line_seconds", &live.maximumLineSeconds, in: 1...3600)
        try keys.requireNothingElse()

        keys = section("log")
        try keys.choice("level", &log.level)
        try keys.requireNothingElse()
    }

    private static func absolute(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : URL(fileURLWithPath: folder).appendingPathComponent(path).standardizedFileURL.path
    }

    private static func absoluteSource(_ source: String, in folder: String) -> String {
        guard source.hasPrefix("file:") else { return source }
        return "file:" + absolute(String(source.dropFirst("file:".count)), in: folder)
    }
}
