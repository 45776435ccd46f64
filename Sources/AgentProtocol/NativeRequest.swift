/// A sense of the device.
public enum Modality: String, Sendable, Hashable, CaseIterable {
    case microphone = "mic"
    case camera
}

/// What only native clients ask: `{"mm":{"id":"c1","status":{}}}`. Each is answered by a message with `mm.re`.
public enum NativeRequest: Sendable, Hashable {
    /// `"subscribe":["turn","health"]`: replaces the subscription. The server itself answers this one.
    case subscribe(Set<Topic>)
    /// `"status":{}`
    case status
    /// `"devices":{}`
    case devices
    /// `"mute":{"modality":"mic"}`: close the device and forget what it gave.
    case mute(Modality)
    /// `"unmute":{"modality":"camera"}`
    case unmute(Modality)
    /// `"metrics":{}`: everything that is counted, as a Prometheus page.
    case metrics
    /// `"snapshot":{}`: the newest camera frame as JPEG.
    case snapshot
    /// `"reload":{}`: read the configuration file again, as SIGHUP has it done.
    case reload
    /// `"cancel":{"turn":"t17"}`: stop that answer; without `turn`, this client's newest one.
    case cancel(turn: String?)

    static let names = ["subscribe", "status", "devices", "mute", "unmute", "metrics", "snapshot", "reload", "cancel"]

    /// The request in the object `mm`.
    init(_ fields: Fields) throws(ProtocolError) {
        let present = Self.names.filter(fields.has)
        if present.isEmpty, let null = Self.names.first(where: fields.isNull) {
            let expected = null == "subscribe" ? "an array" : "an object, {} at least"
            throw .wrongType(path: fields.path(null), expected: expected, found: JSONValue.null.kindName)
        }
        guard let name = present.first else { throw .unknownRequest(keys: fields.members.keys.filter { $0 != "id" }) }
        guard present.count == 1 else { throw .severalRequests(present) }
        if name == "subscribe" {
            self = .subscribe(try Topic.set(fields.strings(name) ?? [], path: fields.path(name)))
            return
        }
        guard let arguments = try fields.object(name) else {
            throw .missingField(path: fields.path(name), expected: "an object")
        }
        switch name {
        case "status": self = .status
        case "devices": self = .devices
        case "mute": self = .mute(try arguments.modality())
        case "unmute": self = .unmute(try arguments.modality())
        case "metrics": self = .metrics
        case "snapshot": self = .snapshot
        case "reload": self = .reload
        default: self = .cancel(turn: try arguments.word("turn"))
        }
    }

    /// Name and arguments as they stand in `mm`.
    var json: (name: String, value: JSONValue) {
        switch self {
        case .subscribe(let topics): ("subscribe", .array(topics.map(\.rawValue).sorted().map(JSONValue.string)))
        case .status: ("status", [:])
        case .devices: ("devices", [:])
        case .mute(let modality): ("mute", ["modality": .string(modality.rawValue)])
        case .unmute(let modality): ("unmute", ["modality": .string(modality.rawValue)])
        case .metrics: ("metrics", [:])
        case .snapshot: ("snapshot", [:])
        case .reload: ("reload", [:])
        case .cancel(let turn): ("cancel", .object(turn.map { ["turn": .string($0)] } ?? [:]))
        }
    }
}

extension Fields {
    fileprivate func modality() throws(ProtocolError) -> Modality {
        guard let modality = try choice("modality", Modality.self) else {
            throw .missingField(path: path("modality"), expected: "mic or camera")
        }
        return modality
    }
}
