import ArgumentParser
import Figures
import Foundation
import ModelTools
import Tensors

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Take in recordings, then answer: the daemon's stream without devices and socket.",
        discussion: """
            Recordings are taken in as fast as the model can, merged by media time; then each question is answered on a fork. \
            The answers go to stdout, what it took to stderr. A picture that cannot be read is passed over, as the daemon does; \
            the first is named, and all are counted.
            """)

    @OptionGroup var model: ModelArguments
    @Option(help: "Sound: a WAV file.", completion: .file(extensions: ["wav"])) var audio: String?
    @Option(help: "Pictures: a Y4M file or a folder of JPEG or PNG frames.") var video: String?
    @Option(parsing: .unconditional, help: "Frames a second that are taken of a film, and that a folder of pictures has.") var fps = 2.0
    @Option(parsing: .unconditional, help: "Stop taking in after this many seconds of media.") var seconds: Double?
    @Flag(help: "Start again at the recordings' end, for long replays with --seconds.") var loop = false
    @Option(name: .customLong("ask"), help: "A question; may be given several times.") var questions: [String] = []
    @Flag(help: "Use the sparse vision mode.") var sparse = false

    func validate() throws {
        let rates = RunCommand.framesPerSecond
        guard rates.contains(fps) else {
            throw ValidationError("--fps must be \(rates.lowerBound) to \(rates.upperBound), not \(fps)")
        }
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds must be above 0, not \(seconds.figure)") }
        for (name, text) in [("--audio", audio), ("--video", video)] where text == "" {
            throw ValidationError("\(name) is empty: name a file, or leave it out")
        }
        guard !loop || seconds != nil else { throw ValidationError("--loop needs --seconds, or the replay never ends") }
    }

    func run() async throws {
        let command = RunCommand(
            directory: model.directory, weights: model.weights ?? .q8, threads: model.threads, audio: audio, video: video,
            framesPerSecond: fps,
            seconds: seconds, loop: loop, sparse: sparse)
        let summary = try await command.run(questions: questions, onDamage: note) { answer in
            print(answer.text)
            note(
                String(
                    format: "  first token %.1f ms, %d tokens in %.1f ms, prompt %d", answer.firstToken * 1000, answer.answerTokens,
                    answer.total * 1000, answer.promptTokens))
        }
        note(summary)
    }

    private func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
