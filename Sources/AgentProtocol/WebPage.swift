/// An answer to a plain HTTP request.
public struct WebPage: Sendable, Hashable {
    /// HTTP's number.
    public var status: Int
    public var contentType: String
    public var body: String

    public init(status: Int = 200, contentType: String, body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// One sentence.
    public init(status: Int, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: text + "\n")
    }
}
