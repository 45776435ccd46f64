import Foundation
import ModelTools
import Tensors
import Testing

@Suite struct EvaluationRowTests {
    private func row(_ json: String) throws -> EvaluationRow {
        try EvaluationRow(json: Data(json.utf8), line: 3, path: "set/evaluation.jsonl")
    }

    @Test func everySortOfRowIsRead() throws {
        let asks = try row(
            #"{"id":"s1","frames":[{"image":"a.jpg"},{"image":"b.jpg","time":2.5}],"asks":[{"measure":"objects","question":"what?","objects":[]},{"measure":"presence","question":"a mug?","answers":["yes."]}],"seed":4}"#
        )
        #expect(asks.frames.map(\.time) == [0.5, 2.5])
        guard case .asks(let questions) = asks.task else { throw CocoaError(.coderInvalidValue) }
        #expect(questions.map(\.measure) == [.objects, .presence])
        guard
            case .words("what is on the desk", condition: "noise10") = try row(
                #"{"id":"u","audio":"u.wav","condition":"noise10","words":"what is on the desk"}"#
            ).task
        else { throw CocoaError(.coderInvalidValue) }
        guard case .sound(.knock) = try row(#"{"id":"e","audio":"e.wav","sound":"knock"}"#).task else {
            throw CocoaError(.coderInvalidValue)
        }
        guard
            case .speakUp(instruction: "tell me", let spoken) = try row(
                #"{"id":"w","frames":[{"image":"a.jpg"},{"image":"b.jpg"}],"instruction":"tell me","spoken":[[],["a mug."]]}"#
            ).task
        else { throw CocoaError(.coderInvalidValue) }
        #expect(spoken == [[], ["a mug."]])
        guard case .retrieval(caption: "a knock") = try row(#"{"id":"r","audio":"e.wav","caption":"a knock"}"#).task else {
            throw CocoaError(.coderInvalidValue)
        }
        guard
            case .spoken = try row(
                #"{"id":"q","frames":[{"image":"a.jpg","time":1}],"audio":"q.wav","audioStart":1,"asks":[{"measure":"spoken","question":"?","answers":["a"]}]}"#
            ).task
        else { throw CocoaError(.coderInvalidValue) }
    }

    @Test(arguments: [
        ("{", "not JSON"),
        (#"{"frames":[]}"#, "no key id"),
        (#"{"id":"x"}"#, "this one has none"),
        (#"{"id":"x","audio":"a.wav","words":"a","sound":"bell"}"#, "words and sound"),
        (#"{"id":"x","audio":"a.wav","sound":"rain"}"#, "sound is \"rain\": the classes are speech"),
        (#"{"id":"x","words":"a"}"#, "audio is missing"),
        (#"{"id":"x","audio":"a.wav","words":" "}"#, "at least a word"),
        (#"{"id":"x","asks":[{"measure":"presence","question":"?","answers":["a"]}]}"#, "frames is missing"),
        (
            #"{"id":"x","frames":[{"image":"a"}],"asks":[{"measure":"color","question":"?","answers":["a"]}]}"#,
            #"asks[0].measure is "color""#
        ),
        (#"{"id":"x","frames":[{"image":"a"}],"asks":[{"measure":"colour","question":"?"}]}"#, "asks[0].answers is missing"),
        (
            #"{"id":"x","frames":[{"image":"a"}],"asks":[{"measure":"functions","question":"?","answers":["a"]}]}"#,
            "functions is missing"
        ),
        (
            #"{"id":"x","frames":[{"image":"a"}],"asks":[{"measure":"objects","question":"?","answers":["a"]}]}"#,
            "asks[0].objects is missing"
        ),
        (#"{"id":"x","frames":[{"image":"a"}],"asks":[{"measure":"colour"}]}"#, "asks[0] has no key question"),
        (#"{"id":"x","frames":[{"image":"a"}],"asks":"b"}"#, "asks is not of the type"),
        (#"{"id":"x","frames":[{"image":"a","time":2},{"image":"b","time":1}],"asks":[]}"#, "frames[1].time is 1.0"),
        (
            #"{"id":"x","frames":[{"image":"a","time":2}],"audio":"b","audioStart":1,"asks":[{"measure":"spoken","question":"?","answers":["a"]}]}"#,
            "audioStart is 1.0, before the last frame at 2.0"
        ),
        (#"{"id":"x","frames":[{"image":"a"}],"instruction":"b","spoken":[]}"#, "spoken has 0 entries for 1 frames"),
        (#"{"id":"x","frames":[{"image":"a"}],"audio":"b","caption":"c"}"#, "one frame or to one sound"),
    ])
    func aRowThatCannotBeMeasuredIsNamed(json: String, problem: String) throws {
        do {
            _ = try row(json)
            Issue.record("\(json) was read")
        } catch let error as EvaluationError {
            #expect("\(error)".hasPrefix("set/evaluation.jsonl:3: ") && "\(error)".contains(problem), "\(error)")
        }
    }

    @Test func measuresAndComparisonsAreReadByName() throws {
        #expect(try EvaluateCommand.measures("objects, speakup") == [.objects, .speakUp])
        #expect(throws: EvaluationError.measures("colours")) { try EvaluateCommand.measures("colours") }
        let command = EvaluateCommand(directory: "m", weights: .q8, threads: 1, set: "s")
        #expect(try command.compared("f32,q8").map(\.weights) == [.f32, .q8])
        #expect(try command.compared("exact,sparse").map(\.isSparse) == [false, true])
        for bad in ["f32", "f32,f32", "f32,sparse", "exact,fast", ""] {
            #expect(throws: EvaluationError.compare(bad)) { try command.compared(bad) }
        }
    }
}
