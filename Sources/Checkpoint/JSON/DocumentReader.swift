/// A JSON reader whose errors are those of the kind of document that is read.
struct DocumentReader<Failure: Error> {
    /// What errors call the document.
    let path: String
    private var json: JSONReader
    private let wrap: (JSONError) -> Failure

    init(_ bytes: [UInt8], path: String = "", wrap: @escaping (JSONError) -> Failure) {
        self.path = path
        self.wrap = wrap
        json = JSONReader(bytes)
    }

    mutating func peek() throws(Failure) -> JSONReader.Kind { try run { reader throws(JSONError) in try reader.peek() } }
    mutating func beginObject() throws(Failure) { try run { reader throws(JSONError) in try reader.beginObject() } }
    mutating func beginArray() throws(Failure) { try run { reader throws(JSONError) in try reader.beginArray() } }
    mutating func stringBytes() throws(Failure) -> [UInt8] { try run { reader throws(JSONError) in try reader.stringBytes() } }
    mutating func string() throws(Failure) -> String { try run { reader throws(JSONError) in try reader.string() } }
    mutating func name() throws(Failure) -> String { try run { reader throws(JSONError) in try reader.name() } }
    mutating func number() throws(Failure) -> JSONNumber { try run { reader throws(JSONError) in try reader.number() } }
    /// The next value as a tree.
    mutating func tree() throws(Failure) -> JSONValue { try run { reader throws(JSONError) in try JSONValue.read(&reader) } }
    mutating func skip() throws(Failure) { try run { reader throws(JSONError) in try reader.skipValue() } }
    mutating func end() throws(Failure) { try run { reader throws(JSONError) in try reader.end() } }

    mutating func nextKey(first: inout Bool) throws(Failure) -> [UInt8]? {
        do { return try json.nextKey(first: &first) } catch { throw wrap(error) }
    }

    mutating func nextName(first: inout Bool) throws(Failure) -> String? {
        do { return try json.nextName(first: &first) } catch { throw wrap(error) }
    }

    mutating func nextElement(first: inout Bool) throws(Failure) -> Bool {
        do { return try json.nextElement(first: &first) } catch { throw wrap(error) }
    }

    private mutating func run<T>(_ body: (inout JSONReader) throws(JSONError) -> T) throws(Failure) -> T {
        do { return try body(&json) } catch { throw wrap(error) }
    }
}
