import Foundation
import ModelTools
import Testing

/// What was heard, noticed and said unasked, against the truth of when it was due.
@Suite struct StreamHearingTests {
    private static let words =
        #""words":[{"from":10,"to":11,"text":"what is on the desk","condition":"clean","answers":["a mug."],"typed":"what is on the desk?"},{"from":30,"to":31,"text":"good night","condition":"noise10","decibels":10}]"#

    @Test func sentencesAreComparedWithWhatOverlapsThem() throws {
        let scorer = ScriptedStream.score(try ScriptedStream.truth(Self.words)) { record in
            record.notes = [
                .words("what is on", from: 9.9, to: 10.4, turn: "t1"), .words("the dog", from: 10.5, to: 11.1, turn: "t2"),
                .words("nonsense of mine", from: 50, to: 51, turn: nil), .answer(turn: "t1", "a book."), .answer(turn: "t2", "a mug."),
            ]
            record.typed[0] = StreamAnswer(text: "a key.")
        }
        #expect(scorer.tally.figure(.words("clean"))?.value == 0.2)
        #expect(scorer.tally.figure(.words("noise10"))?.value == 1)
        #expect(scorer.tally.figure(.sentences)?.value == 0)
        // The newest answer counts.
        #expect(scorer.tally.figure(.spoken)?.value == 1 && scorer.tally.figure(.typed)?.value == 0)
        #expect(scorer.tally.figure(.spokenLess)?.value == 100)
        // Three words in a fortieth of an hour.
        #expect(abs(try #require(scorer.tally.figure(.inventedWords)).value - 120) < 1e-9)
        #expect(scorer.failures.contains { $0.measure == "invented.words" && $0.got == "nonsense of mine" && $0.time == 50 })
    }

    @Test func sentencesHeardAsOneSoundAreComparedTogether() throws {
        let truth = try ScriptedStream.truth(
            #""words":[{"from":10,"to":11,"text":"good day","condition":"clean"},{"from":11.4,"to":12,"text":"good night","condition":"noise10","decibels":10}]"#
        )
        let tally = ScriptedStream.score(truth) { $0.notes = [.words("good day good bye", from: 9.9, to: 12.1, turn: nil)] }.tally
        #expect(tally.figure(.words("noise10"))?.value == 0.25 && tally.figure(.words("clean")) == nil)
    }

    @Test func nothingIsExpectedOfAMutedMicrophone() throws {
        let truth = try ScriptedStream.truth(
            Self.words + #","muted":[{"device":"microphone","from":9,"to":12}],"sounds":[{"from":10,"to":11,"sound":"bell"}]"#)
        let tally = ScriptedStream.score(truth) { $0.notes = [.words("good night", from: 30, to: 31, turn: nil)] }.tally
        #expect(tally.figure(.sentences)?.value == 1 && tally.figure(.sentences)?.n == 1)
        #expect(tally.figure(.soundsAlone) == nil && tally.figure(.spoken) == nil)
    }

    @Test func aSoundIsNamedAndNothingElse() throws {
        let truth = try ScriptedStream.truth(
            #""sounds":[{"from":10,"to":11,"sound":"knock"},{"from":20,"to":21,"sound":"bell"},{"from":30,"to":31,"sound":"noise"},{"from":40,"to":41,"sound":"music"}],"chatter":[{"from":41.2,"to":43}]"#
        )
        let scorer = ScriptedStream.score(truth) { record in
            record.notes = [
                .sound("knock", at: 9.9), .sound("bell", at: 20.1), .words("bell", from: 20, to: 21, turn: nil), .sound("music", at: 40),
                .sound("speech", at: 41.3), .sound("knock", at: 70),
            ]
        }
        // Knock and noise are right, the bell was words as well; music beside talk is counted apart.
        #expect(scorer.tally.figure(.soundsAlone)?.value == 2.0 / 3)
        #expect(scorer.tally.figure(.soundsMixed)?.value == 1)
        #expect(scorer.tally.figure(.chatterUnanswered)?.value == 1 && scorer.tally.figure(.chatterNoWords)?.value == 1)
        #expect(abs(try #require(scorer.tally.figure(.inventedSounds)).value - 40) < 1e-9)
    }

    @Test func othersTalkIsNeitherAnsweredNorWrittenDown() throws {
        let truth = try ScriptedStream.truth(#""chatter":[{"from":10,"to":15},{"from":40,"to":45}]"#)
        let tally = ScriptedStream.score(truth) { record in
            record.notes = [
                .words("is there a mug", from: 10.1, to: 12, turn: "t1"), .answer(turn: "t1", "yes."),
                .words("a", from: 41, to: 42, turn: "t2"),
            ]
        }.tally
        #expect(tally.figure(.chatterUnanswered)?.value == 0.5 && tally.figure(.chatterNoWords)?.value == 0)
    }

    private static let changes =
        #""observations":[{"time":10,"kind":"put","object":"mug"},{"time":20,"kind":"taken","object":"mug"},{"time":30,"kind":"put","object":"book"},{"time":60,"kind":"put","object":"key"}],"events":[{"time":30,"kind":"exchange"}]"#

    @Test func changesAreNoticedWithinTwoSecondsAndOnce() throws {
        let scorer = ScriptedStream.score(try ScriptedStream.truth(Self.changes)) { record in
            record.notes = [
                .noticed("a red mug was put down.", at: 10.5), .noticed("a mug was put down.", at: 11),
                // Too late, and false.
                .noticed("the mug was taken away.", at: 23),
                // Of an exchange nothing is asked and nothing held against it.
                .noticed("two lamps were put down.", at: 31), .noticed("the lamp was moved.", at: 40),
                .noticed("a key and a book were put down and a lamp was taken away.", at: 60),
            ]
        }
        #expect(scorer.tally.figure(.noticed)?.value == 2.0 / 3 && scorer.tally.figure(.noticed)?.n == 3)
        // The mug once of twice, the late one not, of three claims the key.
        #expect(scorer.tally.figure(.noticedTruly)?.value == 2.0 / 6 && scorer.tally.figure(.noticedTruly)?.n == 6)
        #expect(scorer.failures.contains { $0.measure == "noticed.recall" && $0.expected == ["mug taken"] && $0.time == 20 })
    }

    @Test func instructionsSpeakOncePerEvent() throws {
        let truth = try ScriptedStream.truth(
            #""instructions":[{"text":"tell me when a mug appears.","from":0,"to":90,"due":[{"time":10,"answers":["a mug."]},{"time":40,"answers":["a mug."]},{"time":70,"answers":["a mug."],"optional":true}]},{"text":"tell me when it rings.","from":45,"to":90,"due":[]}]"#
        )
        let scorer = ScriptedStream.score(truth) { record in
            record.notes = [
                .said(instruction: 0, "A mug.", at: 10.5), .said(instruction: 0, "a mug.", at: 11),
                .said(instruction: 0, "a book.", at: 40.5),
                .said(instruction: 0, "a mug.", at: 70), .said(instruction: 1, "a bell rang.", at: 50),
            ]
        }
        #expect(scorer.tally.figure(.said)?.value == 0.5 && scorer.tally.figure(.said)?.n == 2)
        // Said twice, said otherwise, said for nothing: three in 135 s of standing instructions.
        #expect(abs(try #require(scorer.tally.figure(.saidFalsely)).value - 80) < 1e-9)
        #expect(abs(try #require(scorer.tally.figure(.saidFalsely, .first)).value - 120) < 1e-9)
        #expect(scorer.failures.contains { $0.measure == "instructions.said" && $0.time == 40 && $0.got == "a book." })
    }
}
