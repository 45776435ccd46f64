import Foundation
import ModelTools
import Tensors
import Testing

/// What a shell sees of `mmagent-model` that was called wrongly: exit status 2, the option, its value and what it may be.
@Suite struct UsageTests {
    /// The program lies beside the tests.
    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("mmagent-model")

    private func run(_ arguments: [String]) throws -> (status: Int32, complaint: String) {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        let complaint = Pipe()
        process.standardError = complaint
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    /// A negative number is a value that is out of range, and no missing value.
    @Test(arguments: [
        (["run", "m", "--fps", "0"], "--fps must be 0.01 to 240.0, not 0.0"), (["run", "m", "--fps", "-2"], "not -2.0"),
        (["run", "m", "--fps", "nan"], "not nan"), (["run", "m", "--seconds", "-1"], "--seconds must be above 0, not -1"),
        (["run", "m", "--video", ""], "--video is empty"), (["run", "m", "--threads", "-1"], "--threads must be 0 to 256, not -1"),
        (["evaluate", "m", "--set", "s", "--limit", "-1"], "--limit must be 1 or more, not -1"),
        (["evaluate", "m", "--set", "s", "--protocol", "stream", "--limit-minutes", "-1"], "--limit-minutes must be above 0, not -1"),
        (["evaluate", "m", "--set", "s", "--sparse-threshold", "-1"], "--sparse-threshold must be 0 or more, not -1"),
        (["inspect", ""], "the model directory's name is empty"), (["bench", ""], "the model directory's name is empty"),
        (["tokenize", "", "x"], "the model directory's name is empty"),
    ])
    func whatIsOutOfRangeIsUsage(arguments: [String], words: String) throws {
        let outcome = try run(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.complaint.contains(words) && outcome.complaint.contains("Usage:"), "\(outcome.complaint)")
    }

    @Test func aSetOfTheOtherFormSaysWhichProtocolPlaysIt() throws {
        let clips = try TinySet([], isSilent: true)
        defer { clips.remove() }
        let streams = try TinyStreamSet(isSilent: true)
        defer { streams.remove() }
        let error = #expect(throws: EvaluationError.self) { try StreamSet(directory: clips.path) }
        #expect(
            error == .otherForm(path: clips.path + "/set.json", found: clips.path + "/evaluation.jsonl", protocol: "clips"))
        let outcome = try run(["evaluate", clips.model, "--set", streams.path])
        #expect(outcome.status == 1)
        #expect(outcome.complaint.contains("\(streams.path)/set.json is: play that set with --protocol stream"), "\(outcome.complaint)")
    }

    @Test func aFileIsNamedOnce() throws {
        let set = try TinySet([], isSilent: true)
        defer { set.remove() }
        try set.addHead()
        for arguments in [["--frames", "/no/such.jpg"], ["--sounds", "/no/such.wav"], ["--frames", set.path + "/sound.wav"]] {
            let complaint = try run(["match", set.model, "--text", "a mug"] + arguments).complaint
            #expect(complaint.components(separatedBy: arguments[1]).count == 2, "\(complaint)")
        }
        try FileManager.default.createDirectory(atPath: set.path + "/frames/a.jpg", withIntermediateDirectories: true)
        let complaint = try run(["run", set.model, "--video", set.path + "/frames"]).complaint
        #expect(complaint.contains("a.jpg cannot be read") && !complaint.contains("a.jpg: "), "\(complaint)")
    }

    /// One picture of a folder that is none does not end a replay; it is named, and counted.
    @Test func aPictureThatCannotBeReadIsPassedOverAndCounted() async throws {
        let set = try TinySet([], isSilent: false)
        defer { set.remove() }
        let frames = set.path + "/frames"
        try FileManager.default.createDirectory(atPath: frames, withIntermediateDirectories: true)
        for (name, source) in [("1.jpg", "a.jpg"), ("2.jpg", "sound.wav"), ("3.jpg", "silence.wav"), ("4.jpg", "b.jpg")] {
            try FileManager.default.copyItem(atPath: "\(set.path)/\(source)", toPath: "\(frames)/\(name)")
        }
        let command = RunCommand(
            directory: set.model, weights: .f32, threads: 2, audio: nil, video: frames, framesPerSecond: 2, seconds: nil, loop: false,
            sparse: false)
        var (told, answers): ([String], [String]) = ([], [])
        let summary = try await command.run(questions: ["what?"], onDamage: { told.append($0) }, onAnswer: { answers.append($0.text) })
        #expect(told.count == 1 && told[0].contains(frames + "/2.jpg"), "\(told)")
        #expect(answers.count == 1)
        #expect(summary.contains("2 frames") && summary.contains("2 of the pictures could not be read"), "\(summary)")
    }
}
