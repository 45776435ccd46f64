import AgentProtocol
import Crypto

/// The keys that open the network's entrance, with what their holders may do and how the log names them.
///
/// A text with a key a line, `KEY ROLE NAME`; empty lines and lines that begin with `#` are passed over.
public struct KeyRing: Sendable {
    private struct Holder {
        let digest: SHA256Digest
        let role: Role
        let name: String
    }

    /// A key with fewer bytes could be guessed: 22 characters of base64 are 128 bits.
    public static let minimumKeyBytes = 16
    public static let maximumKeyBytes = 512
    public static let maximumKeys = 256

    private var holders: [Holder] = []

    public var isEmpty: Bool { holders.isEmpty }
    public var names: [String] { holders.map(\.name) }

    public init() {}

    /// - Parameter file: the text's, for errors; no key is ever repeated in one.
    public init(_ text: String, file: String) throws(KeyRingError) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let key = words.first, !key.hasPrefix("#") else { continue }
            guard words.count == 3 else { throw .malformed(file: file, line: index + 1, words: words.count) }
            let (role, name) = (String(words[1]), String(words[2]))
            guard let known = Role(rawValue: role) else { throw .unknownRole(file: file, line: index + 1, role: String(role.prefix(40))) }
            guard (Self.minimumKeyBytes...Self.maximumKeyBytes).contains(key.utf8.count) else {
                throw .keyLength(file: file, line: index + 1, bytes: key.utf8.count)
            }
            guard name.utf8.count <= 64 else { throw .longName(file: file, line: index + 1, bytes: name.utf8.count) }
            let digest = SHA256.hash(data: Array(key.utf8))
            guard !holders.contains(where: { $0.name == name || $0.digest == digest }) else {
                throw .repeated(file: file, line: index + 1, name: name)
            }
            guard holders.count < Self.maximumKeys else { throw .tooMany(file: file, limit: Self.maximumKeys) }
            holders.append(Holder(digest: digest, role: known, name: name))
        }
    }

    /// Every key is compared, each in constant time and by its digest: how long it takes says nothing of any key.
    package func holder(of key: String) -> Caller? {
        let digest = SHA256.hash(data: Array(key.utf8))
        var found: Caller?
        for holder in holders where holder.digest == digest { found = Caller(principal: .key(holder.name), role: holder.role) }
        return found
    }
}

/// Why a text is no ring of keys.
public enum KeyRingError: Error, Equatable, CustomStringConvertible {
    case malformed(file: String, line: Int, words: Int)
    case unknownRole(file: String, line: Int, role: String)
    case keyLength(file: String, line: Int, bytes: Int)
    case longName(file: String, line: Int, bytes: Int)
    case repeated(file: String, line: Int, name: String)
    case tooMany(file: String, limit: Int)

    public var description: String {
        switch self {
        case .malformed(let file, let line, let words):
            "\(file):\(line) has \(words) words: write a key a line, as KEY ROLE NAME"
        case .unknownRole(let file, let line, let role):
            "\(file):\(line): \"\(role)\" is no role: write observer, participant or owner"
        case .keyLength(let file, let line, let bytes):
            """
            \(file):\(line): the key has \(bytes) bytes, allowed are \(KeyRing.minimumKeyBytes) to \(KeyRing.maximumKeyBytes): \
            make one with `openssl rand -base64 32`
            """
        case .longName(let file, let line, let bytes):
            "\(file):\(line): the name has \(bytes) bytes, at most 64 are allowed: choose a shorter one"
        case .repeated(let file, let line, let name):
            "\(file):\(line): the key or the name \"\(name)\" stands there twice: give each holder one of its own"
        case .tooMany(let file, let limit):
            "\(file) has more than \(limit) keys: remove those that nobody uses"
        }
    }
}
