import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing
import Tools

/// A client of a model that calls.
struct Calling {
    let engine: AgentEngine
    let client: ClientContext.ID
    let sink: RecordingSink
}

/// Functions of clients, with a model that calls: random weights, and a vocabulary in which the first token that it writes begins a call.
protocol CallingSuite {}

extension CallingSuite {
    static var ring: FunctionDeclaration { FunctionDeclaration(name: "ring", description: "rings.") }

    func options(answer tokens: Int = 400) -> StreamOptions { .tiny(answer: tokens) }

    /// It calls at once when it is asked "ring!" by whoever declares `functions`, after one picture.
    func calling(
        _ functions: [FunctionDeclaration], attach: String? = AgentEngine.mainSession, extras: String? = nil
    ) async throws -> AgentModel {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 1))
        let sink = RecordingSink()
        var setup = setup([], attach: attach)
        setup.subscribe = Set(Topic.allCases)
        // Under no grammar: what it would write. Declared as text of the system turn, so that nothing is masked for a call.
        setup.functions = functions
        _ = try await engine.connect(ClientContext.ID(9), setup: setup, sink: sink, server: "test", features: [])
        let session = try #require(await engine.session(of: ClientContext.ID(9)))
        await engine.show(1, session: session)
        let turn = try await engine.ask([.text("ring!")], from: ClientContext.ID(9), re: nil, sink: sink)
        _ = try await sink.waitForEnd(of: turn)
        let text = sink.text(of: turn)
        let tokenizer = try TinyModel.prompted.get().tokenizer
        let id = try #require(
            (0..<Int32(tokenizer.vocabularyCount)).first { tokenizer.decode([$0], skipSpecial: true) == text && !text.isEmpty })
        return try TinyModel.exchanging("<|tool_call>", for: id, extras: extras)
    }

    func setup(_ functions: [FunctionDeclaration], attach: String? = AgentEngine.mainSession, watch: String? = nil) -> Setup {
        var setup = Setup()
        setup.attach = attach
        setup.subscribe = Set(Topic.allCases)
        setup.functions = functions
        setup.isProactive = watch != nil
        setup.systemInstruction = watch.map { .text($0) }
        return setup
    }

    func start(
        _ functions: [FunctionDeclaration] = [Self.ring], attach: String? = AgentEngine.mainSession, timeout: Duration = .seconds(60),
        extras: String? = nil
    ) async throws -> Calling {
        let model = try await calling(functions, attach: attach, extras: extras)
        var limits = EngineLimits()
        limits.toolTimeout = timeout
        let engine = try TinyModel.engine(.success(model), options(), limits: limits)
        let (client, sink) = try await engine.join(1, setup: setup(functions, attach: attach))
        await engine.show(1, session: try #require(await engine.session(of: client)))
        return Calling(engine: engine, client: client, sink: sink)
    }

    /// Asks, and waits for the call.
    func ask(_ c: Calling) async throws -> (turn: String, calls: [FunctionCall]) {
        let turn = try await c.engine.ask([.text("ring!")], from: c.client, re: nil, sink: c.sink)
        let calls = try await c.sink.waitFor { $0.calls(of: turn).first }
        return (turn, calls)
    }

    func responses(_ calls: [FunctionCall]) -> [FunctionResponse] {
        calls.map { FunctionResponse(id: $0.id, response: ["ok": true]) }
    }

    /// Answers whatever a turn goes on calling, to its end.
    func finish(_ c: Calling, _ turn: String, after done: [FunctionCall] = []) async throws -> TurnComplete {
        var answered = Set(done.map(\.id))
        for _ in 0..<6_000 {
            if let end = c.sink.end(of: turn) { return end }
            let open = c.sink.calls(of: turn).flatMap { $0 }.filter { !answered.contains($0.id) }
            if !open.isEmpty {
                answered.formUnion(open.map(\.id))
                try await c.engine.respond(responses(open), from: c.client)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestTimeout()
    }
}

extension RecordingSink {
    /// The calls of a turn, message by message.
    func calls(of turn: String) -> [[FunctionCall]] {
        all.compactMap { message in
            if message.turn == turn, case .toolCall(let calls) = message.event { calls } else { nil }
        }
    }
}
