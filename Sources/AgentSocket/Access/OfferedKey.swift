import NIOHTTP1

/// The key that a request shows: in a header, or where a client can set none, in its address.
enum OfferedKey {
    static func of(_ head: HTTPRequestHead) -> String? {
        if let key = head.headers.first(name: "x-goog-api-key") { return key }
        if let authorization = head.headers.first(name: "authorization") {
            let words = authorization.split(separator: " ", maxSplits: 1)
            // SDKs send ephemeral ones as Token.
            if words.count == 2, ["bearer", "token"].contains(words[0].lowercased()) {
                return String(words[1].drop { $0 == " " })
            }
        }
        return query(head.uri, "key")
    }

    private static func query(_ uri: String, _ name: String) -> String? {
        guard let start = uri.firstIndex(of: "?") else { return nil }
        for pair in uri[uri.index(after: start)...].prefix(while: { $0 != "#" }).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == name { return parts.count == 2 ? decoded(parts[1]) : "" }
        }
        return nil
    }

    /// Percent signs undone, as a form's fields are written.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let pair = rest.prefix(2)
            if byte == UInt8(ascii: "%"), pair.count == 2, let value = UInt8(String(decoding: pair, as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
