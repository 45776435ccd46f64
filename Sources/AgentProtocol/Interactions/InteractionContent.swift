/// One piece of an input.
enum InteractionContent: Sendable, Hashable {
    case text(String)
    case image(Blob)
    case audio(Blob)
    case result(FunctionResponse)

    private static let types = ["text", "image", "audio", "function_result"]

    /// Of an event `input`.
    static func all(_ fields: Fields) throws(ProtocolError) -> [InteractionContent] {
        var contents: [InteractionContent] = []
        for content in try fields.objects("content") ?? [] { contents.append(try InteractionContent(content)) }
        guard !contents.isEmpty else {
            throw .missingField(path: fields.path("content"), expected: "a list of \(types.joined(separator: ", ")), one at least")
        }
        let results = contents.count { if case .result = $0 { true } else { false } }
        guard results <= FunctionResponse.maximumCount else {
            throw .outOfRange(
                path: fields.path("content"), value: "\(results) results of functions", range: "at most \(FunctionResponse.maximumCount)")
        }
        return contents
    }

    private init(_ fields: Fields) throws(ProtocolError) {
        guard let type = try fields.word("type") else {
            throw .missingField(path: fields.path("type"), expected: "one of " + Self.types.joined(separator: ", "))
        }
        if fields.has("uri") {
            throw .unsupported(path: fields.path("uri"), remedy: "nothing is fetched from elsewhere; send the bytes as data")
        }
        switch type {
        case "text":
            guard let text = try fields.string("text") else { throw .missingField(path: fields.path("text"), expected: "a string") }
            self = .text(text)
        case "image": self = .image(try Self.blob(fields, "image/", supported: "image/jpeg or image/png"))
        case "audio":
            var blob = try Self.blob(fields, "audio/", supported: "audio/pcm or audio/l16, 16-bit")
            // Here the sound's figures stand beside its type, there in it.
            let said = Set(blob.parameters.map(\.name))
            if let rate = try fields.integer("sample_rate"), !said.contains("rate") { blob.mimeType += ";rate=\(rate)" }
            if let channels = try fields.integer("channels"), !said.contains("channels") { blob.mimeType += ";channels=\(channels)" }
            self = .audio(blob)
        case "function_result": self = .result(try FunctionResponse(interaction: fields))
        case "video", "document":
            throw .unsupported(
                path: fields.path("type") + " " + type, remedy: "send pictures as image, one by one, and what is written as text")
        default: throw .unknownValue(path: fields.path("type"), value: type, known: Self.types)
        }
    }

    private static func blob(_ fields: Fields, _ prefix: String, supported: String) throws(ProtocolError) -> Blob {
        let blob = try Blob(fields, type: "mime_type")
        guard blob.mediaType.hasPrefix(prefix) else {
            throw .unsupportedMIMEType(path: fields.path("mime_type"), value: blob.mimeType, supported: supported)
        }
        return blob
    }
}

extension FunctionResponse {
    /// `result` is an object, a text, or a list: the latter two, and what went wrong, are told to the model under a name.
    fileprivate init(interaction fields: Fields) throws(ProtocolError) {
        guard let id = try fields.word("call_id") else {
            throw .missingField(path: fields.path("call_id"), expected: "the id of the step function_call")
        }
        guard let result = fields.value("result") else {
            throw .missingField(path: fields.path("result"), expected: "what the function returned")
        }
        let name = try fields.word("name")
        if try fields.bool("is_error") == true {
            self.init(id: id, name: name, response: ["error": result])
        } else if case .object = result {
            self.init(id: id, name: name, response: result)
        } else {
            self.init(id: id, name: name, response: ["result": result])
        }
    }
}
