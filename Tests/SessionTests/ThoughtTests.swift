import AgentProtocol
import Checkpoint
import Decoder
import Session
import Testing

/// What a model thinks is no part of its answer. The model is of random weights, made to write the control tokens where it would have
/// written others.
@Suite struct ThoughtTests {
    private func options() -> StreamOptions {
        var options = StreamOptions()
        options.maximumAnswerTokens = 24
        options.softTokens = 4
        return options
    }

    private func setup(_ change: (inout ThinkingConfig) -> Void = { _ in }) -> Setup {
        var setup = Setup()
        setup.subscribe = Set(Topic.allCases)
        change(&setup.generation.thinking)
        return setup
    }

    private struct Answer {
        let text: String
        let thought: String
        let usage: Usage
    }

    private func answer(_ engine: AgentEngine, _ number: UInt64, _ setup: Setup) async throws -> Answer {
        let (client, sink) = try await engine.join(number, setup: setup)
        let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
        let end = try await sink.waitForEnd(of: turn)
        let thought = sink.all.reduce(into: "") { if case .thought(let text) = $1.event { $0 += text } }
        await engine.disconnect(client)
        return Answer(text: sink.text(of: turn), thought: thought, usage: try #require(end.usage))
    }

    /// What the model writes first where it is asked to think.
    private func firstToken(_ model: AgentModel) throws -> Int32 {
        let words = model.tokenizer
        let head = words.encode("<bos><|turn>system\n<|think|>") + words.encodePlain(model.defaultSystem)
        let question = words.encode("<turn|>\n<|turn>user\n") + words.encodePlain("what is on the desk?")
        var stream = model.decoder.makeStream()
        return Sampler.greedy(model.decoder.decode(.text(head + question + words.encode("<turn|>\n<|turn>model\n")), into: &stream))
    }

    /// The first token that the model writes to a client that wants thoughts opens a thought; nothing closes it but the budget.
    @Test func aThoughtIsToldApartAndEnded() async throws {
        let thinking = setup { $0.includesThoughts = true }
        let first = try firstToken(try TinyModel.shared.get())
        let engine = try TinyModel.engine(.success(try TinyModel.exchanging("<|channel>", for: first)), options())
        let told = try await answer(engine, 1, thinking)
        #expect(!told.thought.isEmpty)
        #expect(told.usage.thoughtTokens > 0 && told.usage.thoughtTokens <= 12)
        // The same without telling; and none at all where none was asked for.
        let silent = try await answer(engine, 2, setup { $0.budget = 12 })
        #expect(silent.thought.isEmpty && silent.usage.thoughtTokens == told.usage.thoughtTokens && silent.text == told.text)
    }

    @Test func theSystemTurnAsksForIt() async throws {
        let engine = try TinyModel.engine(options())
        var rows: [Int] = []
        for (number, thinking) in [false, true].enumerated() {
            let (client, _) = try await engine.join(UInt64(number + 1), setup: setup { $0.includesThoughts = thinking })
            let name = try #require(await engine.session(of: client))
            rows.append(try #require(await engine.status(session: name)).cachedRows)
        }
        #expect(rows[1] == rows[0] + 1)
    }

    @Test func modelsOfThisProjectDoNotThink() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let complete = try await engine.connect(
            ClientContext.ID(1), setup: setup { $0.includesThoughts = true }, sink: RecordingSink(), server: "t", features: [])
        #expect(complete.ignored == ["setup.generationConfig.thinkingConfig.includeThoughts"])
    }
}
