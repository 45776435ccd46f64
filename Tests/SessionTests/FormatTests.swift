import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing

/// The ids that a model gets, written out as text: what is asked through the engine is answered as the decoder answers the
/// text fed to it directly.
@Suite struct FormatTests {
    private static let head = "<bos><|turn>system\n"
    private static let user = "<turn|>\n<|turn>user\n"
    private static let end = "<turn|>\n<|turn>model\n"

    /// Control tokens stand for themselves in `raw`; `plain` is tokenised as one piece without them.
    private enum Part {
        case raw(String)
        case plain(String)
        case ids([Int32])
    }

    private func tokens(_ parts: [Part], _ model: AgentModel) -> [Int32] {
        parts.flatMap { part in
            switch part {
            case .raw(let text): model.tokenizer.encode(text)
            case .plain(let text): model.tokenizer.encodePlain(text)
            case .ids(let ids): ids
            }
        }
    }

    /// Greedy, eight tokens at most.
    private func generated(_ parts: [Part], _ model: AgentModel) -> [Int32] {
        var stream = model.decoder.makeStream()
        var logits = model.decoder.decode(.text(tokens(parts, model)), into: &stream)
        var ids: [Int32] = []
        while ids.count < 8 {
            let id = Sampler.greedy(logits)
            if ["<turn|>", "<eos>", "<|tool_response>"].contains(where: { model.tokenizer.id(of: $0) == id }) { break }
            ids.append(id)
            logits = model.decoder.decode(.text([id]), into: &stream)
        }
        return ids
    }

    private func continuation(_ parts: [Part], _ model: AgentModel) -> String {
        var detokenizer = StreamingDetokenizer(model.tokenizer)
        return generated(parts, model).map { detokenizer.push($0) }.joined() + detokenizer.finish()
    }

    private func options() -> StreamOptions {
        var options = StreamOptions()
        options.maximumAnswerTokens = 8
        options.softTokens = 4
        return options
    }

    private func ask(_ question: String, _ engine: AgentEngine, _ client: ClientContext.ID, _ sink: RecordingSink) async throws
        -> (text: String, rows: Int)
    {
        let turn = try await engine.ask([.text(question)], from: client, re: nil, sink: sink)
        let end = try await sink.waitForEnd(of: turn)
        return (sink.text(of: turn), end.usage?.promptTokens ?? 0)
    }

    @Test(arguments: [false, true]) func questionsOfAConversation(stamped: Bool) async throws {
        let model = try (stamped ? TinyModel.stamped : TinyModel.prompted).get()
        let engine = try TinyModel.engine(stamped ? TinyModel.stamped : TinyModel.prompted, options())
        let (client, sink) = try await engine.join(1)
        func time(_ text: String) -> String { stamped ? text : "" }
        let prefix: [Part] = [.raw(Self.head), .plain(model.defaultSystem), .raw(Self.user)]
        // Nothing was seen: the time is not separated from the turn's head.
        let first = try await ask("what is on the desk?", engine, client, sink)
        var expected = prefix + [.plain(time("00:00 ") + "what is on the desk?"), .raw(Self.end)]
        #expect(first.text == continuation(expected, model))
        #expect(first.rows == tokens(expected, model).count)

        await engine.setMuted(true, .video, at: MediaTime(seconds: 20))
        _ = await engine.step(now: MediaTime(seconds: 95.9))
        let second = try await ask("is there a mug?", engine, client, sink)
        expected = prefix
        expected += [.plain("00:00 (camera off)"), .plain(time("00:00 ") + "what is on the desk?"), .raw(Self.end)]
        expected += [.plain(first.text), .raw("<turn|>"), .raw("\n<|turn>user\n")]
        expected += [.plain(time(" 01:15 ") + "is there a mug?"), .raw(Self.end)]
        #expect(second.text == continuation(expected, model))
        #expect(second.rows == tokens(expected, model).count)
    }

    @Test(arguments: [false, true]) func whatTheEngineAsksItself(stamped: Bool) async throws {
        let model = try (stamped ? TinyModel.stamped : TinyModel.prompted).get()
        var options = options()
        options.answersSpeech = true
        let engine = try TinyModel.engine(stamped ? TinyModel.stamped : TinyModel.prompted, options)
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears"))
        await engine.setMuted(true, .video, at: MediaTime(seconds: 20))
        _ = await engine.step(now: MediaTime(seconds: 30))
        await engine.heard("where is the lamp", from: 0, to: 1, in: AgentEngine.mainSession)
        try await engine.waitUntilIdle()
        let before: [Part] = [.raw(Self.head), .plain(model.defaultSystem), .raw(Self.user), .plain("00:00 (camera off)")]
        let time = stamped ? " 00:10 " : ""
        let spoken = try #require(sink.transcripts.first?.turn)
        #expect(sink.text(of: spoken) == continuation(before + [.plain(time + "where is the lamp"), .raw(Self.end)], model))
        let watch = try #require(sink.unsolicited.first?.turn)
        #expect(sink.text(of: watch) == continuation(before + [.plain(time + "tell me when a mug appears"), .raw(Self.end)], model))
    }

    /// The time of a sound stands before it once, however many frames fall into it.
    @Test func aSoundBeginsWithItsTime() async throws {
        func rows(_ model: Result<AgentModel, any Error>, frames: Bool) async throws -> (audio: Int, tokens: Int, closed: Int) {
            let engine = try TinyModel.engine(model, options())
            let (client, sink) = try await engine.join(1)
            await engine.setMuted(true, .video, at: .zero)
            if frames { await engine.setMuted(false, .video, at: .zero) }
            let samples = sound(0.5, loud: false) + sound(1.5)
            for (index, start) in stride(from: 0, to: samples.count, by: 1_600).enumerated() {
                let time = MediaTime(seconds: Double(index) / 10)
                if frames, index == 12 || index == 16 {
                    await engine.push(VideoFrame(time: time, image: picture(index), sequence: index))
                }
                await engine.push(AudioBlock(start: time, samples: Array(samples[start..<min(start + 1_600, samples.count)])))
                await engine.drain()
            }
            let status = try #require(await engine.status())
            // Asked in the middle of the sound: it is closed for the question.
            let asked = try await ask("hm?", engine, client, sink)
            let question = stampless(asked.rows - status.cachedRows, model: try model.get())
            return (status.rows[.audio] ?? 0, status.counters.audioTokens, question)
        }
        func stampless(_ rows: Int, model: AgentModel) -> Int {
            rows - model.tokenizer.encodePlain((model.configuration.stream.isStamped ? " 00:02 " : "") + "hm?").count
                - model.tokenizer.encode(Self.end).count
        }
        let stamp = try TinyModel.stamped.get().tokenizer.encodePlain(" 00:00 ").count
        for frames in [false, true] {
            let plain = try await rows(TinyModel.prompted, frames: frames)
            let stamped = try await rows(TinyModel.stamped, frames: frames)
            #expect(plain.tokens == stamped.tokens && plain.tokens > 20)
            // One marker that opens it, two more for each frame; the last is still open.
            #expect(plain.audio == plain.tokens + 1 + (frames ? 4 : 0))
            #expect(stamped.audio == plain.audio + stamp)
            #expect(plain.closed == stamped.closed && plain.closed >= 1)
        }
    }
}
