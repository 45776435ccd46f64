import Crypto
import Foundation
import Glibc
import ModelSignature
import Testing

/// A model directory of two files; the key and its public half are RFC 8032's first test vector.
@Suite struct ModelSignatureTests {
    private static let pem = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----

        """
    private static let publicKey = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    /// What `sha256sum config.json model.safetensors` prints for `files`, and what `openssl pkeyutl -sign -rawin` makes of it.
    private static let manifest = """
        44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  config.json
        9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c  model.safetensors

        """
    private static let signature = "tz+bKeCxaBeL6DbWxewhSetFO1tkyIVCUne4YmBFW+j1zvFImGQGrRDBvPGXc+59YzUKnGa9etrjVsEgWN7dDg==\n"

    /// Runs `body` with a model directory, signed unless said otherwise.
    private func model(signed: Bool = true, _ body: (Folder) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.write("m/config.json", "{}")
        try folder.write("m/model.safetensors", "weights")
        try folder.write("signer.pem", Self.pem)
        if signed { #expect(try ModelSignature.sign(folder.path("m"), with: key(folder)) == 2) }
        try body(folder)
    }

    private func key(_ folder: Folder) throws -> ModelPrivateKey { try ModelPrivateKey(file: folder.path("signer.pem")) }

    private func refusal(_ folder: Folder, by key: String = Self.publicKey) throws -> SignatureError? {
        let key = try #require(ModelPublicKey(base64: key))
        return #expect(throws: SignatureError.self) { try ModelSignature.verify(folder.path("m"), by: key) }
    }

    @Test func signsAsOpensslAndSha256sumDo() throws {
        try model { (folder) throws in
            #expect(try "\(key(folder).publicKey)" == Self.publicKey)
            #expect(try folder.read("m/mmagent.sha256") == Self.manifest)
            #expect(try folder.read("m/mmagent.sha256.sig") == Self.signature)
            // Whoever may read the model may read these.
            let modes = try ["config.json", "mmagent.sha256", "mmagent.sha256.sig"].map {
                try FileManager.default.attributesOfItem(atPath: folder.path("m/" + $0))[.posixPermissions] as? Int
            }
            #expect(Set(modes).count == 1, "\(modes)")
        }
    }

    @Test func whatWasSignedVerifiesAndSigningAgainIsTheSame() throws {
        try model { (folder) throws in
            let key = try #require(ModelPublicKey(base64: Self.publicKey))
            #expect(try ModelSignature.verify(folder.path("m"), by: key) == 2)
            #expect(try ModelSignature.sign(folder.path("m"), with: self.key(folder)) == 2)
            // Folders below hold nothing that runs: evaluation sets, a download's cache.
            try folder.write("m/evaluation/questions.json", "[]")
            #expect(try ModelSignature.verify(folder.path("m"), by: key) == 2)
        }
    }

    @Test func everyFlippedBitIsFound() throws {
        for file in ["config.json", "model.safetensors", "mmagent.sha256", "mmagent.sha256.sig"] {
            try model { (folder) throws in
                let original = Array(try folder.read("m/" + file).utf8)
                for index in original.indices where original[index] != 0x0A {
                    var bytes = original
                    bytes[index] ^= 1
                    try folder.write("m/" + file, String(decoding: bytes, as: UTF8.self))
                    #expect(try refusal(folder) != nil, "\(file), byte \(index)")
                }
            }
        }
    }

    @Test func whatIsChangedMissingOrAddedIsNamed() throws {
        try model { (folder) throws in
            try folder.write("m/model.safetensors", "weighty")
            #expect(try refusal(folder) == .changed(path: folder.path("m/model.safetensors")))
            try FileManager.default.removeItem(atPath: folder.path("m/model.safetensors"))
            #expect(try refusal(folder) == .missing(path: folder.path("m/model.safetensors")))
            // mmagent.json holds templates: an added file changes what a model says.
            try folder.write("m/mmagent.json", "{}")
            #expect(try refusal(folder) == .unsigned(path: folder.path("m/mmagent.json")))
        }
    }

    @Test func aRenamedFileIsNamedByItsNewName() throws {
        try model { (folder) throws in
            try FileManager.default.moveItem(atPath: folder.path("m/config.json"), toPath: folder.path("m/generation_config.json"))
            #expect(try refusal(folder) == .unsigned(path: folder.path("m/generation_config.json")))
        }
    }

    /// Downloads often consist of links into a cache: what counts is what is read through them.
    @Test func aLinkIsWhatItLeadsTo() throws {
        try model { (folder) throws in
            let files = FileManager.default
            let path = folder.path("m/model.safetensors")
            try files.moveItem(atPath: path, toPath: folder.path("blob"))
            try files.createSymbolicLink(atPath: path, withDestinationPath: "../blob")
            let key = try #require(ModelPublicKey(base64: Self.publicKey))
            #expect(try ModelSignature.verify(folder.path("m"), by: key) == 2)
            try folder.write("blob", "weighty")
            #expect(try refusal(folder) == .changed(path: path))
            try files.removeItem(atPath: folder.path("blob"))
            #expect(try refusal(folder) == .unreadable(path: path, reason: "No such file or directory"))
            try files.createSymbolicLink(atPath: folder.path("blob"), withDestinationPath: "/dev/zero")
            #expect(try refusal(folder) == .notAFile(path: path))
        }
    }

    @Test func aHugeManifestOrSignatureIsRefusedUnread() throws {
        try model { (folder) throws in
            let huge = String(repeating: "x", count: 5 << 20)
            try folder.write("m/mmagent.sha256", huge)
            #expect(try refusal(folder) == .longManifest(path: folder.path("m/mmagent.sha256")))
            try folder.write("m/mmagent.sha256", Self.manifest)
            try folder.write("m/mmagent.sha256.sig", huge)
            #expect(try refusal(folder) == .malformedSignature(path: folder.path("m/mmagent.sha256.sig")))
        }
    }

    @Test func moreNamesThanAManifestTakesAreNotSigned() throws {
        try model(signed: false) { (folder) throws in
            for index in 0..<3_600 { try folder.write("m/\(index)" + String(repeating: "x", count: 230), "") }
            #expect(throws: SignatureError.tooManyFiles(directory: folder.path("m"))) {
                try ModelSignature.sign(folder.path("m"), with: key(folder))
            }
        }
    }

    /// What only the signer can have written is read with care, too.
    @Test(arguments: [
        "", "no line break at the end", "00  config.json\n", ModelSignatureTests.manifest + ModelSignatureTests.manifest,
        ModelSignatureTests.manifest.replacingOccurrences(of: "  config.json", with: " *config.json"),
        ModelSignatureTests.manifest.replacingOccurrences(of: "config.json", with: "../config.json"),
        ModelSignatureTests.manifest.replacingOccurrences(of: "config.json", with: ""),
    ])
    func aSignedManifestThatIsNoneIsNamed(text: String) throws {
        try model { (folder) throws in
            try folder.write("m/mmagent.sha256", text)
            let pem = try folder.read("signer.pem").split(separator: "\n")[1]
            let seed = try #require(Data(base64Encoded: String(pem))).suffix(32)
            let signature = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: Data(text.utf8))
            try folder.write("m/mmagent.sha256.sig", signature.base64EncodedString() + "\n")
            guard case .malformedManifest = try refusal(folder) else {
                Issue.record("taken: \(text)")
                return
            }
        }
    }

    @Test func anotherKeyIsNamed() throws {
        try model { (folder) throws in
            let other = Data(repeating: 7, count: 32).base64EncodedString()
            let refused = try refusal(folder, by: other)
            #expect(refused == .wrongSignature(path: folder.path("m/mmagent.sha256"), publicKey: other))
            #expect(refused?.description.contains(other) == true)
        }
    }

    @Test func anUnsignedModelSaysHowToSign() throws {
        try model(signed: false) { (folder) throws in
            #expect(try refusal(folder) == .notSigned(path: folder.path("m/mmagent.sha256")))
            #expect(try refusal(folder)?.description.contains("mmagent-model sign") == true)
        }
    }

    @Test(arguments: ["", "AAAA", "not base64", ModelSignatureTests.publicKey + "=", String(ModelSignatureTests.publicKey.dropLast())])
    func aPublicKeyIs32Bytes(text: String) { #expect(ModelPublicKey(base64: text) == nil) }

    @Test(arguments: [
        "", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ModelSignatureTests.pem.replacingOccurrences(of: "PRIVATE", with: "PUBLIC"),
        // X25519, made for exchanging keys: one byte of the frame differs.
        ModelSignatureTests.pem.replacingOccurrences(of: "K2Vw", with: "K2Vu"), String(repeating: "x", count: 5000),
    ])
    func whatIsNoPrivateKeyIsRefused(text: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.write("signer.pem", text)
        #expect(throws: SignatureError.self) { try key(folder) }
    }

    @Test func aPipeAmongTheFilesIsRefusedAndNotWaitedFor() throws {
        try model(signed: false) { (folder) throws in
            #expect(mkfifo(folder.path("m/pipe"), 0o600) == 0)
            #expect(throws: SignatureError.notAFile(path: folder.path("m/pipe"))) {
                try ModelSignature.sign(folder.path("m"), with: key(folder))
            }
        }
    }

    /// Neither is the one written when the other cannot be.
    @Test(arguments: ["mmagent.sha256", "mmagent.sha256.sig"]) func aPipeInTheSignaturesPlaceIsLeftAlone(name: String) throws {
        try model(signed: false) { (folder) throws in
            #expect(mkfifo(folder.path("m/" + name), 0o600) == 0)
            #expect(throws: SignatureError.notAFile(path: folder.path("m/" + name))) {
                try ModelSignature.sign(folder.path("m"), with: key(folder))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("m"))
            #expect(Set(names) == ["config.json", "model.safetensors", name])
            var status = stat()
            #expect(lstat(folder.path("m/" + name), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        }
    }

    @Test func aFolderThatIsNoModelIsRefusedAndLeftAlone() throws {
        try model(signed: false) { (folder) throws in
            try folder.write("letters/config.json", "{}")
            let weights = SignatureError.noModel(
                directory: folder.path("letters"), missing: "model.safetensors or model.safetensors.index.json")
            #expect(throws: weights) { try ModelSignature.sign(folder.path("letters"), with: key(folder)) }
            try folder.write("photos/model.safetensors", "weights")
            #expect(throws: SignatureError.noModel(directory: folder.path("photos"), missing: "config.json")) {
                try ModelSignature.sign(folder.path("photos"), with: key(folder))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("letters")) == ["config.json"])
            // Shards have an index.
            try folder.write("letters/model.safetensors.index.json", "{}")
            #expect(try ModelSignature.sign(folder.path("letters"), with: key(folder)) == 2)
        }
    }

    /// Signed with the model it would be published with it.
    @Test(arguments: [
        ModelSignatureTests.pem, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        "Proc-Type: 4\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\n",
    ])
    func aPrivateKeyInTheFolderIsNamed(text: String) throws {
        try model(signed: false) { (folder) throws in
            try folder.write("m/notes.txt", text)
            #expect(throws: SignatureError.privateKeyInside(path: folder.path("m/notes.txt"))) {
                try ModelSignature.sign(folder.path("m"), with: key(folder))
            }
            #expect(
                Set(try FileManager.default.contentsOfDirectory(atPath: folder.path("m"))) == [
                    "config.json", "model.safetensors", "notes.txt",
                ])
        }
    }

    @Test func theSignersKeyMayNotLieBelowTheFolder() throws {
        try model(signed: false) { (folder) throws in
            try folder.write("m/keys/signer.pem", Self.pem)
            try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: folder.path("m"))
            for path in ["m/keys/signer.pem", "link/keys/signer.pem"] {
                let key = try ModelPrivateKey(file: folder.path(path))
                #expect(throws: SignatureError.privateKeyInside(path: folder.path(path))) {
                    try ModelSignature.sign(folder.path("m"), with: key)
                }
            }
            #expect(try ModelSignature.sign(folder.path("m"), with: key(folder)) == 2)
        }
    }

    @Test func whatIsNoKeyFileIsNamedAndNotRead() throws {
        #expect(throws: SignatureError.privateKeyIsNoFile(path: "/dev/zero")) { try ModelPrivateKey(file: "/dev/zero") }
        #expect(!SignatureError.privateKeyIsNoFile(path: "/dev/zero").description.contains("folder"))
        let folder = try Folder()
        defer { folder.remove() }
        try folder.write("signer.pem", Self.pem.replacingOccurrences(of: "PRIVATE", with: "ENCRYPTED PRIVATE"))
        #expect(throws: SignatureError.encryptedPrivateKey(path: folder.path("signer.pem"))) { try key(folder) }
        // The remedy does not make a key in the place of the file that was given.
        let remedy = SignatureError.malformedPrivateKey(path: "signer.pem").description
        #expect(remedy.contains("openssl genpkey") && !remedy.contains("-out signer.pem"))
    }

    @Test func anEmptyOrMissingFolderIsRefused() throws {
        try model(signed: false) { (folder) throws in
            try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: false)
            #expect(throws: SignatureError.nothingToSign(directory: folder.path("empty"))) {
                try ModelSignature.sign(folder.path("empty"), with: key(folder))
            }
            #expect(throws: SignatureError.self) { try ModelSignature.sign(folder.path("nowhere"), with: key(folder)) }
        }
    }
}

/// A temporary folder.
private struct Folder {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-signature-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ name: String, _ text: String) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func remove() { try? FileManager.default.removeItem(atPath: root) }
}
