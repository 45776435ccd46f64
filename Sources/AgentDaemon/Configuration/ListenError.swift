/// Why the network's entrance cannot be opened as configured.
enum ListenError: Error, Equatable, CustomStringConvertible {
    case noKeys
    case unreadable(key: String, file: String, reason: String)
    case readableByOthers(key: String, file: String, mode: UInt32)
    case noHost(String)
    case noOrigin(String)
    case emptyKeys(file: String)
    case malformed(String)
    case halfPair(missing: String)
    case noPlace
    case pair(certificate: String, reason: String)

    var description: String {
        switch self {
        case .noKeys:
            """
            the network's entrance needs keys: name a file in [listen] keys, with a line KEY ROLE NAME for each client \
            (`openssl rand -base64 32` makes a key), or under systemd LoadCredential=keys:FILE
            """
        case .unreadable(let key, let file, let reason):
            "[listen] \(key) \(file) cannot be read: \(reason)"
        case .noHost(let text):
            "[listen] hosts: \"\(text)\" is no name of a machine: write it without a scheme, brackets and port, as robot.local"
        case .noOrigin(let text):
            "[listen] origins: \"\(text)\" is not how browsers name a page's origin: write scheme and host alone, as https://panel.example"
        case .readableByOthers(let key, let file, let mode):
            "[listen] \(key) \(file) has mode 0\(String(mode, radix: 8)), and others may not read or write it: chmod 600 \(file)"
        case .emptyKeys(let file):
            "[listen] keys \(file) has no key: add a line KEY ROLE NAME (`openssl rand -base64 32` makes a key)"
        case .malformed(let text):
            "[listen] keys \(text)"
        case .halfPair(let missing):
            "[listen] certificate and private_key come together, and \(missing) is missing: name both files, or none"
        case .noPlace:
            """
            there is no folder for a certificate of this machine's own: name one in [state] path, or a pair in [listen] certificate and \
            private_key
            """
        case .pair(let certificate, let reason):
            "[listen] certificate \(certificate): \(reason)"
        }
    }
}
