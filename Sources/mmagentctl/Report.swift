import AgentProtocol

/// Replies as text for people.
enum Report {
    static func device(_ device: JSONValue) -> String {
        var text = "\(device["modality"]?.string ?? "?") \(device["state"]?.string ?? "?"), \(device["source"]?.string ?? "?")"
        if let detail = device["detail"]?.string, !detail.isEmpty { text += ": \(detail)" }
        if let counters = device["counters"].map(counters), !counters.isEmpty { text += " (\(counters))" }
        return text
    }

    /// What came of opening a device again.
    /// - Parameter report: nil: the daemon says nothing of the device.
    static func unmuted(_ name: String, _ report: JSONValue?) -> (text: String, isOpen: Bool) {
        let detail = report?["detail"]?.string ?? ""
        let because = detail.isEmpty ? "" : ": \(detail)"
        return switch report?["state"]?.string {
        case nil: ("\(name) unmuted", true)
        case "running": ("\(name) open", true)
        case "ended": ("\(name) unmuted; its recording is over", true)
        case "lost": ("\(name) is unmuted, and lost\(because)", false)
        case "muted": ("\(name) is muted again: another client has done that", false)
        case "stopped": ("\(name) is unmuted, but none is configured: set [\(name == "mic" ? "audio" : "video")] source", false)
        case let state?: ("\(name) is unmuted, and not open yet (\(state))\(because)", false)
        }
    }

    static func status(_ status: JSONValue) -> [String] {
        var rows: [(String, String)] = []
        rows.append(("daemon", status["server"]?.string ?? "?"))
        rows.append(
            ("state", [status["state"]?.string ?? "?", status["message"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")))
        for warning in status["warnings"]?.array ?? [] { rows.append(("warning", warning.string ?? "?")) }
        rows.append(("uptime", duration(status["uptime"])))
        rows.append(("model", "\(status["model"]?.string ?? "?") (\(status["weights"]?.string ?? "?"))"))
        let cached = status["cachedTokens"]?.integer ?? 0
        rows.append(("cache", "\(cached) of \(status["tokenBudget"]?.integer ?? 0) tokens, \(bytes(status["cacheBytes"]))"))
        rows.append(("memory", bytes(status["residentBytes"])))
        rows.append(("lag", duration(status["lag"])))
        rows.append(("clients", String(status["clients"]?.integer ?? 0)))
        for entry in status["devices"]?.array ?? [] { rows.append(("device", device(entry))) }
        if let counters = status["counters"].map(counters), !counters.isEmpty { rows.append(("counters", counters)) }
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, value in name + String(repeating: " ", count: width - name.count + 2) + value }
    }

    /// `drops 3, frames 1200`
    private static func counters(_ counters: JSONValue) -> String {
        (counters.object ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.integer ?? 0)" }.joined(separator: ", ")
    }

    /// `0.08 s` of the wire's `"0.083s"`.
    private static func duration(_ value: JSONValue?) -> String {
        let text = value?.string ?? "?"
        return Duration(wire: text)?.figure ?? text
    }

    private static func bytes(_ value: JSONValue?) -> String {
        let count = value?.integer ?? 0
        // Tenths of a MiB say enough about a process.
        let tenths = (count * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10) MiB"
    }
}
