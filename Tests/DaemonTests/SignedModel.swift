import Foundation
import ModelSignature

/// A signed copy of the tiny model, and the key that it is signed with.
struct SignedModel {
    /// RFC 8032's first test vector.
    private static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """

    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signed-\(UUID().uuidString.prefix(8))")
    let publicKey: String
    /// How many were signed.
    let files: Int

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pem = folder.appendingPathComponent("signer.pem")
        try Data(Self.privateKey.utf8).write(to: pem)
        let model = folder.appendingPathComponent("model")
        try FileManager.default.copyItem(atPath: RunningDaemon.tinyModel, toPath: model.path)
        let key = try ModelPrivateKey(file: pem.path)
        publicKey = "\(key.publicKey)"
        files = try ModelSignature.sign(model.path, with: key)
    }

    var path: String { folder.appendingPathComponent("model").path }

    func add(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
