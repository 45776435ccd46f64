import AgentProtocol
public import ArgumentParser
import CProduct
import Foundation
public import Tensors

/// The tool for model directories: what is in one, is it right, how fast is it, what does it say.
@main
struct MMAgentModel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mmagent-model",
        abstract: "Inspect, verify, measure and try the models that mmagentd runs.",
        discussion: """
            DIR is a model directory in Hugging Face layout: config.json, model.safetensors (or shards with an index), \
            tokenizer.json and the processor's configuration. The shipped one is models/nano.

            EXAMPLES
              mmagent-model inspect models/nano
              mmagent-model tokenize models/nano "a red mug"
              mmagent-model verify Tests/Fixtures/golden/e2b
              mmagent-model bench models/nano --weights q8
              mmagent-model run models/nano --video recordings/desk/frames --ask "what is on the desk?"
            """,
        version: Product.title("mmagent-model", commit: String(cString: product_commit())),
        subcommands: [
            Inspect.self, Tokenize.self, Verify.self, Measure.self, Run.self, Evaluate.self, Match.self, Sign.self, VerifySignature.self,
        ])

    static func main() async {
        Allocation.keepBlocks()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // 1: it did not work; 2: wrong usage, which ArgumentParser would answer with 64.
            let code = exitCode(for: error)
            if code == .validationFailure {
                FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
                Foundation.exit(2)
            }
            exit(withError: error)
        }
    }
}

/// Options that every subcommand takes.
struct ModelArguments: ParsableArguments {
    @Argument(help: "The model directory.", completion: .directory)
    var directory: String

    @Option(help: "How weights are held and computed with: f32, bf16 or q8.")
    var weights: WeightFormat?

    @Option(parsing: .unconditional, help: "Compute threads; 0: one for each core.")
    var threads = 0

    func validate() throws {
        try requireDirectory(directory)
        guard (0...256).contains(threads) else { throw ValidationError("--threads must be 0 to 256, not \(threads)") }
    }
}

/// An empty name, as an unset variable of a script leaves it, is no directory.
func requireDirectory(_ name: String) throws {
    if name.isEmpty { throw ValidationError("the model directory's name is empty: name one, as models/nano") }
}

extension WeightFormat: ExpressibleByArgument {}
extension Kernels.Path: ExpressibleByArgument {}
