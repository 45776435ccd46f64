import Foundation
import ModelTools
import Tensors
import Testing

/// Whole evaluations of long recordings with a model of random weights.
@Suite struct StreamCommandTests {
    private func evaluate(isSilent: Bool, _ change: (inout StreamCommand) -> Void = { _ in }) async throws
        -> (result: EvaluationResult, curve: String, failures: [EvaluationFailure])
    {
        let set = try TinyStreamSet(isSilent: isSilent)
        defer { set.remove() }
        var command = StreamCommand(directory: set.model, weights: .f32, threads: 2, set: set.path)
        change(&command)
        var failures: [EvaluationFailure] = []
        let (result, curve) = try await command.run(onFailure: { failures.append($0) })
        return (result, curve, failures)
    }

    @Test func aModelThatSaysNothingIsNeverRightAndNeverFalse() async throws {
        let (result, curve, failures) = try await evaluate(isSilent: true)
        #expect(result["objects.f1"]?.value == 0 && result["objects.f1"]?.n == 2)
        #expect(result["presence"] == nil, "there is no question whose answer is no")
        #expect(result["again"]?.value == 0 && result["dark"]?.value == 0)
        #expect(result["words.clean"]?.value == 1 && result["spoken.difference"]?.value == 0)
        #expect(result["noticed.recall"]?.value == 0 && result["noticed.precision"] == nil)
        #expect(result["instructions.said"]?.value == 0 && result["instructions.false"]?.value == 0)
        // No fresh look at what a muted camera saw.
        #expect(result["fresh"]?.n == 4 && result["fresh"]?.value == 0 && result["fresh.dark"] == nil)
        #expect(result["objects.f1.first"]?.n == 2 && result["objects.f1.last"] == nil)
        #expect(result["latency.frame.p50"]?.n == 4 && result["vision.work"]?.value == 1)
        #expect(curve.contains("0,objects.exact,2,0\n"))
        let objects = try #require(failures.first { $0.measure == "objects.exact" })
        #expect(objects.id == "one" && objects.time == 1 && objects.image == "a.jpg" && objects.got == "")
        let lines = result.text.split(separator: "\n")
        #expect(lines[0].contains(", f32, exact vision, on ") && lines[1].contains("first third"))
        #expect(lines.dropFirst().allSatisfy { $0.count <= 120 })
    }

    @Test func aModelThatSaysAnythingIsHeardEverywhere() async throws {
        let (result, _, failures) = try await evaluate(isSilent: false) { $0.streams = ["two"] }
        #expect(result["objects.f1"]?.n == 1)
        // Frames that changed, and the sound, each make the instruction speak.
        #expect(try #require(result["instructions.false"]).value > 0)
        #expect(failures.contains { $0.measure == "spoken.spoken" && $0.question.contains("heard: ") && !$0.got.isEmpty })
        #expect(failures.allSatisfy { $0.id == "two" })
    }

    @Test func recordingsEndToEndAreOneOfTheirLength() async throws {
        let (result, _, failures) = try await evaluate(isSilent: true) { $0.joins = true }
        #expect(result["objects.f1.first"]?.n == 1 && result["objects.f1.last"] == nil && result["objects.f1.middle"]?.n == 1)
        #expect(failures.contains { $0.id == "one+two" && $0.time == 5 && $0.image == "two/a.jpg" })
    }

    @Test func anInstructionOfRowsIsWhatTheStreamHolds() async throws {
        let (small, _, _) = try await evaluate(isSilent: true) { $0.rows = [64, 16, 16, 16] }
        #expect(small.text.contains("rows 64,16,16,16"))
        #expect(try StreamCommand.rows("4096, 2048,2048,1024") == [4096, 2048, 2048, 1024])
        for list in ["4096", "1,2,3,0", "1,2,3,x", "1,2,3,4,5", ""] {
            #expect(throws: EvaluationError.rows(list)) { try StreamCommand.rows(list) }
        }
    }

    @Test(arguments: [
        (#""seconds":4"#, #""seconds":0"#, "seconds is 0"), (#""time":1,"image""#, #""time":9,"image""#, "frames[3].time is 1.5"),
        (#""measure":"again""#, #""measure":"more""#, "asks[2].measure"), (#""answers":["yes."],"wording""#, #""wording""#, "asks[1] of"),
        (#""objects":["mug"],"#, "", "has no objects"),
        (#"{"time":0.5,"answers":["a mug."]}"#, #"{"time":0.5,"answers":[]}"#, "nothing to say"),
    ])
    func aTruthThatCannotBeMeasuredIsNamed(text: String, other: String, problem: String) throws {
        let set = try TinyStreamSet(isSilent: true)
        defer { set.remove() }
        try set.replace(text, with: other)
        do {
            _ = try StreamSet(directory: set.path)
            Issue.record("\(other) was read")
        } catch {
            #expect("\(error)".hasPrefix(set.path + "/one/truth.json: ") && "\(error)".contains(problem), "\(error)")
        }
    }

    @Test func aSetThatIsNoneIsNamed() throws {
        let set = try TinyStreamSet(isSilent: true)
        defer { set.remove() }
        func problem(_ names: Set<String>? = nil) -> String {
            do { return "\(try StreamSet(directory: set.path, names: names).recordings.count)" } catch { return "\(error)" }
        }
        #expect(problem() == "2" && problem(["two"]) == "1")
        #expect(problem(["three"]).contains("there is no stream \"three\": it has one, two"))
        try set.write(#"{"format":2,"streams":["one"]}"#)
        #expect(problem().contains("format is 2"))
        try set.write(#"{"format":1,"streams":[]}"#)
        #expect(problem().contains("names no stream"))
        #expect(throws: EvaluationError.missing(path: "/no/such/set.json")) { try StreamSet(directory: "/no/such") }
    }

    /// `mmagentd` lies beside the test bundle.
    private static let daemon: String? = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appendingPathComponent("mmagentd").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    @Test func aRunningDaemonIsMeasuredAsTheEngineIs() async throws {
        let daemon = try #require(Self.daemon, "mmagentd was not built")
        let begin = ContinuousClock.now
        let (result, _, failures) = try await evaluate(isSilent: false) {
            $0.streams = ["one"]
            $0.daemon = daemon
            $0.rows = [512, 256, 256, 128]
            // As people write it.
            $0.set = String(repeating: "../", count: FileManager.default.currentDirectoryPath.split(separator: "/").count) + $0.set
        }
        #expect(ContinuousClock.now - begin >= .seconds(4))
        let (replayed, _, _) = try await evaluate(isSilent: false) { $0.streams = ["one"] }
        let counted = [
            "objects.f1", "latency.firstToken.p50", "again", "dark", "words.clean", "fresh", "noticed.recall", "instructions.said",
            "vision.work",
        ]
        for name in counted { #expect(result[name]?.n == replayed[name]?.n && result[name] != nil, "\(name)") }
        #expect(try #require(result["instructions.false"]).value > 0)
        #expect(failures.contains { $0.measure == "spoken.spoken" && $0.question.contains("heard: ") })
    }

    /// It would be measured as one that sees nothing.
    @Test func aRecordingThatTheDaemonCannotPlayIsNamed() async throws {
        let daemon = try #require(Self.daemon, "mmagentd was not built")
        do {
            _ = try await evaluate(isSilent: true) {
                $0.daemon = daemon
                for file in ["a.jpg", "b.jpg"] { try? FileManager.default.removeItem(atPath: "\($0.set)/one/\(file)") }
            }
            Issue.record("frames that are not there were played")
        } catch {
            #expect("\(error)".hasPrefix(daemon + " does not play the recording, "), "\(error)")
        }
    }

    @Test func aDaemonThatIsNoneIsNamed() async throws {
        await #expect(throws: EvaluationError.daemon(path: "/no/mmagentd", reason: "is no program")) {
            try await evaluate(isSilent: true) { $0.daemon = "/no/mmagentd" }
        }
    }
}
