import Foundation

/// Signed model directories: `mmagent.sha256` names every file with its SHA-256, `mmagent.sha256.sig` holds the Ed25519
/// signature of exactly these bytes, in base64. `openssl pkeyutl -verify -rawin` and `sha256sum --check` read the same files.
public enum ModelSignature {
    public static let fileName = "mmagent.sha256.sig"

    /// Writes manifest and signature into the directory, in place of those that are there.
    /// - Returns: how many files were signed.
    /// - Throws: a directory that is no model's or has a private key in it, files that cannot be written, or what stands in their place
    ///   and is no file.
    public static func sign(_ directory: String, with key: ModelPrivateKey) throws -> Int {
        // Before gigabytes are read.
        try requireModel(directory)
        try requireNoKey(in: directory, key)
        let manifest = try ModelManifest(of: directory)
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

    /// What every model directory holds; what is in these files is for `mmagent-model inspect` to say.
    private static func requireModel(_ directory: String) throws(SignatureError) {
        let names = try ModelManifest.files(in: directory)
        if names.isEmpty { throw .nothingToSign(directory: directory) }
        guard names.contains("config.json") else { throw .noModel(directory: directory, missing: "config.json") }
        guard names.contains("model.safetensors") || names.contains("model.safetensors.index.json") else {
            throw .noModel(directory: directory, missing: "model.safetensors or model.safetensors.index.json")
        }
    }

    /// A model's folder is copied and published: with a private key in it everybody could sign.
    private static func requireNoKey(in directory: String, _ key: ModelPrivateKey) throws(SignatureError) {
        for name in try ModelManifest.files(in: directory) {
            let path = directory + "/" + name
            guard let bytes = try FileBytes.read(path, atMost: ModelPrivateKey.maximumFileBytes), ModelPrivateKey.isKept(in: bytes) else {
                continue
            }
            throw .privateKeyInside(path: path)
        }
        // Folders below are not signed, and travel with it all the same.
        let (folder, file) = (resolved(directory), resolved(key.path))
        if file.hasPrefix(folder + "/") { throw .privateKeyInside(path: key.path) }
    }

    private static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

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
