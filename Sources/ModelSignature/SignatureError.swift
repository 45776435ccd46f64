/// Why a model directory cannot be signed, or is not what its signer signed. Every description names what, and the remedy.
public enum SignatureError: Error, Equatable, Sendable {
    /// The operating system refused; `reason` is its own text.
    case unreadable(path: String, reason: String)
    /// Neither a file nor a folder: a pipe or a device among the model's files.
    case notAFile(path: String)
    /// A file name that a line of the manifest cannot hold.
    case unsuitableName(directory: String, name: String)
    case nothingToSign(directory: String)
    /// A folder that lacks what every model has.
    case noModel(directory: String, missing: String)
    case privateKeyInside(path: String)
    /// Their manifest would be longer than `ModelManifest.maximumBytes`.
    case tooManyFiles(directory: String)
    case notSigned(path: String)
    case malformedPrivateKey(path: String)
    case privateKeyIsNoFile(path: String)
    case encryptedPrivateKey(path: String)
    case malformedPublicKey(text: String)
    case malformedSignature(path: String)
    case longManifest(path: String)
    case malformedManifest(path: String, line: Int)
    case wrongSignature(path: String, publicKey: String)
    case missing(path: String)
    case changed(path: String)
    case unsigned(path: String)
}

extension SignatureError: CustomStringConvertible {
    public var description: String {
        let remedy = "; fetch the model again from whom you trust"
        return switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason)"
        case .notAFile(let path):
            "\(path) is no regular file: remove it from the model's folder"
        case .unsuitableName(let directory, let name):
            "the name \"\(name)\" in \(directory) is not UTF-8 or has a line break or backslash in it: rename the file"
        case .nothingToSign(let directory):
            "\(directory) holds no file: give the folder that holds config.json and model.safetensors"
        case .noModel(let directory, let missing):
            "\(directory) has no \(missing), so it is no model and nothing in it was signed: give the folder that holds config.json and "
                + "model.safetensors"
        case .privateKeyInside(let path):
            "\(path) is a private key inside of the model's folder, which others get: move it to a place that is yours alone, then sign"
        case .tooManyFiles(let directory):
            "the names of the files in \(directory) take more than \(ModelManifest.maximumBytes) bytes: move what is no part of the model away"
        case .notSigned(let path):
            "\(path) is missing: the model is not signed; sign it with `mmagent-model sign`, or leave [model] public_key empty"
        case .malformedPrivateKey(let path):
            // Never with this path in it: openssl would write over what is there.
            "\(path) is not an Ed25519 private key in PEM: name another file, or make a key in a new one with "
                + "`openssl genpkey -algorithm ed25519 -out NEW.pem`"
        case .privateKeyIsNoFile(let path):
            "\(path) is no regular file, and a private key is read from one: name the signer's PEM file"
        case .encryptedPrivateKey(let path):
            "\(path) is protected by a passphrase, which is not asked for: write the key without one into a file that only you can read, "
                + "`openssl pkey -in \(path) -out NEW.pem`"
        case .malformedPublicKey(let text):
            "the public key \"\(text)\" is not 32 bytes in base64, as `mmagent-model sign` prints them"
        case .malformedSignature(let path):
            "\(path) is not a signature of 64 bytes in base64" + remedy
        case .longManifest(let path):
            "\(path) is longer than \(ModelManifest.maximumBytes) bytes, which `mmagent-model sign` does not write" + remedy
        case .malformedManifest(let path, let line):
            "\(path):\(line) is not a SHA-256 in hexadecimal, two spaces and a file name, each once" + remedy
        case .wrongSignature(let path, let publicKey):
            "\(path) was not signed with the key of \(publicKey): it is another's model, or it was changed" + remedy
        case .missing(let path):
            "\(path) is missing, the manifest names it" + remedy
        case .changed(let path):
            "\(path) is not what was signed, its SHA-256 is another" + remedy
        case .unsigned(let path):
            "\(path) is not in the manifest: remove it, or sign the model anew"
        }
    }
}
