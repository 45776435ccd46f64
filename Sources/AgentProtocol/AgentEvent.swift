/// What happens in a session, as a value: a session produces these, a transport numbers, encodes and delivers them.
public enum AgentEvent: Sendable, Hashable {
    case setupComplete(SetupComplete)
    /// A piece of an answer's text, to be appended to what came before in the same turn.
    case modelTurn(text: String)
    /// A piece of what the model thinks before it answers; no part of the answer.
    case thought(text: String)
    /// The last piece of the answer has been sent; not sent in an interrupted turn.
    case generationComplete
    /// The turn is over; nothing of it follows.
    case turnComplete(TurnComplete)
    /// Functions that the model wants run; only the client that declared them gets it.
    case toolCall([FunctionCall])
    /// Calls that need no response any more.
    case toolCallCancellation([String])
    /// The answer was stopped; turnComplete follows with no text between.
    case interrupted
    case inputTranscription(Transcription)
    /// A guess that a later transcription replaces.
    case interimInputTranscription(Transcription)
    case voiceActivity(VoiceActivity)
    case observation(Observation)
    case health(Health)
    /// A device came, went, or was muted.
    case device(DeviceReport)
    /// Media or events were lost.
    case gap(Gap)
    case error(StatusError)
    /// The connection ends after `timeLeft`.
    case goAway(timeLeft: Duration)
    case reply(Reply)
    /// With this handle the client may come back to its session.
    case sessionResumptionUpdate(handle: String)

    /// The subscription that lets the event through; nil reaches every client.
    public var topic: Topic? {
        switch self {
        case .modelTurn, .thought, .generationComplete, .turnComplete, .interrupted: .turn
        case .inputTranscription: .transcription
        case .interimInputTranscription: .interim
        case .voiceActivity: .voiceActivity
        case .observation: .observation
        case .health, .device: .health
        case .gap(let gap): if case .media = gap { .health } else { nil }
        // Whoever declared the function is called, whatever it subscribed to.
        case .setupComplete, .error, .goAway, .reply, .toolCall, .toolCallCancellation, .sessionResumptionUpdate: nil
        }
    }

    /// The event is carried by `mm` alone, which only native clients understand.
    public var isNativeOnly: Bool {
        switch self {
        case .observation, .health, .device, .gap, .reply: true
        default: false
        }
    }

    /// Events with the same kind replace each other in the queue of a slow client; nil is never replaced.
    public var replaceableKind: String? {
        switch self {
        case .interimInputTranscription: "interim"
        case .voiceActivity: "voiceActivity"
        case .observation(let observation): "observation/\(observation.source ?? "")"
        case .health(let health): "health/\(health.component)"
        case .device(let device): "device/\(device.modality.rawValue)"
        default: nil
        }
    }
}
