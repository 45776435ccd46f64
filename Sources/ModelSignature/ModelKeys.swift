import Crypto
import Foundation

/// An Ed25519 public key: 32 bytes, written in base64 with 44 characters.
public struct ModelPublicKey: Sendable, Equatable, CustomStringConvertible {
    public let description: String
    private let bytes: Data

    /// nil: the text is not 32 bytes in base64.
    public init?(base64 text: String) {
        // Foundation decodes surplus "=", too: a text that is not written as ours is none.
        guard let bytes = Data(base64Encoded: text), bytes.count == 32, bytes.base64EncodedString() == text else { return nil }
        self.init(bytes)
    }

    init(_ bytes: Data) {
        self.bytes = bytes
        description = bytes.base64EncodedString()
    }

    func isValid(_ signature: Data, of message: Data) -> Bool {
        // Some 32 bytes are no point of the curve: then nothing can have been signed with their private half.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

/// An Ed25519 private key as `openssl genpkey -algorithm ed25519` writes it: PKCS #8 in PEM, without a passphrase.
public struct ModelPrivateKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    let path: String

    /// Such a file has 119 bytes, one of an RSA key some thousands.
    static let maximumFileBytes = 16_384

    /// - Throws: a file that cannot be read, or holds something else.
    public init(file path: String) throws(SignatureError) {
        let file: Data
        do throws(SignatureError) {
            guard let bytes = try FileBytes.read(path, atMost: Self.maximumFileBytes) else { throw .malformedPrivateKey(path: path) }
            file = bytes
        } catch .notAFile {
            throw .privateKeyIsNoFile(path: path)
        }
        let text = String(decoding: file, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        if lines.first == "-----BEGIN ENCRYPTED PRIVATE KEY-----" { throw .encryptedPrivateKey(path: path) }
        let frame = Self.frame
        guard lines.count == 3, lines[0] == "-----BEGIN PRIVATE KEY-----", lines[2] == "-----END PRIVATE KEY-----",
            let bytes = Data(base64Encoded: String(lines[1])), bytes.count == frame.count + 32, bytes.starts(with: frame),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst(frame.count))
        else { throw .malformedPrivateKey(path: path) }
        self.key = key
        self.path = path
    }

    /// PKCS #8's frame around the 32 bytes of an Ed25519 key is always the same (RFC 8410).
    private static let frame: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// Whether a file's bytes are a private key's, of whatever kind: in PEM, OpenSSH's and PGP's included, or as this key's bare bytes.
    static func isKept(in file: Data) -> Bool {
        file.starts(with: frame)
            || String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline).contains {
                $0.hasPrefix("-----BEGIN ") && $0.contains("PRIVATE KEY")
            }
    }

    public var publicKey: ModelPublicKey { ModelPublicKey(key.publicKey.rawRepresentation) }

    func signature(of message: Data) throws -> Data { try key.signature(for: message) }
}
