/// The host that a request names: a page of somebody else's reaches this machine by a name of its own (DNS rebinding), never by one of these.
enum LocalName {
    /// Without its port, in lower case: `[::1]:8443` -> `::1`.
    static func host(of value: String) -> String? {
        let value = value.lowercased()
        if value.hasPrefix("[") {
            guard let end = value.firstIndex(of: "]"), isPort(value[value.index(after: end)...]) else { return nil }
            return String(value[value.index(after: value.startIndex)..<end])
        }
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty, parts.count == 1 || isPort(":" + parts[1]) else { return nil }
        return String(name)
    }

    static func isLocal(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    private static func isPort(_ text: some StringProtocol) -> Bool {
        text.isEmpty || text.hasPrefix(":") && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}
