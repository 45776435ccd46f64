/// The path at which a Live client connects: any that ends with the method's name, whatever stands before and whichever version it says.
struct LivePath {
    private static let methods = ["BidiGenerateContent", "BidiGenerateContentConstrained"]

    /// As the client may be told, cut.
    let shown: String

    /// nil: it is none.
    init?(_ uri: String) {
        let path = Self.collapsed(uri)
        // …/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent
        let last = path.split(separator: "/").last?.split(separator: ".").last.map(String.init)
        guard let last, Self.methods.contains(last) else { return nil }
        shown = String(path.prefix(200))
    }

    /// Without query and doubled slashes: SDKs append their path to a base URL that may end with one.
    static func collapsed(_ uri: String) -> String {
        let path = uri.prefix { $0 != "?" && $0 != "#" }
        return "/" + path.split(separator: "/").joined(separator: "/")
    }
}
