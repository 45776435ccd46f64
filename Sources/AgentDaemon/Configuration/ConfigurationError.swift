/// Why a configuration file was refused. Every sentence names the file, the line, the value and the remedy.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    /// It can be read, and what it names cannot be used.
    case unusable(file: String, reason: String)
    case syntax(file: String, line: Int, reason: String)
    case outsideSection(file: String, line: Int, key: String, sections: String)
    case unknownSection(file: String, line: Int, name: String, nearest: String)
    case unknownKey(file: String, line: Int, section: String, key: String, nearest: String)
    case wrongType(file: String, line: Int, section: String, key: String, expected: String)
    case outOfRange(file: String, line: Int, section: String, key: String, value: String, allowed: String)
    /// More than one of the others.
    case several([ConfigurationError])

    /// - Parameter faults: in any order; nil: there are none.
    init?(_ faults: [ConfigurationError]) {
        guard let first = faults.first else { return nil }
        self = faults.count == 1 ? first : .several(faults.sorted { $0.line < $1.line })
    }

    /// One by one, by their lines.
    public var faults: [ConfigurationError] {
        if case .several(let faults) = self { faults } else { [self] }
    }

    /// Where it is; 0: nowhere in particular.
    public var line: Int {
        switch self {
        case .unreadable, .unusable: 0
        case .syntax(_, let line, _), .outsideSection(_, let line, _, _), .unknownSection(_, let line, _, _),
            .unknownKey(_, let line, _, _, _), .wrongType(_, let line, _, _, _), .outOfRange(_, let line, _, _, _, _):
            line
        case .several(let faults): faults.first?.line ?? 0
        }
    }

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .unusable(let file, let reason):
            "\(file): \(reason)"
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
        case .several(let faults):
            faults.map(\.description).joined(separator: "; ")
        }
    }
}
