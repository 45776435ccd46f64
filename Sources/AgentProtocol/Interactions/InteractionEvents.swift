/// Messages of this wire: one event each, or a list of them.
enum InteractionEvents {
    /// An event of the client, and the fields of it that are not read; or why it is none.
    typealias Decoded = Result<(event: InteractionRequest, ignored: [String]), ProtocolError>

    /// Of one message.
    static let maximumCount = 64

    /// Each event stands for itself: one that is not understood leaves those beside it as they are.
    static func decode(_ bytes: [UInt8]) -> [Decoded] {
        do throws(ProtocolError) {
            let value = try JSONText.parse(bytes)
            guard case .object(let members) = value else { throw .notAnObject(found: value.kindName) }
            guard members["events"] != nil else { return [one(members, path: "")] }
            return try batch(members)
        } catch {
            return [.failure(error)]
        }
    }

    private static func batch(_ members: [String: JSONValue]) throws(ProtocolError) -> [Decoded] {
        let unread = Fields.Unread()
        let fields = Fields(members: members, path: "", unread: unread)
        let events = try fields.array("events") ?? []
        guard (1...maximumCount).contains(events.count) else {
            throw .outOfRange(path: "events", value: "\(events.count) events", range: "1 to \(maximumCount) events")
        }
        // How far the client has read: nothing is kept for it that this could free.
        _ = try fields.integer("ack_output_seq_num")
        var decoded: [Decoded] = []
        for (value, path) in events {
            if case .object(let members) = value {
                decoded.append(one(members, path: path))
            } else {
                decoded.append(.failure(.wrongType(path: path, expected: "an event, which is an object", found: value.kindName)))
            }
        }
        if !unread.names.isEmpty, case .success(let first) = decoded[0] {
            decoded[0] = .success((first.event, unread.names + first.ignored))
        }
        return decoded
    }

    private static func one(_ members: [String: JSONValue], path: String) -> Decoded {
        let unread = Fields.Unread()
        do throws(ProtocolError) {
            let event = try InteractionRequest(Fields(members: members, path: path, unread: unread))
            return .success((event, unread.names))
        } catch {
            return .failure(error)
        }
    }

    /// nil: there is nothing to say.
    static func encode(_ events: [JSONValue]) -> [UInt8]? {
        guard let first = events.first else { return nil }
        return JSONText.encode(events.count == 1 ? first : ["events": .array(events)])
    }
}
