import AgentProtocol

/// The path at which a client connects, which tells the wire that it speaks: any that ends with a method's name, whatever stands before
/// and whichever version it says.
struct LivePath {
    private static let methods = ["BidiGenerateContent", "BidiGenerateContentConstrained"]

    /// Of a connection that is upgraded here.
    let makeWire: @Sendable () -> any Wire

    /// As the client may be told, cut.
    let shown: String

    /// nil: it is none.
    init?(_ uri: String) {
        let path = Self.collapsed(uri)
        // …/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent
        let last = path.split(separator: "/").last?.split(separator: ".").last.map(String.init)
        if let last, Self.methods.contains(last) {
            makeWire = { LiveWire() }
        } else if path.hasSuffix("/interactions/live") {
            makeWire = { InteractionsWire() }
        } else {
            return nil
        }
        shown = String(path.prefix(200))
    }

    /// Without query and doubled slashes: SDKs append their path to a base URL that may end with one.
    static func collapsed(_ uri: String) -> String {
        let path = uri.prefix { $0 != "?" && $0 != "#" }
        return "/" + path.split(separator: "/").joined(separator: "/")
    }
}
