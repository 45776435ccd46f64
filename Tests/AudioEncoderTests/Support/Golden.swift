import AudioEncoder
import Checkpoint
import Foundation
import Tensors
import Testing

/// The committed goldens of two tiny checkpoints with random weights: what the reference implementation computes from them.
enum Golden: String, CaseIterable, CustomTestStringConvertible {
    case e2b
    case e4b

    var testDescription: String { rawValue }

    static let fixtures = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures").path

    var directory: String { "\(Self.fixtures)/golden/\(rawValue)" }

    /// A new directory with the same weights and a changed config.json. The caller removes it.
    func copy(changing: (inout [String: Any]) -> Void) throws -> String {
        let target = FileManager.default.temporaryDirectory.appendingPathComponent("\(rawValue)-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: target + "/model.safetensors", withDestinationPath: directory + "/model.safetensors")
        let text = try Data(contentsOf: URL(fileURLWithPath: directory + "/config.json"))
        guard var configuration = try JSONSerialization.jsonObject(with: text) as? [String: Any] else {
            throw CocoaError(.fileReadCorruptFile)
        }
        changing(&configuration)
        try JSONSerialization.data(withJSONObject: configuration).write(to: URL(fileURLWithPath: target + "/config.json"))
        return target
    }

    func checkpoint(weights: WeightFormat = .f32, threads: Int = 2) throws -> Checkpoint {
        try Checkpoint(directory: directory, weights: weights, pool: ThreadPool(threads: threads))
    }

    func encoder(weights: WeightFormat = .f32, threads: Int = 2) throws -> AudioEncoder {
        try AudioEncoder(checkpoint: checkpoint(weights: weights, threads: threads))
    }

    func tensors() throws -> SafetensorsFile {
        try SafetensorsFile(path: directory + "/golden.safetensors")
    }

    func waveform() throws -> [Float] {
        try tensors().floats("audio.waveform")
    }

    /// The expected output of a stage; of the mel frames, those that the mask calls valid.
    func expected(_ stage: AudioStage) throws -> Matrix {
        let file = try tensors()
        let shape = file.shape(stage.goldenName) ?? []
        let values = try file.floats(stage.goldenName)
        let matrix = Matrix(rows: shape.first ?? 0, columns: shape.last ?? 0, values: values)
        guard stage == .mel else { return matrix }
        return matrix.rows(0..<(try file.integers("audio.mel_mask").reduce(0, +)))
    }
}

func isFinite(_ values: [Float]) -> Bool {
    values.allSatisfy { $0.isFinite }
}

/// The largest difference of two matrices, infinite if their shapes differ or a value is not finite.
func largestDifference(_ a: Matrix, _ b: Matrix) -> Float {
    guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
    return zip(a.values, b.values).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isFinite ? max(largest, difference) : .infinity
    }
}
