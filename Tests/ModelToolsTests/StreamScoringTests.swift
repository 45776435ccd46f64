import Checkpoint
import Foundation
import ModelTools
import Testing

/// A minute and a half of truth, and what a model might have made of it.
struct ScriptedStream {
    static let kinds = ["mug", "book", "key", "lamp"].map { ModelExtras.Kind(name: $0, phrase: "a \($0)") }

    /// - Parameter parts: members of truth.json that are not empty.
    static func truth(seconds: Double = 90, _ parts: String = "") throws -> StreamTruth {
        var object =
            try JSONSerialization.jsonObject(
                with: Data(
                    #"{"id":"s","seconds":\#(seconds),"fps":2,"frames":[{"time":0.5,"image":"a.jpg"},{"time":50,"image":"b.jpg"}],"muted":[],"events":[],"observations":[],"words":[],"sounds":[],"chatter":[],"asks":[],"instructions":[]}"#
                        .utf8)) as? [String: Any] ?? [:]
        let more = try JSONSerialization.jsonObject(with: Data("{\(parts)}".utf8)) as? [String: Any] ?? [:]
        object.merge(more) { $1 }
        return try JSONDecoder().decode(StreamTruth.self, from: JSONSerialization.data(withJSONObject: object))
    }

    static func score(_ truth: StreamTruth, _ fill: (inout StreamRecord) -> Void) -> StreamScorer {
        var record = StreamRecord()
        fill(&record)
        var scorer = StreamScorer(truth: truth, record: record, kinds: kinds)
        scorer.score()
        return scorer
    }
}

@Suite struct StreamScoringTests {
    private func asks(_ rows: String...) throws -> StreamTruth { try ScriptedStream.truth("\"asks\":[\(rows.joined(separator: ","))]") }

    private func answered(_ truth: StreamTruth, _ answers: [String], fresh: [Int: String] = [:]) -> StreamScorer {
        ScriptedStream.score(truth) { record in
            for (index, answer) in answers.enumerated() { record.answers[index] = StreamAnswer(text: answer) }
            record.fresh = fresh.mapValues { StreamAnswer(text: $0) }
        }
    }

    @Test func everyAskCountsInItsThird() throws {
        let truth = try asks(
            #"{"time":29,"measure":"colour","question":"?","answers":["red."]}"#,
            #"{"time":31,"measure":"colour","question":"?","answers":["red."]}"#,
            #"{"time":61,"measure":"colour","question":"?","answers":["red.","pink."]}"#,
            #"{"time":90,"measure":"colour","question":"?","answers":["red."]}"#)
        let tally = answered(truth, ["red.", "blue.", "Pink", "blue."]).tally
        #expect(tally.figure(.ask(.colour))?.value == 0.5)
        #expect(StreamTally.Part.allCases.map { tally.figure(.ask(.colour), $0)?.value } == [1, 0, 0.5])
        #expect(tally.figure(.ask(.colour), .last)?.n == 2)
        let drift = try #require(tally.drift(.ask(.colour)))
        #expect(drift.value == -50 && drift.low < -90 && drift.high > 0)
        let curve = StreamCurve(tally).text
        #expect(curve.contains("0,colour,2,1\n") && curve.contains("1,colour,2,1\n"), "\(curve)")
    }

    @Test func objectsAreSetsAndWhatIsNotKnownIsOneOfThem() throws {
        let truth = try asks(
            #"{"time":1,"measure":"objects","question":"?","objects":["mug","unknown"]}"#,
            #"{"time":2,"measure":"objects","question":"?","objects":["mug","mug","book"]}"#)
        let tally = answered(truth, ["a mug and something i don't know.", "two mugs and a key."]).tally
        #expect(tally.figure(.ask(.objects))?.value == 0.5)
        #expect(tally.figure(.objectsF1)?.value == 0.75)
        #expect(tally.figure(.objectsFalse)?.value == 0.5)
    }

    @Test func whatWasTakenAwayIsAmongTheAbsent() throws {
        let truth = try asks(
            #"{"time":1,"measure":"presence","question":"?","answers":["yes."]}"#,
            #"{"time":2,"measure":"presence","question":"?","answers":["no."]}"#,
            #"{"time":3,"measure":"taken","question":"?","answers":["no."]}"#)
        let tally = answered(truth, ["yes.", "no.", "yes."]).tally
        #expect(tally.figure(.ask(.presence))?.value == 0.75 && tally.figure(.ask(.presence))?.n == 3)
        #expect(tally.figure(.ask(.taken))?.value == 0)
    }

    @Test func nonsenseAndRefusalsAreErrorsOfTwoKinds() throws {
        let truth = try asks(
            #"{"time":1,"measure":"unknowable","question":"?","answers":["i don't know that. i only know what i see and hear."]}"#,
            #"{"time":2,"measure":"unknowable","question":"?","answers":["i don't know that. i only know what i see and hear."]}"#,
            #"{"time":3,"measure":"absent","question":"?","answers":["there is no lamp."]}"#,
            #"{"time":4,"measure":"colour","question":"?","answers":["red."]}"#,
            #"{"time":5,"measure":"ago","question":"?","answers":["i don't remember that."]}"#,
            #"{"time":6,"measure":"dark","question":"?","answers":["i cannot see."]}"#,
            #"{"time":7,"measure":"count","question":"?","answers":["two."]}"#)
        let answers = [
            "I don't know that.  I only know what I see and hear.", "sunny.", "red.", "i don't know that.", "i don't remember that.",
            "i cannot see.", "one.",
        ]
        let tally = answered(truth, answers).tally
        #expect(tally.figure(.ask(.unknowable))?.value == 0.5 && tally.figure(.ask(.absent))?.value == 1)
        // Of four questions of its domain one was refused that has an answer.
        #expect(tally.figure(.refused)?.value == 0.25 && tally.figure(.refused)?.n == 4)
    }

    @Test func wordingsAreComparedWithinTheirMeasure() throws {
        func ask(_ measure: String, _ wording: String, _ time: Int) -> String {
            #"{"time":\#(time),"measure":"\#(measure)","question":"?","answers":["a."],"wording":"\#(wording)"}"#
        }
        let truth = try asks(
            ask("colour", "plain", 1), ask("colour", "typo", 2), ask("count", "plain", 3), ask("count", "plain", 4),
            ask("count", "typo", 5),
            ask("spatial", "typo", 6))
        // Plain colours are right, plain counts half of the time: the typo costs all of the one and half of the other; nothing
        // plain is known of places.
        let tally = answered(truth, ["a.", "b.", "a.", "b.", "b.", "b."]).tally
        let typo = try #require(tally.wording(.typo))
        #expect(typo.value == -75 && typo.n == 2 && typo.low < -75 && typo.high > -75)
        #expect(tally.wording(.held) == nil)
    }

    @Test func aFreshLookIsPairedWithTheStream() throws {
        func ask(_ time: Int) -> String { #"{"time":\#(time),"measure":"objects","question":"?","objects":["mug"],"now":true}"# }
        let scorer = answered(
            try asks(ask(1), ask(2), ask(3), ask(80)), ["a mug.", "a book.", "a book.", "a mug and a key."],
            fresh: [0: "a mug.", 1: "a mug.", 2: "a key.", 3: "a mug."])
        #expect(scorer.tally.figure(.fresh(nil))?.value == -50 && scorer.tally.figure(.fresh(.objects))?.n == 4)
        #expect(scorer.tally.figure(.fresh(nil), .last)?.value == -100)
        #expect(abs(try #require(scorer.tally.figure(.freshF1)).value + (100 + 100.0 / 3) / 4) < 1e-9)
        let worse = scorer.failures.filter { $0.measure == "fresh.objects" }
        #expect(worse.map(\.time) == [2, 80] && worse.map(\.image) == ["a.jpg", "b.jpg"] && worse[0].got == "a book.")
    }
}
