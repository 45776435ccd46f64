/// Why a configuration file was refused. Every sentence names the file, the line, the value and the remedy.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case syntax(file: String, line: Int, reason: String)
    case outsideSection(file: String, line: Int, key: String, sections: String)
    case unknownSection(file: String, line: Int, name: String, nearest: String)
    case unknownKey(file: String, line: Int, section: String, key: String, nearest: String)
    case wrongType(file: String, line: Int, section: String, key: String, expected: String)
    case outOfRange(file: String, line: Int, section: String, key: String, value: String, allowed: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .syntax(let file, let line, let reason):
            "\(file):\(line): not TOML: \(reason)"
        case .outsideSection(let file, let line, let key, let sections):
            "\(file):\(line): '\(key)' stands outside of a section; put it under one of \(sections)"
        case .unknownSection(let file, let line, let name, let nearest):
            "\(file):\(line): there is no section [\(name)]; the nearest is [\(nearest)]"
        case .unknownKey(let file, let line, let section, let key, let nearest):
            "\(file):\(line): [\(section)] has no key '\(key)'; the nearest is '\(nearest)'"
        case .wrongType(let file, let line, let section, let key, let expected):
            "\(file):\(line): [\(section)] \(key) must be \(expected)"
        case .outOfRange(let file, let line, let section, let key, let value, let allowed):
            "\(file):\(line): [\(section)] \(key) = \(value) is out of range; allowed: \(allowed)"
        }
    }
}
