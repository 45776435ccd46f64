/// Why a model directory cannot be loaded. Every description is a sentence: what, the values, the remedy.
public enum CheckpointError: Error, Equatable, Sendable {
    /// The operating system refused; `reason` is its own text.
    case unreadable(path: String, reason: String)
    case notADirectory(path: String)
    /// None of the files a model directory must hold; `other` is what it holds instead, as another program's weights.
    case noWeights(directory: String, other: String?)
    /// A file, or the model directory itself, is something that other programs make.
    case foreign(path: String, ForeignFile)
    case fileTooLarge(path: String, bytes: Int, limit: Int)
    case malformedJSON(path: String, JSONError)
    case malformedWeights(path: String, SafetensorsProblem)
    case malformedIndex(path: String, IndexProblem)
    case configuration(path: String, ConfigurationProblem)

    case missingTensor(name: String, expected: [Int], directory: String)
    case wrongShape(name: String, actual: [Int], expected: [Int])
    case unsupportedType(name: String, type: TensorType, path: String)
    case tableTooLarge(name: String, bytes: Int, limit: Int, reason: String)
    /// A weight that is infinite or not a number: `value`, at `index` of the tensor's elements where that is known.
    case notFinite(name: String, path: String, index: Int?, value: String)
    case unreadTensors(names: [String], count: Int, directory: String)
}

/// What is wrong in a safetensors file.
public enum SafetensorsProblem: Error, Equatable, Sendable {
    case tooShort(bytes: Int)
    case headerBeyondFile(length: UInt64, available: Int)
    case headerOverLimit(length: UInt64, limit: Int)
    case header(JSONError)
    case longName(beginning: String, bytes: Int, limit: Int)
    case tooManyTensors(limit: Int)
    case entry(tensor: String, problem: String)
    case unknownType(tensor: String, type: String)
    case sizeOverflow(tensor: String, shape: [Int])
    case sizeMismatch(tensor: String, shape: [Int], type: TensorType, expected: Int, begin: Int, end: Int)
    case outsideFile(tensor: String, end: Int, dataBytes: Int)
    case overlap(tensor: String, begin: Int, previous: String, previousEnd: Int)
    case hole(tensor: String, begin: Int, previousEnd: Int)
    case trailingBytes(end: Int, dataBytes: Int)
    case missingTensor(name: String)
    case wrongType(tensor: String, type: TensorType, wanted: String)
}

/// What is wrong in model.safetensors.index.json.
public enum IndexProblem: Error, Equatable, Sendable {
    case shape(String)
    case unsafeFileName(tensor: String, file: String)
    case missingShard(file: String)
    case tooManyShards(count: Int, limit: Int)
    case tensorNotInShard(tensor: String, file: String)
    case tensorNotInIndex(tensor: String, file: String)
    case tensorInTwoShards(tensor: String, first: String, second: String)
}

/// What is wrong in config.json or one of the files beside it; `key` is the path of the key, as `text_config.head_dim`.
public enum ConfigurationProblem: Error, Equatable, Sendable {
    case notAnObject(key: String, found: String)
    case missing(key: String, meaning: String)
    case wrongType(key: String, found: String, wanted: String)
    case outOfRange(key: String, value: String, range: String)
    case unknownKey(key: String, nearest: String?)
    /// Something this engine does not compute, as the blocks of the large variants.
    case unsupported(key: String, value: String, supported: String)
    case inconsistent(key: String, value: String, because: String)
    case contradictsWeights(key: String, value: String, tensor: String, shape: [Int])
}

extension CheckpointError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason)"
        case .notADirectory(let path):
            "\(path) is not a directory: give the folder that holds config.json and model.safetensors"
        case .noWeights(let directory, nil):
            "\(directory) holds neither model.safetensors nor model.safetensors.index.json: is the download complete?"
        case .noWeights(let directory, let other?):
            "\(directory) holds neither model.safetensors nor model.safetensors.index.json, but \(other), which is not read: "
                + "download the model as its makers publish it"
        case .foreign(let path, let kind):
            "\(path) is \(kind)"
        case .fileTooLarge(let path, let bytes, let limit):
            "\(path) is \(bytes) bytes long, at most \(limit) are read: it is not the file its name says"
        case .malformedJSON(let path, let error):
            "\(path) is not valid JSON: \(error.problem) at byte \(error.byte); copy or download the file again"
        case .malformedWeights(let path, let problem):
            "\(path): \(problem)"
        case .malformedIndex(let path, let problem):
            "\(path): \(problem)"
        case .configuration(let path, let problem):
            "\(path): \(problem)"
        case .missingTensor(let name, let expected, let directory):
            "\(name) \(expected) is not among the weights in \(directory): config.json asks for a part that the weights do not have"
        case .wrongShape(let name, let actual, let expected):
            "\(name) is \(actual), config.json says \(expected): they come from different checkpoints"
        case .unsupportedType(let name, let type, let path):
            "\(name) in \(path) is stored as \(type.rawValue); weights can be F32, BF16 or F16: convert the checkpoint"
        case .tableTooLarge(let name, let bytes, let limit, let reason):
            "\(name) would need a copy of \(bytes) bytes because \(reason), at most \(limit) are copied: save the checkpoint again as BF16"
        case .notFinite(let name, let path, let index, let value):
            "\(name) in \(path) holds \(value)\(index.map { " as its element \($0)" } ?? ""), and every answer would be computed with it: "
                + "download the file again, or export the model from a training that did not diverge"
        case .unreadTensors(let names, let count, let directory):
            "\(count) tensor\(count == 1 ? "" : "s") in \(directory) belong\(count == 1 ? "s" : "") to nothing that config.json describes: "
                + names.joined(separator: ", ") + (count > names.count ? ", …" : "")
                + "; config.json and weights come from different checkpoints"
        }
    }
}

extension SafetensorsProblem: CustomStringConvertible {
    public var description: String {
        let remedy = "; the file is damaged or incomplete, download it again"
        return switch self {
        case .tooShort(let bytes):
            "\(bytes) bytes cannot hold a safetensors header" + remedy
        case .headerBeyondFile(let length, let available):
            "the header claims \(length) bytes, \(available) follow" + remedy
        case .headerOverLimit(let length, let limit):
            "the header claims \(length) bytes, the limit is \(limit): this is not a safetensors file"
        case .header(let error):
            "the header is not valid JSON: \(error.problem) at byte \(error.byte) of it" + remedy
        case .longName(let beginning, let bytes, let limit):
            "the name of a tensor has \(bytes) bytes, at most \(limit) are read: \"\(beginning)\"" + remedy
        case .tooManyTensors(let limit):
            "the header lists more than \(limit) tensors: this is not a checkpoint of this model family"
        case .entry(let tensor, let problem):
            "the entry of \(tensor) is wrong: \(problem)" + remedy
        case .unknownType(let tensor, let type):
            "\(tensor) has the unknown dtype \"\(type)\": save the checkpoint again as BF16"
        case .sizeOverflow(let tensor, let shape):
            "the size of \(tensor) \(shape) overflows" + remedy
        case .sizeMismatch(let tensor, let shape, let type, let expected, let begin, let end):
            "\(tensor) \(shape) of \(type.rawValue) takes \(expected) bytes, its offsets \(begin) to \(end) hold \(end - begin)" + remedy
        case .outsideFile(let tensor, let end, let dataBytes):
            "\(tensor) ends at byte \(end) of the data, the file has \(dataBytes)" + remedy
        case .overlap(let tensor, let begin, let previous, let previousEnd):
            "\(tensor) begins at byte \(begin) of the data, inside \(previous), which ends at \(previousEnd)" + remedy
        case .hole(let tensor, let begin, let previousEnd):
            "\(tensor) begins at byte \(begin) of the data, the tensor before it ends at \(previousEnd): the format allows no holes"
                + remedy
        case .trailingBytes(let end, let dataBytes):
            "the tensors end at byte \(end) of the data, the file has \(dataBytes): the format allows nothing after them" + remedy
        case .missingTensor(let name):
            "there is no tensor \(name)"
        case .wrongType(let tensor, let type, let wanted):
            "\(tensor) is stored as \(type.rawValue), \(wanted) is needed"
        }
    }
}

extension IndexProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .shape(let problem):
            "\(problem); an index has \"weight_map\", an object from tensor names to file names"
        case .unsafeFileName(let tensor, let file):
            "\(tensor) is said to be in \"\(file)\": a shard must be a plain file name ending in .safetensors, beside the index"
        case .missingShard(let file):
            "the shard \(file) is not beside the index: the download is incomplete"
        case .tooManyShards(let count, let limit):
            "the index names \(count) shards, the limit is \(limit)"
        case .tensorNotInShard(let tensor, let file):
            "\(tensor) is said to be in \(file), which does not have it: index and shards come from different checkpoints"
        case .tensorNotInIndex(let tensor, let file):
            "\(tensor) is in \(file), but not in the index: index and shards come from different checkpoints"
        case .tensorInTwoShards(let tensor, let first, let second):
            "\(tensor) is in \(first) and again in \(second): the shards come from different checkpoints"
        }
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAnObject(let key, let found):
            "\(key) is \(found), an object is needed"
        case .missing(let key, let meaning):
            "\(key) is missing: \(meaning)"
        case .wrongType(let key, let found, let wanted):
            "\(key) is \(found), \(wanted) is needed"
        case .outOfRange(let key, let value, let range):
            "\(key) is \(value), it must be \(range)"
        case .unknownKey(let key, let nearest):
            "the key \(key) is unknown" + (nearest.map { "; did you mean \($0)?" } ?? "; remove it, or use a newer mmagent")
        case .unsupported(let key, let value, let supported):
            "\(key) is \(value), which this engine does not compute; it supports \(supported)"
        case .inconsistent(let key, let value, let because):
            "\(key) is \(value), but \(because)"
        case .contradictsWeights(let key, let value, let tensor, let shape):
            "\(key) is \(value), but \(tensor) is \(shape): configuration and weights come from different checkpoints"
        }
    }
}
