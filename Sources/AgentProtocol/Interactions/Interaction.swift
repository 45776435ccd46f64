/// One client's interaction, event by event: what it says becomes messages to the session, and what the session says its events.
///
/// The questions under way are counted here, since the end that the client asks for waits for them.
struct Interaction {
    private enum Phase { case new, joining, open, completing, left }
    /// What the last event says.
    private enum Ending { case completed, cancelled, detached, goingAway }

    /// Of the machine's own session.
    static let main = "main"
    /// What `connect` may call it, beside its name: the model that stands for it in the Live API.
    private static let mainNames: Set = [main, "mmagent-main", "models/mmagent-main"]
    /// A session of one's own, which `connect` cannot ask for in any other way.
    private static let ownNames: Set = ["mmagent", "models/mmagent"]
    /// Before the numbers of this wire's own messages: no client's name for one begins so.
    private static let mark = "\u{1}"

    private var phase = Phase.new
    private var ending: Ending?
    private var isCreation = false
    private var isGoingAway = false
    /// As the session calls it.
    private(set) var id = ""
    private var hasSentSound = false
    private var hearsOthers = false
    private var lastNumber = 0
    /// Questions whose turn is not named yet.
    private var asked: Set<RequestID> = []
    /// Changes of the session that are not done yet.
    private var creations: Set<RequestID> = []
    /// The client's own turns under way.
    private var turns: Set<String> = []
    private var steps = InteractionSteps()
    private var usage = Usage(promptTokens: 0, responseTokens: 0)
    /// Of the newest event that went out.
    private var lastEvent: Int64?
    /// The event that the client goes on after.
    private var after: Int64?

    // MARK: From the client

    mutating func take(_ events: [InteractionEvents.Decoded]) -> [WireInput] {
        var inputs: [WireInput] = []
        for event in events {
            switch event {
            case .failure(let error):
                inputs.append(.refused(error.status()))
            case .success(let (event, ignored)):
                do throws(StatusError) {
                    inputs += Self.telling(ignored, in: try take(event))
                } catch {
                    inputs.append(.refused(error))
                }
            }
        }
        return inputs
    }

    /// What is not read stands in the first message that an event becomes, or for itself.
    private static func telling(_ ignored: [String], in inputs: [WireInput]) -> [WireInput] {
        guard !ignored.isEmpty else { return inputs }
        var inputs = inputs
        for (index, input) in inputs.enumerated() {
            guard case .message(var message) = input else { continue }
            message.ignored = ignored
            inputs[index] = .message(message)
            return inputs
        }
        return [.ignored(ignored)] + inputs
    }

    private mutating func take(_ event: InteractionRequest) throws(StatusError) -> [WireInput] {
        switch (phase, event) {
        case (.new, .connect(let place)): return [try join(place)]
        case (.new, .create(let creation)): return [create(creation)]
        case (.new, _):
            throw StatusError(
                .failedPrecondition,
                "the first event has to be interaction.connect or interaction.create: send {\"event_type\":\"interaction.connect\",\"id\":\"main\"} before anything else",
                reason: "SETUP_EXPECTED")
        case (_, .connect):
            throw StatusError(
                .failedPrecondition, "this connection has its interaction: open another one for another, or to go on from another event",
                reason: "SETUP_REPEATED")
        case (.left, _): return []
        case (_, .disconnect): return leave(.detached)
        case (_, .cancel): return cancel()
        case (_, .native(let request, let id)): return [.message(ClientMessage(.native(heard(request)), id: id))]
        case (.completing, .complete): return []
        case (_, .complete): return complete()
        case (.completing, _):
            throw StatusError(
                .failedPrecondition, "interaction.complete was said, and nothing more can be: connect again",
                reason: "NOT_POSSIBLE_NOW")
        case (_, .create(let creation)): return [try change(creation)]
        case (_, .input(let contents)): return messages(of: contents)
        }
    }

    // MARK: The beginning

    private mutating func join(_ place: InteractionRequest.Place) throws(StatusError) -> WireInput {
        var setup = Self.setup()
        setup.after = place.after
        after = place.after
        if Self.mainNames.contains(place.id) {
            setup.attach = Self.main
            id = Self.main
        } else if !Self.ownNames.contains(place.id) {
            throw StatusError(
                .notFound,
                "there is no interaction \(ProtocolError.quoted(place.id)): connect to main, the machine's own, or to mmagent, a new one of your own, which ends with its connection",
                reason: "UNKNOWN_SESSION")
        }
        phase = .joining
        return .message(ClientMessage(.setup(setup)))
    }

    private mutating func create(_ creation: InteractionRequest.Creation) -> WireInput {
        var setup = Self.setup()
        setup.model = creation.model
        if setup.modelName == "mmagent-main" {
            setup.attach = Self.main
            id = Self.main
        }
        setup.systemInstruction = creation.instruction.map { .text($0) }
        setup.functions = creation.functions ?? []
        setup.generation = creation.generation ?? GenerationConfig()
        phase = .joining
        isCreation = true
        return .message(ClientMessage(.setup(setup)))
    }

    /// Its own turns and what is spoken, with the words: what a program that shows an interaction expects.
    private static func setup() -> Setup {
        var setup = Setup()
        setup.isNative = true
        setup.wantsInputTranscription = true
        setup.runsOn = true
        return setup
    }

    /// On an interaction that is joined the functions and the instruction count from now on, for this client.
    private mutating func change(_ creation: InteractionRequest.Creation) throws(StatusError) -> WireInput {
        guard creation.model == nil, creation.generation == nil else {
            throw StatusError(
                .failedPrecondition,
                "model and generation_config are said in the first event of a connection: open another one, and leave them out here",
                reason: "SETUP_REPEATED")
        }
        var update = ContextUpdate(systemInstruction: creation.instruction.map { .text($0) })
        update.tools = creation.functions.map { [["functionDeclarations": .array($0.map(\.json))]] }
        let id = nextID()
        creations.insert(id)
        return .message(ClientMessage(.contextUpdate(update), id: id))
    }

    // MARK: Input

    private mutating func messages(of contents: [InteractionContent]) -> [WireInput] {
        var (parts, sounds, results): ([Part], [RealtimeInput], [FunctionResponse]) = ([], [], [])
        var asks = false
        for content in contents {
            switch content {
            case .text(let text):
                asks = true
                parts.append(Part(.text(text)))
            case .image(let blob): parts.append(Part(.inlineData(blob)))
            case .audio(let blob): sounds.append(.audio(blob))
            case .result(let response): results.append(response)
            }
        }
        var messages: [ClientMessage] = []
        if !results.isEmpty { messages.append(ClientMessage(.toolResponse(results), id: nextID())) }
        if !sounds.isEmpty {
            hasSentSound = true
            messages.append(ClientMessage(.realtimeInput(sounds), id: nextID()))
        }
        if !parts.isEmpty {
            let id = nextID()
            if asks { asked.insert(id) }
            messages.append(ClientMessage(shown(parts, asks: asks), id: id))
        }
        return messages.map { .message($0) }
    }

    /// Text asks, with the pictures beside it. A picture alone is looked at: on the machine's own session by the client's next question.
    private func shown(_ parts: [Part], asks: Bool) -> ClientMessage.Kind {
        guard !asks, id != Self.main else {
            return .clientContent(ClientContent(turns: [Content(role: "user", parts: parts)], turnComplete: asks))
        }
        return .realtimeInput(parts.compactMap { if case .inlineData(let blob) = $0.payload { .video(blob) } else { nil } })
    }

    private mutating func heard(_ request: NativeRequest) -> NativeRequest {
        guard case .subscribe(let topics) = request else { return request }
        hearsOthers = true
        // Its own turns it gets in any case: they say when what it asked is answered.
        return .subscribe(topics.union([.turn, .tool]))
    }

    private mutating func nextID() -> RequestID {
        lastNumber += 1
        return .string("\(Self.mark)\(lastNumber)")
    }

    private static func isOwn(_ id: RequestID?) -> Bool {
        if case .string(let text)? = id { text.hasPrefix(mark) } else { false }
    }

    // MARK: The end

    private var isIdle: Bool { asked.isEmpty && turns.isEmpty }

    private mutating func complete() -> [WireInput] {
        phase = .completing
        // Speech that was begun is at its end.
        var inputs: [WireInput] = []
        if hasSentSound { inputs.append(.message(ClientMessage(.realtimeInput([.audioStreamEnd]), id: nextID()))) }
        return inputs + (isIdle ? leave(.completed) : [])
    }

    private mutating func cancel() -> [WireInput] {
        var inputs = turns.sorted().map { WireInput.message(ClientMessage(.native(.cancel(turn: $0)), id: nextID())) }
        // A question whose turn is not known is the newest.
        for _ in asked { inputs.append(.message(ClientMessage(.native(.cancel(turn: nil)), id: nextID()))) }
        return inputs + leave(.cancelled)
    }

    private mutating func leave(_ ending: Ending) -> [WireInput] {
        phase = .left
        self.ending = ending
        return [.leave]
    }

    /// The last event.
    mutating func end(_ error: StatusError?) -> JSONValue? {
        if let error { return InteractionShapes.error(named(error).fatal) }
        switch ending {
        case .completed: return InteractionShapes.completed(id, usage)
        case .cancelled: return InteractionShapes.cancelled(id, usage)
        case .detached: return nil
        case .goingAway, nil: return phase == .new ? nil : InteractionShapes.reconnectionRequired(id, after: lastEvent)
        }
    }

    /// A refusal of the setup with the name that the field has here.
    private func named(_ error: StatusError) -> StatusError {
        guard phase == .joining, let after, error.reason == "OUT_OF_RANGE" else { return error }
        let sentence = "\(after) is the number of no event yet: leave it out, or take the event_id of an event of this interaction"
        return StatusError(error.status, sentence, reason: error.reason)
    }

    // MARK: To the client

    /// - Returns: the events that a message becomes, none perhaps, and whether the interaction is at its end with them.
    mutating func tell(_ message: ServerMessage) -> (events: [JSONValue], ends: Bool) {
        var events = events(of: message)
        if let number = message.sequence, !events.isEmpty {
            // The last of a message's events alone has its number: whoever goes on from it has them all.
            lastEvent = number
            events[events.count - 1].set("event_id", .string(String(number)))
        }
        guard isIdle, phase == .completing || isGoingAway, phase != .left else { return (events, false) }
        ending = phase == .completing ? .completed : .goingAway
        phase = .left
        return (events, true)
    }

    private mutating func events(of message: ServerMessage) -> [JSONValue] {
        let turn = message.turn
        switch message.event {
        case .setupComplete(let setup):
            phase = phase == .joining ? .open : phase
            id = setup.sessionID
            return [isCreation ? InteractionShapes.created(setup) : InteractionShapes.connected(setup)]
        case .modelTurn(let text):
            follow(message)
            return piece(["type": "text", "text": .string(text)], of: .modelOutput, message)
        case .thought(let text):
            follow(message)
            return piece(["type": "thought_summary", "content": ["type": "text", "text": .string(text)]], of: .thought, message)
        case .generationComplete, .interrupted: return []  // turnComplete follows.
        case .sessionResumptionUpdate: return []  // Of setups that ask for handles: this wire comes back by number.
        case .turnComplete(let complete): return end(of: turn, complete)
        case .toolCall(let calls):
            return steps.stop(turn).map { [InteractionShapes.stop($0)] } ?? []
                + calls.flatMap { InteractionShapes.call($0, at: steps.whole(), of: message) }
                + [InteractionShapes.status(id, "requires_action", ["turn": turn.map(JSONValue.string)])]
        case .toolCallCancellation(let ids):
            let named: JSONValue = ["ids": .array(ids.map(JSONValue.string))]
            return [InteractionShapes.status(id, "in_progress", ["turn": turn.map(JSONValue.string), "toolCallCancellation": named])]
        case .inputTranscription(let heard): return InteractionShapes.heard(heard, at: steps.whole(), of: message)
        case .error(let error):
            if let re = error.re ?? message.re {
                asked.remove(re)
                creations.remove(re)
            }
            return [InteractionShapes.error(error, turn: turn, re: Self.isOwn(error.re) ? nil : error.re)]
        case .goAway:
            isGoingAway = true
            return []
        case .reply(.accepted): return accepted(message)
        case .reply(.ignored(let names, let re)):
            let told = Reply.ignored(names.map(InteractionShapes.named), of: Self.isOwn(re) ? nil : re)
            return [InteractionShapes.native(ServerMessage(.reply(told), time: message.time))]
        case .reply where Self.isOwn(message.re): return []
        case .gap(.events):
            // The end of a turn may be among what is gone: none is waited for.
            turns = []
            return [InteractionShapes.native(message)]
        case .reply, .interimInputTranscription, .voiceActivity, .observation, .health, .device, .gap(.media):
            return [InteractionShapes.native(message)]
        }
    }

    private mutating func accepted(_ message: ServerMessage) -> [JSONValue] {
        guard let re = message.re else { return [] }
        if creations.remove(re) != nil { return [InteractionShapes.created(id)] }
        guard asked.remove(re) != nil, let turn = message.turn else { return [] }
        turns.insert(turn)
        return [InteractionShapes.status(id, "in_progress", ["turn": .string(turn)])]
    }

    /// A turn of this client's user from before the connection, which goes on, is its own as well.
    private mutating func follow(_ message: ServerMessage) {
        if let turn = message.turn, message.owner != nil, !hearsOthers { turns.insert(turn) }
    }

    private mutating func piece(_ delta: JSONValue, of kind: InteractionSteps.Kind, _ message: ServerMessage) -> [JSONValue] {
        let (index, stopped, isNew) = steps.step(of: kind, in: message.turn)
        return stopped.map { InteractionShapes.stop($0) }
            + (isNew ? [InteractionShapes.start(index, ["type": .string(kind.rawValue)], of: message)] : [])
            + [InteractionShapes.delta(index, delta)]
    }

    private mutating func end(of turn: String?, _ complete: TurnComplete) -> [JSONValue] {
        if let turn, turns.remove(turn) != nil, let spent = complete.usage { usage.add(spent) }
        let stopped = steps.stop(turn).map { InteractionShapes.stop($0, complete.usage) }
        return [stopped, InteractionShapes.idle(id, turn, complete)].compactMap { $0 }
    }
}

extension Usage {
    fileprivate mutating func add(_ other: Usage) {
        promptTokens += other.promptTokens
        responseTokens += other.responseTokens
        toolTokens += other.toolTokens
        thoughtTokens += other.thoughtTokens
        if let cached = other.cachedTokens { cachedTokens = (cachedTokens ?? 0) + cached }
        promptDetails.merge(other.promptDetails) { $0 + $1 }
    }
}
