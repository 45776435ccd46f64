/// The parsed and validated header of a safetensors file: 8 bytes of length (little endian), that many bytes of JSON
/// `{"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {…}}`, then the data.
///
/// After `init` every entry's range is known to lie inside the data, to hold exactly shape x dtype bytes, and to touch its
/// neighbours without overlap or hole, as the format demands.
package struct SafetensorsHeader: Equatable, Sendable {
    /// The format's own limit on the JSON.
    package static let maximumBytes = 100_000_000
    /// E4B has about 2,700 tensors; the largest variants of the family some ten thousand.
    package static let maximumTensors = 200_000
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
        let root: JSONValue
        do {
            root = try JSONValue(parsing: Array(prefix[8..<8 + headerBytes]))
        } catch {
            throw .header(error)
        }
        guard case .object(let object) = root else { throw .headerNotAnObject(found: root.summary) }
        guard object.members.count <= Self.maximumTensors else {
            throw .tooManyTensors(count: object.members.count, limit: Self.maximumTensors)
        }
        let dataStart = 8 + headerBytes
        let dataBytes = fileBytes - dataStart
        var entries: [Entry] = []
        for member in object.members where member.name != "__metadata__" {
            entries.append(try Self.entry(member.name, member.value, dataStart: dataStart, dataBytes: dataBytes))
        }
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

    private static func entry(_ name: String, _ value: JSONValue, dataStart: Int, dataBytes: Int) throws(SafetensorsProblem) -> Entry {
        guard case .object(let fields) = value else { throw .entry(tensor: name, problem: "it is \(value.summary), not an object") }
        for field in fields.members where !["dtype", "shape", "data_offsets"].contains(field.name) {
            throw .entry(tensor: name, problem: "it has the unknown field \"\(field.name)\"")
        }
        guard case .string(let typeName)? = fields["dtype"] else { throw .entry(tensor: name, problem: "it has no dtype") }
        guard let type = TensorType(rawValue: typeName) else { throw .unknownType(tensor: name, type: typeName) }
        let shape = try sizes(fields["shape"], of: name, field: "shape")
        guard shape.count <= maximumRank else {
            throw .entry(tensor: name, problem: "its shape has \(shape.count) dimensions, at most \(maximumRank) are read")
        }
        let offsets = try sizes(fields["data_offsets"], of: name, field: "data_offsets")
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

    private static func sizes(_ value: JSONValue?, of name: String, field: String) throws(SafetensorsProblem) -> [Int] {
        guard case .array(let elements)? = value else { throw .entry(tensor: name, problem: "it has no \(field)") }
        var result: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else {
                throw .entry(tensor: name, problem: "its \(field) holds \(element.summary), a whole number from 0 is needed")
            }
            result.append(size)
        }
        return result
    }
}
