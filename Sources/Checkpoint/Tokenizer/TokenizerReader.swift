/// A JSON reader whose errors name the tokenizer file they are in.
struct TokenizerReader {
    let path: String
    private var json: JSONReader

    init(_ bytes: [UInt8], path: String) {
        self.path = path
        json = JSONReader(bytes)
    }

    mutating func peek() throws(TokenizerError) -> JSONReader.Kind { try run { reader throws(JSONError) in try reader.peek() } }
    mutating func beginObject() throws(TokenizerError) { try run { reader throws(JSONError) in try reader.beginObject() } }
    mutating func beginArray() throws(TokenizerError) { try run { reader throws(JSONError) in try reader.beginArray() } }
    mutating func stringBytes() throws(TokenizerError) -> [UInt8] { try run { reader throws(JSONError) in try reader.stringBytes() } }
    mutating func number() throws(TokenizerError) -> JSONNumber { try run { reader throws(JSONError) in try reader.number() } }
    mutating func tree() throws(TokenizerError) -> JSONValue { try run { reader throws(JSONError) in try JSONValue.read(&reader) } }
    mutating func end() throws(TokenizerError) { try run { reader throws(JSONError) in try reader.end() } }

    mutating func nextKey(first: inout Bool) throws(TokenizerError) -> [UInt8]? {
        do { return try json.nextKey(first: &first) } catch { throw .malformedJSON(path: path, error) }
    }

    mutating func nextElement(first: inout Bool) throws(TokenizerError) -> Bool {
        do { return try json.nextElement(first: &first) } catch { throw .malformedJSON(path: path, error) }
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

    private mutating func run<T>(_ body: (inout JSONReader) throws(JSONError) -> T) throws(TokenizerError) -> T {
        do { return try body(&json) } catch { throw .malformedJSON(path: path, error) }
    }
}
