import Foundation

/// Signed model directories: `mmagent.sha256` names every file with its SHA-256, `mmagent.sha256.sig` holds the Ed25519
/// signature of exactly these bytes, in base64. `openssl pkeyutl -verify -rawin` and `sha256sum --check` read the same files.
public enum ModelSignature {
    public static let fileName = "mmagent.sha256.sig"

    /// Writes manifest and signature into the directory, in place of those that are there.
    /// - Returns: how many files were signed.
    /// - Throws: a directory or key that cannot be used, files that cannot be written, or what stands in their place and is no file.
    public static func sign(_ directory: String, with key: ModelPrivateKey) throws -> Int {
        let manifest = try ModelManifest(of: directory)
        guard !manifest.digests.isEmpty else { throw SignatureError.nothingToSign(directory: directory) }
        let bytes = Data(manifest.text.utf8)
        guard bytes.count <= ModelManifest.maximumBytes else { throw SignatureError.tooManyFiles(directory: directory) }
        let signature = Data((try key.signature(of: bytes).base64EncodedString() + "\n").utf8)
        let (manifestPath, signaturePath) = (directory + "/" + ModelManifest.fileName, directory + "/" + fileName)
        for path in [manifestPath, signaturePath] { try FileBytes.requireReplaceable(path) }
        // Between the two the model does not verify; never is a wrong one taken.
        try bytes.write(to: URL(fileURLWithPath: manifestPath), options: .atomic)
        try signature.write(to: URL(fileURLWithPath: signaturePath), options: .atomic)
        return manifest.digests.count
    }

    /// Checks the signature, then that the directory holds the signed files, all of them, and no others. Reads every byte.
    /// - Returns: how many files were compared.
    /// - Throws: the first thing that is not as it was signed.
    @discardableResult
    public static func verify(_ directory: String, by key: ModelPublicKey) throws(SignatureError) -> Int {
        let manifestPath = directory + "/" + ModelManifest.fileName
        let signaturePath = directory + "/" + fileName
        for path in [manifestPath, signaturePath] where !FileManager.default.fileExists(atPath: path) { throw .notSigned(path: path) }
        guard let bytes = try FileBytes.read(manifestPath, atMost: ModelManifest.maximumBytes) else {
            throw .longManifest(path: manifestPath)
        }
        let text = try FileBytes.read(signaturePath, atMost: 256).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let signature = Data(base64Encoded: text.trimmingCharacters(in: .newlines)), signature.count == 64 else {
            throw .malformedSignature(path: signaturePath)
        }
        guard key.isValid(signature, of: bytes) else { throw .wrongSignature(path: manifestPath, publicKey: "\(key)") }
        // What is read from here on is what the signer wrote.
        let manifest = try ModelManifest(bytes, path: manifestPath)
        try manifest.requireSame(in: directory)
        return manifest.digests.count
    }
}
