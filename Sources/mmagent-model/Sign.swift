import ArgumentParser
import ModelSignature

struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a model directory, so that mmagentd can refuse what is not as you left it.",
        discussion: """
            Writes mmagent.sha256, the SHA-256 of every file in DIR itself, and mmagent.sha256.sig, its Ed25519 signature, \
            beside the model, and prints the public key for [model] public_key in mmagentd.toml.

            EXAMPLES
              openssl genpkey -algorithm ed25519 -out signer.pem
              mmagent-model sign DIR --key signer.pem
              mmagent-model verify-signature DIR --public-key KEY
            """)

    @Argument(help: "The model directory.", completion: .directory)
    var directory: String

    @Option(help: "The signer's private key: Ed25519, PKCS #8 in PEM, without a passphrase.", completion: .file())
    var key: String

    func validate() throws { try requireDirectory(directory) }

    func run() throws {
        let key = try ModelPrivateKey(file: key)
        let count = try ModelSignature.sign(directory, with: key)
        print("\(directory): \(count) files signed\npublic_key = \"\(key.publicKey)\"")
    }
}
