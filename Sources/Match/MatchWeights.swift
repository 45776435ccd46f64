import Checkpoint
import Layers
import Tensors

/// The tensors of match.safetensors by name and expected shape, and which of them have been read.
struct MatchWeights {
    private let file: SafetensorsFile
    private let pool: ThreadPool
    private var unread: Set<String>

    init(path: String, pool: ThreadPool) throws(MatchError) {
        do throws(CheckpointError) {
            file = try SafetensorsFile(path: path)
            // It is small, and read whole below.
            try file.requireFinite()
        } catch { throw .file(error) }
        self.pool = pool
        unread = Set(file.names)
    }

    var path: String { file.path }

    func has(_ name: String) -> Bool { file.has(name) }

    /// `name.weight` and, if `bias`, `name.bias`.
    /// - Parameter outputs: nil: what the file says.
    mutating func linear(_ name: String, inputs: Int, outputs: Int? = nil, bias: Bool = false) throws(MatchError) -> Linear {
        let stored = file.shape("\(name).weight") ?? []
        let outputs = outputs ?? stored.first ?? 0
        let weight = try tensor("\(name).weight", shape: [outputs, inputs])
        let offset = bias ? try tensor("\(name).bias", shape: [outputs]) : nil
        return Linear(weight: WeightMatrix(f32: weight, outputs: outputs, inputs: inputs), bias: offset, pool: pool)
    }

    private mutating func tensor(_ name: String, shape: [Int]) throws(MatchError) -> [Float] {
        if let actual = file.shape(name), actual != shape || shape.contains(0) {
            throw .wrongShape(tensor: name, path: path, actual: actual, expected: "\(shape)")
        }
        unread.remove(name)
        do { return try file.floats(name) } catch { throw .file(error) }
    }

    func requireAllRead() throws(MatchError) {
        if let name = unread.min() { throw .unreadTensor(name: name, path: path) }
    }
}
