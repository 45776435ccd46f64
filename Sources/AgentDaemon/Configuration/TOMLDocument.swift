import CTOML

/// A TOML text, read two levels deep: sections and their values.
struct TOMLDocument {
    enum Value: Equatable {
        case text(String)
        case integer(Int)
        case number(Double)
        case flag(Bool)
        /// A table, an array or a date: nothing that a key of ours takes.
        case other
    }

    struct Entry {
        /// 1-based.
        let line: Int
        let value: Value
    }

    struct Section {
        var line = 1
        var entries: [String: Entry] = [:]
    }

    /// Why a text is no TOML.
    struct Malformed: Error {
        let line: Int
        let reason: String
    }

    private(set) var sections: [String: Section] = [:]
    /// What stands on the first level and is no table, with its line.
    private(set) var outside: [String: Int] = [:]

    /// Whatever the text, this returns or throws.
    init(_ text: String) throws(Malformed) {
        var text = text
        var failure = toml_failure()
        var document = TOMLDocument()
        let isRead = text.withUTF8 { bytes in
            withUnsafeMutablePointer(to: &document) { document in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // An empty string may have no address.
                    let whole = characters.baseAddress.map { toml_text(bytes: $0, length: characters.count) }
                    guard let whole else { return true }
                    return toml_visit(
                        whole, { $0!.assumingMemoryBound(to: TOMLDocument.self).pointee.add($1.pointee) }, document, &failure)
                }
            }
        }
        guard isRead else {
            let reason = withUnsafeBytes(of: failure.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw Malformed(line: failure.line, reason: reason)
        }
        self = document
    }

    private init() {}

    private mutating func add(_ entry: toml_entry) {
        let key = String(entry.key)
        let section = String(entry.section)
        if !section.isEmpty {
            sections[section, default: Section()].entries[key] = Entry(line: entry.line, value: Value(entry))
        } else if entry.kind == toml_kind_table {
            sections[key, default: Section()].line = entry.line
        } else {
            outside[key] = entry.line
        }
    }
}

extension TOMLDocument.Value {
    fileprivate init(_ entry: toml_entry) {
        self =
            switch entry.kind {
            case toml_kind_text: .text(String(entry.text))
            case toml_kind_integer: .integer(Int(entry.integer))
            case toml_kind_number: .number(entry.number)
            case toml_kind_flag: .flag(entry.flag)
            default: .other
            }
    }
}

extension String {
    fileprivate init(_ text: toml_text) {
        self.init(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.length), as: UTF8.self)
    }
}
