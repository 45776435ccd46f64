typealias TokenizerReader = DocumentReader<TokenizerError>

extension DocumentReader<TokenizerError> {
    init(_ bytes: [UInt8], path: String) {
        self.init(bytes, path: path) { .malformedJSON(path: path, $0) }
    }

    /// true or false; null counts as false.
    mutating func flag(_ key: String) throws(TokenizerError) -> Bool {
        switch try tree() {
        case .boolean(let value): return value
        case .null: return false
        case let other: throw wrongType(key, other, "true or false")
        }
    }

    func wrongType(_ key: String, _ found: JSONValue, _ wanted: String) -> TokenizerError {
        .wrongType(path: path, key: key, found: found.summary, wanted: wanted)
    }

    func unsupported(_ key: String, _ value: JSONValue, _ supported: String) -> TokenizerError {
        .unsupported(path: path, key: key, value: value.summary, supported: supported)
    }
}
