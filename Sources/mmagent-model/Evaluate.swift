import ArgumentParser
import Figures
import Foundation
import ModelTools
import Tensors

struct Evaluate: AsyncParsableCommand {
    /// What a set holds and how it is played.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case clips, outside, stream
    }

    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure how well a model sees, hears and answers, on a labelled set.",
        discussion: """
            PROTOCOLS
              clips   FOLDER holds evaluation.jsonl with its pictures and sounds; models/nano/evaluation is a small one, and \
            `python -m training.run evaluation --out DIR` makes larger ones. Each row goes through a stream of its own.
              outside FOLDER holds the same of things and voices that no renderer or synthesizer of this project made; its rows \
            have conditions, and the figures come by them.
              stream  FOLDER holds set.json with recordings of minutes; models/nano/stream is a small one, and \
            `python -m training.run stream --out DIR` makes larger ones. Each recording goes through one stream, as the daemon \
            would have it, and is asked every few seconds. Figures come by thirds of the recordings, and "now" is asked of a \
            stream that holds the newest frame alone as well.

            Every figure comes with the number it rests on and its 95 % interval: wilson for shares of right and wrong, normal \
            for means, bootstrap over utterances and sounds for words, poisson for rare events.

            MEASURES OF CLIPS
            \(EvaluationMeasure.allCases.map { "  " + $0.rawValue }.joined(separator: "\n"))
            """)

    @OptionGroup var model: ModelArguments
    @Option(help: ArgumentHelp("The folder of the set.", valueName: "folder"), completion: .directory) var set: String
    @Option(name: .customLong("protocol"), help: "clips, outside or stream.") var form = Form.clips
    @Option(parsing: .unconditional, help: "Of clips: only the first rows of each sort.") var limit: Int?
    @Option(help: "Of clips: only these measures, as objects,words.") var measures: String?
    @Option(
        help: "Of clips: a WAV file of silence and noise: how many words are invented in it.", completion: .file(extensions: ["wav"]))
    var noise: String?
    @Option(parsing: .unconditional, help: "Of streams: only so much of each recording.") var limitMinutes: Double?
    @Option(help: "Of streams: only these, as stream-00,stream-03.") var streams: String?
    @Option(
        help: ArgumentHelp(
            "Of streams: rows in all, of video, audio and text, as 4096,2048,2048,1024, instead of the model's own.", valueName: "rows"))
    var rows: String?
    @Flag(help: "Of streams: all recordings end to end, as one.") var concatenate = false
    @Flag(help: "Of streams: through a running mmagentd, in real time.") var live = false
    @Option(help: ArgumentHelp("Of --live: mmagentd; else the one beside this program.", valueName: "path"), completion: .file())
    var daemon: String?
    @Option(help: "Of streams: write what was right minute by minute to this CSV file.", completion: .file()) var curve: String?
    @Flag(help: "Use the sparse vision mode.") var sparse = false
    @Option(
        parsing: .unconditional,
        help: "Of the sparse mode: how far a token's input must move to be computed anew, as [video] sparse_threshold.")
    var sparseThreshold: Float = 0.14
    @Option(help: ArgumentHelp("Two runs and their difference: exact,sparse or two of f32, bf16, q8.", valueName: "a,b"))
    var compare: String?
    @Option(help: "Write every answer that is not right to this file, a JSON object a line.", completion: .file()) var failures: String?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        if !(sparseThreshold >= 0) {
            throw ValidationError("--sparse-threshold must be 0 or more, not \(Double(sparseThreshold).figure(decimals: 6))")
        }
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more, not \(limit)") }
        if let limitMinutes, !(limitMinutes > 0 && limitMinutes.isFinite) {
            throw ValidationError("--limit-minutes must be above 0, not \(limitMinutes.figure)")
        }
        let ofClips = [("--limit", limit != nil), ("--measures", measures != nil), ("--noise", noise != nil)]
        let ofStreams = [
            ("--limit-minutes", limitMinutes != nil), ("--streams", streams != nil), ("--rows", rows != nil),
            ("--concatenate", concatenate),
            ("--curve", curve != nil), ("--live", live),
        ]
        let ofOthers = form == .stream ? ofClips : form == .outside ? ofStreams + [("--noise", noise != nil)] : ofStreams
        if let (name, _) = ofOthers.first(where: \.1) {
            throw ValidationError("\(name) is no option of --protocol \(form.rawValue): leave it out, or choose the other protocol")
        }
        if daemon != nil, !live { throw ValidationError("--daemon is for --live: add it, or leave out --daemon") }
        if let curve, curve == failures { throw ValidationError("--curve and --failures are both \(curve): choose two files") }
        if curve != nil, compare != nil { throw ValidationError("--curve is of one run: leave out --compare") }
        do {
            _ = try measures.map(EvaluateCommand.measures)
            _ = try rows.map(StreamCommand.rows)
            _ = try compare.map(clips().compared)
        } catch let error as EvaluationError { throw ValidationError("\(error)") }
    }

    func run() async throws {
        // Hours of evaluation do not end with a file that cannot be made.
        let inputs = [set, model.directory]
        let file = try failures.map { try FailureFile($0, sparing: inputs) }
        let curves = try curve.map { try OutputFile.begin($0, sparing: inputs) }
        switch form {
        case .clips, .outside:
            let commands = try compare.map { try clips().compared($0) } ?? [clips()]
            try await run(commands, file) { command, progress, onFailure in
                try await command.run(progress: progress, onFailure: onFailure)
            }
        case .stream:
            let commands = try compare.map { try long().compared($0) } ?? [long()]
            try await run(commands, file) { command, progress, onFailure in
                let (result, table) = try await command.run(progress: progress, onFailure: onFailure)
                try curves?.write(contentsOf: Data(table.utf8))
                return result
            }
        }
    }

    private typealias Evaluation<Command> = (
        Command, (EvaluationProgress) -> Void, @escaping (EvaluationFailure) throws -> Void
    ) async throws -> EvaluationResult

    /// One run, or two and what the second has more than the first.
    private func run<Command: EvaluationVariant>(_ commands: [Command], _ file: FailureFile?, evaluate: Evaluation<Command>) async throws {
        var results: [EvaluationResult] = []
        for command in commands {
            let line = ProgressLine(prefix: commands.count > 1 ? command.variant + ": " : "")
            results.append(
                try await evaluate(command, line.show) { failure in
                    var failure = failure
                    if commands.count > 1 { failure.run = command.variant }
                    try file?.write(failure)
                })
            line.clear()
        }
        if results.count == 2 {
            let comparison = EvaluationComparison(results[0], results[1])
            try print(json ? Self.object(comparison) : comparison.text)
        } else {
            try print(json ? Self.object(results[0]) : results[0].text)
        }
    }

    private func clips() throws -> EvaluateCommand {
        var command = EvaluateCommand(directory: model.directory, weights: model.weights ?? .q8, threads: model.threads, set: set)
        command.noise = noise
        command.measures = try measures.map(EvaluateCommand.measures)
        command.limit = limit
        command.isOutside = form == .outside
        command.isSparse = sparse
        command.sparseThreshold = sparseThreshold
        return command
    }

    private func long() throws -> StreamCommand {
        var command = StreamCommand(directory: model.directory, weights: model.weights ?? .q8, threads: model.threads, set: set)
        command.minutes = limitMinutes
        command.streams = streams.map { Set($0.split(separator: ",").map { $0.filter { $0 != " " } }) }
        command.rows = try rows.map(StreamCommand.rows)
        command.joins = concatenate
        command.daemon = live ? daemon ?? StreamCommand.installedDaemon : nil
        command.isSparse = sparse
        command.sparseThreshold = sparseThreshold
        return command
    }

    private static func object(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
