import AgentProtocol
import Checkpoint
import Interleaver
import Media
import Session
import Testing

/// A setup's fields, each by its effect on a session.
@Suite struct SetupObeyedTests {
    private func options(answer tokens: Int = 8) -> StreamOptions { .tiny(answer: tokens) }

    private func connect(_ engine: AgentEngine, _ number: UInt64, _ line: String, main: Bool = false) async throws -> [String] {
        let message = try ClientMessage(Array(line.utf8))
        guard case .setup(var setup) = message.kind else { throw TestTimeout() }
        if main { setup.attach = AgentEngine.mainSession }
        let complete = try await engine.connect(ClientContext.ID(number), setup: setup, sink: RecordingSink(), server: "t", features: [])
        await engine.disconnect(ClientContext.ID(number))
        return message.ignored + complete.ignored
    }

    /// What the table of fields says is what a client is told, on its own session and on the main one.
    @Test func whatTheTableSaysIsWhatAClientIsTold() async throws {
        var hearing = options()
        hearing.transcribes = true
        let engine = try TinyModel.engine(hearing)
        // A handle has to be given first.
        let fields = SetupField.all.filter { $0.handling != .refused && $0.path != "sessionResumption.handle" }
        for (index, field) in fields.enumerated() {
            let line = "{\"setup\":\(field.example)}"
            let path = "setup.\(field.path)"
            func tells(_ ignored: [String]) -> Bool { ignored.contains { $0 == path || $0.hasPrefix(path + ":") } }
            let own = try await connect(engine, UInt64(2 * index + 1), line)
            // An example of `nearest` is one that is changed.
            #expect(tells(own) == (field.handling == .ignored || field.handling == .nearest), "\(path): \(own)")
            let main = try await connect(engine, UInt64(2 * index + 2), line, main: true)
            if field.isPrivate {
                #expect(main.contains { path == $0 || path.hasPrefix($0 + ".") }, "\(path): \(main)")
            } else {
                #expect(main == own, "\(path)")
            }
        }
    }

    @Test func transcriptsThatNobodyMakesAreNotPromised() async throws {
        let engine = try TinyModel.engine(options())
        #expect(try await connect(engine, 1, #"{"setup":{"inputAudioTranscription":{}}}"#) == ["setup.inputAudioTranscription"])
    }

    @Test func theResolutionIsTheFramesSoftTokens() async throws {
        let engine = try TinyModel.engine(options())
        for (number, resolution, tokens) in [(UInt64(1), MediaResolution?.none, 4), (2, .low, 64), (3, .high, 256)] {
            var setup = Setup()
            setup.generation.mediaResolution = resolution
            let (client, _) = try await engine.join(number, setup: setup)
            let name = try #require(await engine.session(of: client))
            await engine.show(1, session: name)
            let rows = try #require(await engine.status(session: name)).rows[.video] ?? 0
            // A square picture fills its budget up to the next square.
            #expect(rows >= tokens && rows < tokens + 24, "\(rows)")
            await engine.disconnect(client)
        }
    }

    @Test func aModelWithOneNumberOfSoftTokensKeepsIt() async throws {
        let engine = try TinyModel.engine(TinyModel.oneResolution, options())
        let line = #"{"setup":{"generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_LOW"}}}"#
        #expect(
            try await connect(engine, 1, line) == [
                "setup.generationConfig.mediaResolution: MEDIA_RESOLUTION_LOW -> 4 soft tokens, the only choice"
            ])
    }

    @Test func compressionForgetsDownToItsTarget() async throws {
        let engine = try TinyModel.engine(options())
        var setup = Setup()
        setup.compression = ContextCompression(triggerTokens: 300, targetTokens: 120)
        let (client, _) = try await engine.join(1, setup: setup)
        let name = try #require(await engine.session(of: client))
        var rows: [Int] = []
        for seed in 1...80 {
            await engine.show(seed, session: name)
            rows.append(try #require(await engine.status(session: name)).rows.values.reduce(0, +))
        }
        #expect(try #require(rows.max()) <= 300 && rows.max()! > 250)
        // Not a frame at a time: it falls by more than half at once.
        let falls = zip(rows, rows.dropFirst()).map { $0 - $1 }.filter { $0 > 0 }
        #expect(falls.count >= 2 && falls.allSatisfy { $0 > 130 }, "\(falls)")
        // The main session keeps its own measure.
        #expect(try #require(await engine.status()).rowBudget > 1_000)
    }

    @Test func proactivityIsOfWhatItNames() async throws {
        for (audio, video) in [(true, false), (false, true)] {
            let engine = try TinyModel.engine(TinyModel.prompted, options())
            var setup = proactiveSetup("tell me what happens")
            setup.proactivity = Proactivity(audio: audio, video: video)
            let (_, sink) = try await engine.join(1, setup: setup)
            var following = proactiveSetup()
            following.proactivity = Proactivity(audio: video, video: audio)
            let (_, follower) = try await engine.join(2, setup: following)
            await engine.show(1)
            try await engine.waitUntilIdle()
            #expect(sink.unsolicited.isEmpty == !video)
            await engine.heard("hello", from: 0, to: 1, in: AgentEngine.mainSession)
            try await engine.waitUntilIdle()
            #expect(sink.unsolicited.contains { $0.source == "mic" } == audio)
            #expect(sink.unsolicited.contains { $0.source == "camera" } == video)
            #expect(follower.unsolicited.isEmpty)
        }
    }
}

/// A system instruction that is changed while a session goes on.
@Suite struct ContextUpdateTests {
    private func options() -> StreamOptions { .tiny(answer: 12) }

    private func privateSetup(_ instruction: String) -> Setup {
        var setup = Setup()
        setup.subscribe = Set(Topic.allCases)
        setup.systemInstruction = .text(instruction)
        return setup
    }

    private static let long = String(repeating: "you watch a desk and answer in few words. ", count: 8)

    /// Before anything was seen it is the same as if it had been said at first, whichever is longer.
    @Test(arguments: [("be brief", long), (long, "be brief")])
    func aNewInstructionTakesThePlaceOfTheOld(old: String, new: String) async throws {
        let engine = try TinyModel.engine(options())
        let (first, firstSink) = try await engine.join(1, setup: privateSetup(new))
        let (second, secondSink) = try await engine.join(2, setup: privateSetup(old))
        try await engine.update(instruction: new, of: second)
        func answer(_ client: ClientContext.ID, _ sink: RecordingSink) async throws -> String {
            let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
            _ = try await sink.waitForEnd(of: turn)
            return sink.text(of: turn)
        }
        #expect(try await answer(second, secondSink) == (try await answer(first, firstSink)))
        let names = (await engine.session(of: first), await engine.session(of: second))
        #expect(await engine.status(session: names.0 ?? "")?.cachedRows == (await engine.status(session: names.1 ?? ""))?.cachedRows)
    }

    @Test func whatWasSeenStays() async throws {
        let engine = try TinyModel.engine(options())
        let (client, sink) = try await engine.join(1, setup: privateSetup("be brief"))
        let name = try #require(await engine.session(of: client))
        await engine.show(1, session: name)
        await engine.show(2, session: name)
        let before = try #require(await engine.status(session: name))
        try await engine.update(instruction: Self.long, of: client)
        let after = try #require(await engine.status(session: name))
        #expect(after.rows == before.rows && after.cachedRows > before.cachedRows)
        let turn = try await engine.ask([.text("what?")], from: client, re: nil, sink: sink)
        #expect(try await sink.waitForEnd(of: turn).evidence?.frames.count == 2)
        // And goes on being taken in.
        await engine.show(3, session: name)
        #expect(try #require(await engine.status(session: name)).rows[.video] ?? 0 > before.rows[.video] ?? 0)
    }

    @Test func onTheMainSessionItIsTheClientsOwn() async throws {
        let engine = try TinyModel.engine(options())
        let (client, sink) = try await engine.join(1)
        let (other, otherSink) = try await engine.join(2)
        func prompt(_ client: ClientContext.ID, _ sink: RecordingSink) async throws -> Int {
            let turn = try await engine.ask([.text("what?")], from: client, re: nil, sink: sink)
            return try #require(try await sink.waitForEnd(of: turn).usage?.promptTokens)
        }
        try await engine.update(instruction: Self.long, of: client)
        let said = try TinyModel.shared.get().tokenizer.encodePlain(Self.long + "\n").count
        #expect(try await prompt(client, sink) == (try await prompt(other, otherSink)) + said)
        try await engine.update(instruction: "", of: other)
        await #expect(throws: StatusError.self) {
            try await engine.update(instruction: String(repeating: "be brief ", count: 20_000), of: client)
        }
    }

    @Test(arguments: [nil, AgentEngine.mainSession])
    func aModelThatFollowsNoneIsToldNoneAndTheClientIsToldSo(session: String?) async throws {
        let engine = try TinyModel.engine(TinyModel.unfollowing, options())
        var setup = privateSetup(Self.long)
        setup.attach = session
        let sink = RecordingSink()
        let told = "systemInstruction: this model follows standing instructions (proactivity) alone"
        let complete = try await engine.connect(ClientContext.ID(1), setup: setup, sink: sink, server: "t", features: [])
        #expect(complete.ignored == ["setup.\(told)"])
        #expect(try await engine.update(instruction: Self.long, of: ClientContext.ID(1)) == ["contextUpdate.\(told)"])
        setup.systemInstruction = nil
        let (plain, plainSink) = try await engine.join(2, setup: setup)
        func tokens(_ client: ClientContext.ID, _ sink: RecordingSink) async throws -> Int? {
            let turn = try await engine.ask([.text("what?")], from: client, re: nil, sink: sink)
            return try await sink.waitForEnd(of: turn).usage?.promptTokens
        }
        #expect(try await tokens(ClientContext.ID(1), sink) == (try await tokens(plain, plainSink)))
        // A standing one is asked as a question is.
        setup = proactiveSetup("tell me when a mug appears")
        setup.attach = session
        let watching = try await engine.connect(ClientContext.ID(3), setup: setup, sink: sink, server: "t", features: [])
        #expect(watching.ignored.isEmpty)
        #expect(try await engine.update(instruction: "tell me when a book appears", of: ClientContext.ID(3)).isEmpty)
    }

    @Test func aStandingInstructionIsAskedInItsNewWords() async throws {
        let engine = try TinyModel.engine(options())
        let (client, sink) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears"))
        try await engine.update(instruction: " ", of: client)
        await engine.show(1)
        try await engine.waitUntilIdle()
        #expect(sink.unsolicited.isEmpty)
    }
}
