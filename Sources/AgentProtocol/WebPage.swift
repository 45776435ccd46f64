/// An answer to a plain HTTP request.
public struct WebPage: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// HTTP's number.
    public var status: Int
    public var contentType: String
    public var body: String
    /// Beside those that every page has.
    public var headers: [Header] = []

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
