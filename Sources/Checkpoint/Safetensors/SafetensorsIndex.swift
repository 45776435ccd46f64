/// `model.safetensors.index.json`: which shard holds which tensor.
package struct SafetensorsIndex: Equatable, Sendable {
    package static let maximumShards = 1_000

    /// Shard file names in order of first mention.
    package let files: [String]
    /// Tensor name to shard file name.
    package let shardOfTensor: [String: String]

    package init(_ document: JSONValue) throws(IndexProblem) {
        guard case .object(let root) = document else { throw .shape("the document is \(document.summary)") }
        guard case .object(let map)? = root["weight_map"] else { throw .shape("\"weight_map\" is missing or not an object") }
        var files: [String] = []
        var seen: Set<String> = []
        var shardOfTensor: [String: String] = [:]
        for member in map.members {
            guard case .string(let file) = member.value else {
                throw .shape("\(member.name) is mapped to \(member.value.summary), not to a file name")
            }
            guard Self.isPlainName(file) else { throw .unsafeFileName(tensor: member.name, file: String(file.unicodeScalars.prefix(80))) }
            if seen.insert(file).inserted { files.append(file) }
            shardOfTensor[member.name] = file
        }
        guard !files.isEmpty else { throw .shape("\"weight_map\" is empty") }
        guard files.count <= Self.maximumShards else { throw .tooManyShards(count: files.count, limit: Self.maximumShards) }
        self.files = files
        self.shardOfTensor = shardOfTensor
    }

    /// A name without any path in it: the index must not reach outside its own directory.
    private static func isPlainName(_ name: String) -> Bool {
        name.utf8.count <= 255 && name.hasSuffix(".safetensors") && !name.hasPrefix(".")
            && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
    }
}
