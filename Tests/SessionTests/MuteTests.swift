import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing

/// Mute is the end of what was seen or heard: in the stream, in the answers under way, and in what clients were told.
@Suite struct MuteTests {
    private func engine(answer tokens: Int) async throws -> AgentEngine {
        var options = StreamOptions()
        options.maximumAnswerTokens = tokens
        options.softTokens = 4
        options.sampling = SamplingParameters(temperature: 3, seed: 5)
        return try TinyModel.engine(options)
    }

    private func hear(_ engine: AgentEngine) async {
        await engine.push(AudioBlock(start: .zero, samples: sound(0.5, loud: false) + sound(1) + sound(2, loud: false)))
        await engine.drain()
    }

    @Test(arguments: [StreamModality.video, .audio])
    func anAnswerThatRestsOnTheSenseEndsAtOnce(sense: StreamModality) async throws {
        let engine = try await engine(answer: 4_000)
        let (client, sink) = try await engine.join(1)
        if sense == .video { await engine.show(3) } else { await hear(engine) }
        let turn = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        await engine.setMuted(true, sense)
        #expect(sink.end(of: turn)?.reason == .cancelled)
        let count = sink.all.count
        try await Task.sleep(for: .milliseconds(50))
        #expect(sink.all.count == count)
        #expect(try #require(await engine.status()).runningAsks == 0)
    }

    /// Nothing holds the memory that rows of the sense lay in any more: not the stream, and not the fork of an answer that has gone on in
    /// a copy of a page.
    @Test(arguments: [StreamModality.video, .audio])
    func whatWasMutedIsInNoMemory(sense: StreamModality) async throws {
        let engine = try await engine(answer: 4_000)
        let (client, sink) = try await engine.join(1)
        if sense == .video { await engine.show(3) } else { await hear(engine) }
        let turn = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        try await sink.waitFor { $0.text(of: turn).isEmpty ? nil : () }
        let memory = try #require(await engine.memory(of: sense))
        #expect(memory.stream.isHeld && !memory.stream.places.isEmpty)
        let fork = try #require(memory.forks.first, "the answer ended by itself")
        #expect(fork.isHeld)
        #expect(!fork.identities.isSubset(of: memory.stream.identities), "the fork has no page of its own")
        // The other sense's mute leaves all as it is.
        await engine.setMuted(true, sense == .video ? .audio : .video)
        #expect(memory.stream.isHeld && fork.isHeld)
        await engine.setMuted(true, sense)
        #expect(sink.end(of: turn)?.reason == .cancelled)
        #expect(!memory.stream.isHeld)
        #expect(!fork.isHeld)
    }

    @Test func anAnswerThatRestsOnTheOtherSenseGoesOn() async throws {
        let engine = try await engine(answer: 4_000)
        let (client, sink) = try await engine.join(1)
        await engine.show(3)
        let turn = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        await engine.setMuted(true, .audio)
        #expect(sink.end(of: turn) == nil)
        // Nothing was seen or heard: there is nothing to forget.
        _ = await engine.cancel(turn: nil, from: client)
        await engine.setMuted(true, .video)
        let blind = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        await engine.setMuted(false, .audio)
        await engine.setMuted(true, .audio)
        #expect(sink.end(of: blind) == nil)
        await engine.stop()
    }

    @Test func historiesKeepAMarkInsteadOfTheAnswer() async throws {
        let engine = try await engine(answer: 30)
        let (client, sink) = try await engine.join(1)
        let model = try TinyModel.shared.get()
        /// Rows beside the stream: the history and the question.
        func rows() async throws -> Int {
            let turn = try await engine.ask([.text("hm?")], from: client, re: nil, sink: sink)
            let usage = try #require(try await sink.waitForEnd(of: turn).usage)
            return usage.promptTokens - (usage.cachedTokens ?? 0)
        }
        let question = try await rows()
        // The first answer rests on nothing; the second on a frame, the third on that and on the second answer.
        await engine.show(3)
        let between = model.tokenizer.encode("\n<|turn>user\n").count
        let first = try await rows() - 2 * question - between
        _ = try await rows()
        await engine.setMuted(true, .video)
        let mark = model.tokenizer.encodePlain("(camera off)").count + 1
        let kept = question + first + between
        #expect(try await rows() == kept + 2 * (question + mark + between) + question)
    }
}
