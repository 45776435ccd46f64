/// The parsed and validated header of a safetensors file: 8 bytes of length (little endian), that many bytes of JSON
/// `{"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {…}}`, then the data.
///
/// After `init` every entry's range is known to lie inside the data, to hold exactly shape x dtype bytes, and to touch its
/// neighbours without overlap or hole, as the format demands.
package struct SafetensorsHeader: Equatable, Sendable {
    /// The format's own limit on the JSON.
    package static let maximumBytes = 100_000_000
    /// E2B has 2,011 tensors; the largest variants of the family a few thousand.
    package static let maximumTensors = 50_000
    package static let maximumRank = 8

    package struct Entry: Equatable, Sendable {
        package let name: String
        package let type: TensorType
        package let shape: [Int]
        /// Byte offset from the start of the file.
        package let offset: Int
        package let byteCount: Int
        package let elementCount: Int
    }

    /// In the order of their data.
    package let entries: [Entry]

    /// - Parameters:
    ///   - prefix: the first `8 + length` bytes of the file, or all of it if it is shorter.
    ///   - fileBytes: the size of the whole file.
    package init(prefix: UnsafeRawBufferPointer, fileBytes: Int) throws(SafetensorsProblem) {
        guard fileBytes >= 8, prefix.count >= 8 else { throw .tooShort(bytes: fileBytes) }
        let length = UInt64(littleEndian: prefix.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.maximumBytes) else { throw .headerOverLimit(length: length, limit: Self.maximumBytes) }
        let headerBytes = Int(length)
        guard headerBytes <= fileBytes - 8, headerBytes <= prefix.count - 8 else {
            throw .headerBeyondFile(length: length, available: fileBytes - 8)
        }
        let dataStart = 8 + headerBytes
        let dataBytes = fileBytes - dataStart
        var entries = try Self.entries(Array(prefix[8..<dataStart]), dataStart: dataStart, dataBytes: dataBytes)
        entries.sort { ($0.offset, $0.byteCount, $0.name) < ($1.offset, $1.byteCount, $1.name) }
        var end = dataStart
        var previous = ""
        for entry in entries {
            let begin = entry.offset - dataStart
            if entry.offset < end { throw .overlap(tensor: entry.name, begin: begin, previous: previous, previousEnd: end - dataStart) }
            if entry.offset > end { throw .hole(tensor: entry.name, begin: begin, previousEnd: end - dataStart) }
            end = entry.offset + entry.byteCount
            previous = entry.name
        }
        if end != fileBytes { throw .trailingBytes(end: end - dataStart, dataBytes: dataBytes) }
        self.entries = entries
    }

    // MARK: Entries

    /// One entry as written.
    private struct Fields {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
    }

    private typealias Reader = DocumentReader<SafetensorsProblem>

    private static func entries(_ text: [UInt8], dataStart: Int, dataBytes: Int) throws(SafetensorsProblem) -> [Entry] {
        var reader = Reader(text) { .header($0) }
        var entries: [Entry] = []
        var names: Set<String> = []
        try reader.beginObject()
        var first = true
        while let key = try reader.nextKey(first: &first) {
            guard key.count <= JSONReader.maximumNameBytes else {
                throw .longName(beginning: JSONReader.beginning(key), bytes: key.count, limit: JSONReader.maximumNameBytes)
            }
            let name = String(decoding: key, as: UTF8.self)
            guard names.insert(name).inserted else { throw .entry(tensor: name, problem: "it is listed twice") }
            if name == "__metadata__" {
                try reader.skip()
                continue
            }
            guard entries.count < maximumTensors else { throw .tooManyTensors(limit: maximumTensors) }
            let fields = try fields(of: name, &reader)
            entries.append(try entry(name, fields, dataStart: dataStart, dataBytes: dataBytes))
        }
        try reader.end()
        return entries
    }

    private static func fields(of name: String, _ reader: inout Reader) throws(SafetensorsProblem) -> Fields {
        guard try reader.peek() == .object else { throw .entry(tensor: name, problem: "it is not an object") }
        try reader.beginObject()
        var fields = Fields()
        var first = true
        while let key = try reader.nextName(first: &first) {
            switch key {
            case "dtype" where fields.type == nil:
                guard try reader.peek() == .string else { throw .entry(tensor: name, problem: "its dtype is not a string") }
                fields.type = try reader.name()
            case "shape" where fields.shape == nil:
                fields.shape = try sizes("shape", of: name, limit: maximumRank, &reader)
            case "data_offsets" where fields.offsets == nil:
                fields.offsets = try sizes("data_offsets", of: name, limit: 2, &reader)
            case let other where ["dtype", "shape", "data_offsets"].contains(other):
                throw .entry(tensor: name, problem: "it has \(other) twice")
            case let other:
                throw .entry(tensor: name, problem: "it has the unknown field \"\(other)\"")
            }
        }
        return fields
    }

    private static func sizes(_ field: String, of name: String, limit: Int, _ reader: inout Reader) throws(SafetensorsProblem) -> [Int] {
        guard try reader.peek() == .array else { throw .entry(tensor: name, problem: "its \(field) is not an array") }
        try reader.beginArray()
        var sizes: [Int] = []
        var first = true
        while try reader.nextElement(first: &first) {
            guard sizes.count < limit else { throw .entry(tensor: name, problem: "its \(field) has more than \(limit) numbers") }
            guard try reader.peek() == .number, case .integer(let size) = try reader.number(), size >= 0 else {
                throw .entry(tensor: name, problem: "its \(field) holds something else than whole numbers from 0")
            }
            sizes.append(size)
        }
        return sizes
    }

    private static func entry(_ name: String, _ fields: Fields, dataStart: Int, dataBytes: Int) throws(SafetensorsProblem) -> Entry {
        guard let typeName = fields.type else { throw .entry(tensor: name, problem: "it has no dtype") }
        guard let type = TensorType(rawValue: typeName) else { throw .unknownType(tensor: name, type: typeName) }
        guard let shape = fields.shape else { throw .entry(tensor: name, problem: "it has no shape") }
        guard let offsets = fields.offsets else { throw .entry(tensor: name, problem: "it has no data_offsets") }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .entry(tensor: name, problem: "its data_offsets \(offsets) are not a begin and an end")
        }
        var elements = 1
        for size in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: size)
            if overflow { throw .sizeOverflow(tensor: name, shape: shape) }
            elements = product
        }
        let (expected, overflow) = elements.multipliedReportingOverflow(by: type.bytes)
        if overflow { throw .sizeOverflow(tensor: name, shape: shape) }
        guard offsets[1] <= dataBytes else { throw .outsideFile(tensor: name, end: offsets[1], dataBytes: dataBytes) }
        guard expected == offsets[1] - offsets[0] else {
            throw .sizeMismatch(tensor: name, shape: shape, type: type, expected: expected, begin: offsets[0], end: offsets[1])
        }
        return Entry(
            name: name, type: type, shape: shape, offset: dataStart + offsets[0], byteCount: expected, elementCount: elements)
    }
}
