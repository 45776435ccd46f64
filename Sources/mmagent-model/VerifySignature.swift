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

    // Here and not in running: so the usage that follows is this command's.
    func validate() throws {
        try requireDirectory(directory)
        guard ModelPublicKey(base64: publicKey) == nil else { return }
        let shown = publicKey.utf8.count <= 80 ? "\"\(publicKey)\"" : "a text of \(publicKey.utf8.count) bytes"
        throw ValidationError("--public-key must be 32 bytes in base64, as `mmagent-model sign` prints them, not \(shown)")
    }

    func run() throws {
        guard let key = ModelPublicKey(base64: publicKey) else { return }
        let count = try ModelSignature.verify(directory, by: key)
        print("\(directory): \(count) files are as the owner of \(key) signed them")
    }
}
