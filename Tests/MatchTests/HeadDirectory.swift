import Checkpoint
import Foundation
import Tensors

/// The tiny checkpoint beside a match head with random weights, in a temporary directory.
struct HeadDirectory {
    typealias Tensors = [String: Matrix]

    static let hidden = 6
    static let dimensions = 4

    let path: String
    let tensors: Tensors

    init(scalars: Bool = true, change: (inout Tensors) -> Void = { _ in }) throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/golden/e2b").path
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("match-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json", "generation_config.json"] {
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/" + name, withDestinationPath: source + "/" + name)
        }
        let match = #""match":{"logit_scale":10,"logit_bias":-2.0,"frame_weight":0.5,"sound_weight":2}"#
        try "{\(scalars ? match : "")}".write(toFile: folder.path + "/mmagent.json", atomically: true, encoding: .utf8)
        path = folder.path
        let configuration = try Checkpoint(directory: path, weights: .f32, pool: ThreadPool(threads: 1)).configuration
        let widths = [
            "frame": configuration.vision?.hiddenSize ?? 0, "sound": configuration.audio?.outputProjectionSize ?? 0,
            "text": configuration.text.hiddenSize,
        ]
        var tensors: Tensors = [:]
        for (index, (side, width)) in widths.sorted(by: { $0.key < $1.key }).enumerated() {
            tensors["\(side).hidden.weight"] = Self.matrix(Self.hidden, width, seed: UInt64(10 * index + 1), scale: 0.5)
            tensors["\(side).hidden.bias"] = Self.matrix(1, Self.hidden, seed: UInt64(10 * index + 2))
            tensors["\(side).output.weight"] = Self.matrix(Self.dimensions, Self.hidden, seed: UInt64(10 * index + 3))
        }
        change(&tensors)
        self.tensors = tensors
        try Self.write(tensors, to: path + "/match.safetensors")
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func configuration(_ pool: ThreadPool) throws -> ModelConfiguration {
        try Checkpoint(directory: path, weights: .f32, pool: pool).configuration
    }

    /// l2norm(W2 mean(gelu_tanh(W1 rms(x) + b1))), value by value in f64.
    func reference(_ side: String, _ tokens: Matrix) -> [Double] {
        guard let first = tensors["\(side).hidden.weight"], let bias = tensors["\(side).hidden.bias"],
            let second = tensors["\(side).output.weight"]
        else { return [] }
        var mean = [Double](repeating: 0, count: Self.hidden)
        for row in 0..<tokens.rows {
            let x = tokens.row(row).map(Double.init)
            let root = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + 1e-6).squareRoot()
            for unit in 0..<Self.hidden {
                let sum = zip(first.row(unit), x).reduce(Double(bias.values[unit])) { $0 + Double($1.0) * $1.1 / root }
                let gelu = sum / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (sum + 0.044715 * sum * sum * sum)))
                mean[unit] += gelu / Double(tokens.rows)
            }
        }
        let projected = (0..<Self.dimensions).map { row in zip(second.row(row), mean).reduce(0) { $0 + Double($1.0) * $1.1 } }
        let norm = projected.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return projected.map { $0 / norm }
    }

    /// Uniform in -scale...scale, a function of the seed.
    static func matrix(_ rows: Int, _ columns: Int, seed: UInt64, scale: Float = 1) -> Matrix {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let values = (0..<rows * columns).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return scale * (Float(state >> 40) / Float(1 << 23) - 1)
        }
        return Matrix(rows: rows, columns: columns, values: values)
    }

    /// A safetensors file of f32 tensors; a bias is a vector.
    private static func write(_ tensors: Tensors, to path: String) throws {
        var header: [String: Any] = [:]
        var data = Data()
        for (name, matrix) in tensors.sorted(by: { $0.key < $1.key }) {
            let begin = data.count
            matrix.values.withUnsafeBytes { data.append(contentsOf: $0) }
            let shape = name.hasSuffix("bias") ? [matrix.columns] : [matrix.rows, matrix.columns]
            header[name] = ["dtype": "F32", "shape": shape, "data_offsets": [begin, data.count]]
        }
        var text = try JSONSerialization.data(withJSONObject: header)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        file.append(text)
        file.append(data)
        try file.write(to: URL(fileURLWithPath: path))
    }
}
