import Synchronization

/// Every tensor of a model directory by name, and which of them have been read. Thread-safe.
package final class TensorCatalogue: Sendable {
    package struct Tensor: Sendable {
        package let file: MappedFile
        package let entry: SafetensorsHeader.Entry
    }

    /// How many unread tensors an error names.
    package static let namedUnread = 5

    package let directory: String
    private let tensors: [String: Tensor]
    private let unread: Mutex<Set<String>>

    /// Opens `model.safetensors`, or the shards of `model.safetensors.index.json`, in `directory`.
    package init(directory: String) throws(CheckpointError) {
        let single = directory + "/model.safetensors"
        let indexPath = directory + "/model.safetensors.index.json"
        var tensors: [String: Tensor] = [:]
        if FileSystem.exists(indexPath) {
            let document = try FileSystem.json(at: indexPath, limit: FileSystem.maximumIndexBytes)
            let index: SafetensorsIndex
            do { index = try SafetensorsIndex(document) } catch { throw .malformedIndex(path: indexPath, error) }
            for file in index.files {
                let path = directory + "/" + file
                guard FileSystem.exists(path) else { throw .malformedIndex(path: indexPath, .missingShard(file: file)) }
                let shard = try SafetensorsFile(path: path)
                for entry in shard.header.entries {
                    if let other = tensors[entry.name] {
                        let first = String(other.file.path.dropFirst(directory.count + 1))
                        throw .malformedIndex(path: indexPath, .tensorInTwoShards(tensor: entry.name, first: first, second: file))
                    }
                    guard index.shardOfTensor[entry.name] == file else {
                        throw .malformedIndex(path: indexPath, .tensorNotInIndex(tensor: entry.name, file: file))
                    }
                    tensors[entry.name] = Tensor(file: shard.file, entry: entry)
                }
            }
            for (name, file) in index.shardOfTensor.sorted(by: { $0.key < $1.key }) where tensors[name] == nil {
                throw .malformedIndex(path: indexPath, .tensorNotInShard(tensor: name, file: file))
            }
        } else if FileSystem.exists(single) {
            let file = try SafetensorsFile(path: single)
            for entry in file.header.entries { tensors[entry.name] = Tensor(file: file.file, entry: entry) }
        } else {
            let other = FileSystem.file(in: directory, endingIn: [".gguf", ".bin", ".pt", ".pth", ".onnx"])
            throw .noWeights(directory: directory, other: other)
        }
        // The towers without the head are saved without the prefix "model."; look-ups always use it.
        if !tensors.keys.contains(where: { $0.hasPrefix("model.") }) {
            tensors = Dictionary(tensors.map { ("model." + $0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        self.directory = directory
        self.tensors = tensors
        unread = Mutex(Set(tensors.keys))
    }

    /// The same tensors, none of them read yet.
    package init(unreadCopyOf other: TensorCatalogue) {
        directory = other.directory
        tensors = other.tensors
        unread = Mutex(Set(other.tensors.keys))
    }

    /// The tensor without marking it as read.
    package func peek(_ name: String) -> Tensor? { tensors[name] }

    /// The tensor, which counts as read from now on.
    package func read(_ name: String, expected: [Int]) throws(CheckpointError) -> Tensor {
        guard let tensor = tensors[name] else { throw .missingTensor(name: name, expected: expected, directory: directory) }
        guard tensor.entry.shape == expected else { throw .wrongShape(name: name, actual: tensor.entry.shape, expected: expected) }
        unread.withLock { _ = $0.remove(name) }
        return tensor
    }

    /// Marks the tensor of that name, and those below it, as deliberately unread.
    package func ignore(_ name: String) {
        let prefix = name + "."
        unread.withLock { $0 = $0.filter { $0 != name && !$0.hasPrefix(prefix) } }
    }

    /// Marks what lies below none of `parts` as deliberately unread. - Returns: the names, sorted.
    package func ignoreOutside(of parts: [String]) -> [String] {
        let prefixes = parts.map { $0 + "." }
        return unread.withLock { unread in
            let outside = unread.filter { name in !prefixes.contains(where: name.hasPrefix) }
            unread.subtract(outside)
            return outside.sorted()
        }
    }

    package func requireAllRead() throws(CheckpointError) {
        let names = unread.withLock { $0.sorted() }
        if !names.isEmpty {
            throw .unreadTensors(names: Array(names.prefix(Self.namedUnread)), count: names.count, directory: directory)
        }
    }
}
