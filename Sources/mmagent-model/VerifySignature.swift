import ArgumentParser
import ModelSignature

struct VerifySignature: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-signature",
        abstract: "Say whether a model directory is what its signer signed.",
        discussion: """
            Reads every file: what is changed, missing or added is named, and the exit code is 1. mmagentd does the same at \
            its start if [model] public_key is set.
            """)

    @Argument(help: "The model directory.", completion: .directory)
    var directory: String

    @Option(help: "The signer's public key, as `mmagent-model sign` printed it.")
    var publicKey: String

    func validate() throws { try requireDirectory(directory) }

    func run() throws {
        guard let key = ModelPublicKey(base64: publicKey) else {
            throw ValidationError("--public-key must be 32 bytes in base64, as `mmagent-model sign` prints them, not \"\(publicKey)\"")
        }
        print("\(directory): \(try ModelSignature.verify(directory, by: key)) files are as they were signed")
    }
}
