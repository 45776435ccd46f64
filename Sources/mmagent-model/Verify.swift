import ArgumentParser
import ModelTools
import Tensors

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare every stage with golden data of the reference implementation.",
        discussion: """
            DIR holds golden.safetensors and golden.json beside the checkpoint. One line a tensor: its name, the largest \
            difference, the tolerance, ok or FAIL. In f32 (the default) the tolerances are 1e-5 for the log-mel, 1e-4 for \
            the towers, 3e-4 for the decoder, and the greedy ids must be equal; bf16 and q8 are compared by relative RMS \
            (0.06 and 0.12). The exit code is 1 if any line says FAIL.
            """)

    @OptionGroup var model: ModelArguments

    func run() throws {
        let pool = ThreadPool(threads: ThreadPool.count(model.threads))
        let report = try Verifier.run(directory: model.directory, weights: model.weights ?? .f32, pool: pool) { print($0.text) }
        print("\(report.lines.count) compared, \(report.failures) failed")
        if !report.passed { throw ExitCode(1) }
    }
}
