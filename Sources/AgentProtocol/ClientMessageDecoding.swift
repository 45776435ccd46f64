import Figures

extension ClientMessage {
    /// The kinds, in the order in which they are looked for.
    private static let kinds = ["setup", "clientContent", "realtimeInput", "toolResponse", "contextUpdate"]

    /// Decodes one line or one WebSocket message.
    /// - Parameter bytes: UTF-8 JSON, without the line break.
    /// - Throws: INVALID_ARGUMENT with `re` set when the message has a readable `mm.id`; never fatal.
    public init(_ bytes: some Collection<UInt8>) throws(StatusError) {
        let fields: Fields
        let unread = Fields.Unread()
        do throws(ProtocolError) {
            let value = try JSONText.parse(bytes)
            guard case .object(let members) = value else { throw .notAnObject(found: value.kindName) }
            fields = Fields(members: members, path: "", unread: unread)
        } catch {
            throw error.status()
        }
        var id: RequestID?
        do throws(ProtocolError) {
            let native = try fields.object("mm")
            id = try native?.requestID("id")
            self.init(try Self.kind(fields, native: native), id: id)
            ignored = unread.names
        } catch {
            throw error.status(re: id)
        }
    }

    private static func kind(_ fields: Fields, native: Fields?) throws(ProtocolError) -> Kind {
        let present = kinds.filter(fields.has)
        guard present.count <= 1 else { throw .severalKinds(present) }
        guard let name = present.first else {
            if let null = (kinds + ["mm"]).first(where: fields.isNull) {
                throw .wrongType(path: null, expected: "an object, {} at least", found: JSONValue.null.kindName)
            }
            guard let native, native.members.keys.contains(where: { $0 != "id" }) else {
                throw .unknownKind(keys: Array(fields.members.keys))
            }
            return .native(try NativeRequest(native))
        }
        guard let body = try fields.object(name) else { throw .unknownKind(keys: [name]) }
        switch name {
        case "setup": return .setup(try Setup(body))
        case "clientContent": return .clientContent(try ClientContent(body))
        case "realtimeInput": return .realtimeInput(try RealtimeInput.all(body))
        case "toolResponse": return .toolResponse(try FunctionResponse.all(body))
        default: return .contextUpdate(try ContextUpdate(body))
        }
    }
}

extension ClientContent {
    init(_ fields: Fields) throws(ProtocolError) {
        turns = []
        for turn in try fields.objects("turns") ?? [] { turns.append(try Content(turn)) }
        turnComplete = try fields.bool("turnComplete") ?? false
    }
}

extension RealtimeInput {
    /// One field a message is the rule; several are taken in the order activityStart, audio, video, mediaChunks, text, activityEnd,
    /// audioStreamEnd.
    static func all(_ fields: Fields) throws(ProtocolError) -> [RealtimeInput] {
        var inputs: [RealtimeInput] = []
        if try fields.object("activityStart") != nil { inputs.append(.activityStart) }
        if let audio = try fields.object("audio") { inputs.append(try media(audio, only: "audio/")) }
        if let video = try fields.object("video") { inputs.append(try media(video, only: "image/")) }
        for chunk in try fields.objects("mediaChunks") ?? [] { inputs.append(try media(chunk, only: nil)) }
        if let text = try fields.string("text") { inputs.append(.text(text)) }
        if try fields.object("activityEnd") != nil { inputs.append(.activityEnd) }
        if try fields.bool("audioStreamEnd") == true { inputs.append(.audioStreamEnd) }
        let known = ["audio", "video", "mediaChunks", "text", "activityStart", "activityEnd", "audioStreamEnd"]
        guard !fields.members.isEmpty else {
            throw .missingField(path: fields.path, expected: "one of " + known.joined(separator: ", "))
        }
        if !known.contains(where: fields.has) {
            throw .unknownValue(path: fields.path, value: fields.names.joined(separator: ", "), known: known)
        }
        return inputs
    }

    private static func media(_ fields: Fields, only prefix: String?) throws(ProtocolError) -> RealtimeInput {
        let blob = try Blob(fields)
        let type = blob.mediaType
        if type.hasPrefix("audio/"), prefix ?? "audio/" == "audio/" { return .audio(blob) }
        if type.hasPrefix("image/"), prefix ?? "image/" == "image/" { return .video(blob) }
        let supported =
            switch prefix {
            case "audio/": "audio/pcm;rate=16000"
            case nil: "audio/pcm;rate=16000, image/jpeg or image/png"
            default: "image/jpeg or image/png"
            }
        throw .unsupportedMIMEType(path: fields.path("mimeType"), value: blob.mimeType, supported: supported)
    }
}

extension FunctionResponse {
    static func all(_ fields: Fields) throws(ProtocolError) -> [FunctionResponse] {
        var responses: [FunctionResponse] = []
        for response in try fields.objects("functionResponses") ?? [] {
            guard let id = try response.word("id") else { throw .missingField(path: response.path("id"), expected: "the id of the call") }
            let returned = response.value("response") ?? [:]
            guard case .object = returned else {
                throw .wrongType(path: response.path("response"), expected: "an object", found: returned.kindName)
            }
            responses.append(
                FunctionResponse(
                    id: id, name: try response.word("name"), response: returned,
                    scheduling: try response.choice("scheduling", Scheduling.self), willContinue: try response.bool("willContinue") ?? false
                ))
        }
        guard !responses.isEmpty else {
            throw .missingField(path: fields.path("functionResponses"), expected: "the responses, one at least")
        }
        guard responses.count <= maximumCount else {
            throw .outOfRange(
                path: fields.path("functionResponses"), value: "\(responses.count) responses", range: "at most \(maximumCount)")
        }
        return responses
    }
}

extension ContextUpdate {
    init(_ fields: Fields) throws(ProtocolError) {
        self.init()
        systemInstruction = try fields.instruction("systemInstruction")
        // The SDK wraps the list once more: {"tools":{"tools":[…]}}.
        if case .array(let list)? = fields.value("tools") {
            tools = list
        } else {
            tools = try fields.object("tools")?.array("tools")?.map(\.value)
        }
    }
}

extension Fields {
    func content(_ name: String) throws(ProtocolError) -> Content? {
        guard let fields = try object(name) else { return nil }
        return try Content(fields)
    }

    func requestID(_ name: String) throws(ProtocolError) -> RequestID? {
        guard let value = value(name) else { return nil }
        switch value {
        case .string(let text) where text.utf8.count <= RequestID.maximumBytes: return .string(text)
        case .integer(let number): return .number(number)
        case .string(let text):
            throw .outOfRange(path: path(name), value: "\(text.utf8.count) bytes long", range: "at most \(RequestID.maximumBytes) bytes")
        case .number(let number):
            throw .outOfRange(path: path(name), value: number.figure, range: "a string, or an integer of 64 bits")
        default: throw .wrongType(path: path(name), expected: "a string or an integer", found: value.kindName)
        }
    }
}
