import Foundation
import ModelTools
import Tensors
import Testing

/// Whole evaluations with a model of random weights: its answers mean nothing, what is made of them does.
@Suite struct EvaluationTests {
    private static let frames = #""frames":[{"image":"a.jpg","time":0.5},{"image":"b.jpg","time":1.5},{"image":"b.jpg","time":2}]"#
    private static let rows = [
        #"{"id":"s",\#(frames),"asks":[{"measure":"objects","question":"what?","objects":["mug"]},{"measure":"presence","question":"a mug?","answers":["yes."]},{"measure":"presence","question":"a key?","answers":["no."]},{"measure":"colour","question":"colour?","answers":["red."]}]}"#,
        #"{"id":"q",\#(frames),"audio":"sound.wav","audioStart":2.5,"asks":[{"measure":"spoken","question":"what?","answers":["a mug."]}]}"#,
        #"{"id":"u","audio":"sound.wav","condition":"clean","words":"what is on the desk"}"#,
        #"{"id":"e","audio":"sound.wav","sound":"knock"}"#,
        #"{"id":"z","audio":"silence.wav","sound":"silence"}"#,
        #"{"id":"w",\#(frames),"instruction":"tell me when a mug appears","spoken":[[],[],["a mug."]]}"#,
        #"{"id":"f",\#(frames),"functions":"<|tool>declaration:open{}<tool|>","asks":[{"measure":"functions","question":"open it","answers":["<|tool_call>call:open{}<tool_call|>"]},{"measure":"functions","question":"what?","answers":["a mug."]}]}"#,
        #"{"id":"m",\#(frames),"audio":"sound.wav","audioStart":0.2,"asks":[{"measure":"count","question":"how many?","answers":["two."]}]}"#,
    ]

    private func evaluate(isSilent: Bool, _ change: (inout EvaluateCommand) -> Void = { _ in }) async throws
        -> (result: EvaluationResult, failures: [EvaluationFailure])
    {
        let set = try TinySet(Self.rows, isSilent: isSilent)
        defer { set.remove() }
        var command = EvaluateCommand(directory: set.model, weights: .f32, threads: 2, set: set.path)
        command.noise = set.path + "/sound.wav"
        change(&command)
        var failures: [EvaluationFailure] = []
        let result = try await command.run(onFailure: { failures.append($0) })
        return (result, failures)
    }

    @Test func aModelThatSaysNothingInventsNothing() async throws {
        let (result, failures) = try await evaluate(isSilent: true)
        #expect(result["objects.f1"]?.value == 0)
        #expect(result["objects.absent"]?.value == 0)
        #expect(result["presence"]?.value == 0 && result["presence"]?.n == 2)
        #expect(result["words.clean"]?.value == 1)
        #expect(result["sounds.silence"]?.value == 1 && result["sounds.knock"]?.value == 0)
        // Silent when it should be in two frames of three.
        #expect(result["speakup"]?.value == 2.0 / 3 && result["speakup.recall"]?.value == 0 && result["speakup.precision"] == nil)
        #expect(result["noise.words"]?.value == 0 && result["noise.sounds"]?.value == 1)
        #expect(try #require(result["noise.seconds"]).value > 0.8)
        #expect(result["spoken.difference"]?.value == 0)
        #expect(result["functions.called"]?.value == 0 && result["functions.uncalled"]?.value == 1 && result["functions.told"] == nil)
        #expect(result["latency.firstToken"]?.n == 8)
        let objects = try #require(failures.first { $0.measure == "objects" })
        #expect(objects.id == "s" && objects.question == "what?" && objects.expected == ["mug"] && objects.got == "")
        #expect(failures.contains { $0.id == "w[2]" && $0.measure == "speakup" && $0.expected == ["a mug."] })
        #expect(!failures.contains { $0.id == "z" })
    }

    @Test func aModelThatSaysAnythingIsHeardEverywhere() async throws {
        let (result, failures) = try await evaluate(isSilent: false)
        // What it hears in a sound is words, and it speaks whenever the picture changed: in two frames of three.
        let transcript = try #require(failures.first { $0.measure == "words.clean" })
        #expect(!transcript.got.isEmpty)
        #expect(try #require(result["noise.words"]).value >= 1)
        #expect(result["sounds.silence"]?.value == 1)
        #expect(failures.filter { $0.measure == "speakup" && !$0.got.isEmpty }.map(\.id) == ["w[0]", "w[1]"])
        #expect(failures.contains { $0.measure == "spoken.spoken" && !$0.got.isEmpty && $0.question.contains("heard: ") })
        #expect(result["vision.work"]?.value == 1)
    }

    @Test func measuresAndTheLimitChooseRows() async throws {
        let (result, _) = try await evaluate(isSilent: true) {
            $0.measures = [.colour, .sounds]
            $0.limit = 1
            $0.noise = nil
        }
        #expect(result.figures.map(\.name) == ["colour", "sounds", "sounds.knock", "latency.firstToken", "vision.work"])
    }

    @Test func figuresOfTheWorldOutsideComeByCondition() async throws {
        let rows = [
            #"{"id":"h","condition":"half","frames":[{"image":"a.jpg"}],"asks":[{"measure":"objects","question":"what?","objects":["mug"]}]}"#,
            #"{"id":"p","condition":"photo","frames":[{"image":"a.jpg"}],"asks":[{"measure":"objects","question":"what?","objects":[]}]}"#,
            #"{"id":"v","condition":"outside-voice","audio":"sound.wav","words":"good night"}"#,
            #"{"id":"t","condition":"outside-voice","audio":"sound.wav","sound":"chatter"}"#,
            #"{"id":"b","audio":"sound.wav","sound":"bell"}"#,
        ]
        func figures(isSilent: Bool, isOutside: Bool = true) async throws -> EvaluationResult {
            let set = try TinySet(rows, isSilent: isSilent)
            defer { set.remove() }
            var command = EvaluateCommand(directory: set.model, weights: .f32, threads: 2, set: set.path)
            command.isOutside = isOutside
            return try await command.run()
        }
        let silent = try await figures(isSilent: true)
        // It takes everything for words, and answers it.
        let loud = try await figures(isSilent: false)
        #expect(silent["half.objects.f1"]?.value == 0 && silent["photo.objects.f1"]?.value == 1)
        #expect(silent["outside-voice.words.outside-voice"]?.value == 1 && silent["plain.sounds.bell"]?.value == 0)
        #expect(silent["outside-voice.sounds.chatter"]?.value == 1 && loud["outside-voice.sounds.chatter"]?.value == 0)
        #expect(silent["outside-voice.chatter.unanswered"]?.value == 1 && silent["outside-voice.chatter.nowords"]?.value == 1)
        #expect(silent.figures.allSatisfy { !$0.name.contains("latency") })
        #expect(loud["outside-voice.chatter.unanswered"]?.value == 0 && loud["outside-voice.chatter.nowords"]?.value == 0)
        #expect(try await figures(isSilent: true, isOutside: false)["objects.f1"]?.n == 2)
    }

    @Test func twoRunsAreCompared() async throws {
        let (exact, _) = try await evaluate(isSilent: true) { $0.noise = nil }
        let (sparse, _) = try await evaluate(isSilent: true) {
            $0.noise = nil
            $0.isSparse = true
        }
        let comparison = EvaluationComparison(exact, sparse)
        #expect(comparison.differences["objects.f1"] == 0)
        #expect(comparison.text.contains("f32, sparse less f32, exact"))
        #expect(Set(comparison.differences.keys) == Set(exact.figures.map(\.name)))
    }

    /// A hundred times the same picture: every other one ties with the right one.
    @Test func aSentenceThatCannotChooseHasNotFound() async throws {
        let rows = (0..<130).map { #"{"id":"r\#($0)","frames":[{"image":"a.jpg"}],"caption":"picture \#($0)"}"# }
        let set = try TinySet(rows + [#"{"id":"k","audio":"sound.wav","caption":"a knock"}"#], isSilent: true)
        defer { set.remove() }
        let command = EvaluateCommand(directory: set.model, weights: .f32, threads: 2, set: set.path)
        let without = try await command.run()
        #expect(without.figures.isEmpty && without.notes.count == 1 && without.notes[0].contains("match.safetensors"))
        try set.addHead()
        let result = try await command.run()
        #expect(result["retrieval.frame"]?.value == 0 && result["retrieval.frame"]?.n == 100)
        #expect(result["retrieval.sound"] == nil)
        #expect(result.notes.count == 2 && result.notes[0].contains("the last 30 of 130 frames"), "\(result.notes)")
    }

    @Test func picturesAndSoundsAreRankedForASentence() throws {
        let set = try TinySet([], isSilent: true)
        defer { set.remove() }
        try set.addHead()
        let command = MatchCommand(directory: set.model, weights: .f32, threads: 2)
        let rankings = try command.run(frames: [set.path], sounds: [set.path + "/sound.wav"], texts: ["a mug", "a knock"])
        #expect(rankings.map(\.text) == ["a mug", "a knock"])
        for ranking in rankings {
            #expect(Set(ranking.items.map(\.file)) == Set(["a.jpg", "b.jpg", "sound.wav"].map { set.path + "/" + $0 }))
            #expect(ranking.items.map(\.kind).count { $0 == "sound" } == 1)
            #expect(ranking.items.map(\.probability) == ranking.items.map(\.probability).sorted(by: >))
            #expect(ranking.items.allSatisfy { (0...1).contains($0.probability) })
        }
    }

    @Test func whatIsMissingIsNamed() async throws {
        func error(_ rows: [String]) async throws -> String {
            let set = try TinySet(rows, isSilent: true)
            defer { set.remove() }
            do {
                _ = try await EvaluateCommand(directory: set.model, weights: .f32, threads: 1, set: set.path).run()
                return ""
            } catch { return "\(error)" }
        }
        let picture = try await error([
            "", #"{"id":"s","frames":[{"image":"no.jpg"}],"asks":[{"measure":"count","question":"?","answers":["a"]}]}"#,
        ])
        #expect(picture.contains("evaluation.jsonl:2: ") && picture.contains("no.jpg"), "\(picture)")
        let sound = try await error([#"{"id":"u","audio":"no.wav","words":"a"}"#])
        #expect(sound.contains("evaluation.jsonl:1: ") && sound.contains("no.wav"), "\(sound)")
        #expect(try await error([]).contains("no row"))
        await #expect(throws: EvaluationError.missing(path: "/no/such/evaluation.jsonl")) {
            try await EvaluateCommand(directory: "m", weights: .f32, threads: 1, set: "/no/such").run()
        }
    }
}
