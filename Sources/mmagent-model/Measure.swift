import ArgumentParser
import Foundation
import ModelTools
import Tensors

struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure each stage on this machine.",
        discussion: "Best of a few rounds on synthetic input. Compare figures only within one machine and one state of load.")

    @OptionGroup var model: ModelArguments
    @Option(
        help: "The kernels' instruction set: \(Kernels.Path.allCases.map(\.rawValue).joined(separator: ", ")). Default: the best there is.")
    var kernels: Kernels.Path?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        guard let kernels, !Kernels.available.contains(kernels) else { return }
        let available = Kernels.available.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("this processor has no \(kernels.rawValue) kernels; it has \(available)")
    }

    func run() throws {
        if let kernels { Kernels.select(kernels) }
        let result = try Bench.run(directory: model.directory, weights: model.weights ?? .q8, threads: ThreadPool.count(model.threads)) {
            stage in
            FileHandle.standardError.write(Data("bench: \(stage)…\n".utf8))
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            print(result.text)
        }
    }
}
