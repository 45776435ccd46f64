import Checkpoint
import Decoder
import Foundation
import Tensors

/// A tiny checkpoint with the reference implementation's results beside it (Tests/Fixtures/golden).
struct Fixture {
    static let names = ["e2b", "e4b"]
    static let pool = ThreadPool(threads: 2)
    /// How far logits (about 1) may differ when the same rows are computed in steps of other sizes: the f32 kernels add in another
    /// order. The reference differs from itself by up to 7e-5 in such comparisons.
    static let rounding: Float = 1.5e-4

    let directory: String
    let checkpoint: Checkpoint
    let decoder: Decoder
    let golden: SafetensorsFile

    init(_ name: String, weights: WeightFormat = .f32, pool: ThreadPool = Fixture.pool) throws {
        directory =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/golden/\(name)").path
        checkpoint = try Checkpoint(directory: directory, weights: weights, pool: pool)
        decoder = try Decoder(checkpoint: checkpoint)
        golden = try SafetensorsFile(path: directory + "/golden.safetensors")
    }

    var text: TextConfiguration { checkpoint.configuration.text }

    func matrix(_ name: String) throws -> Matrix {
        let values = try golden.floats(name)
        let rows = golden.shape(name)?.first ?? 0
        return Matrix(rows: rows, columns: values.count / max(rows, 1), values: values)
    }

    func tokens(_ name: String) throws -> [Int32] {
        try golden.integers(name).map(Int32.init)
    }

    /// The golden prompt: text with the image's and the audio's soft tokens in their places.
    func prompt() throws -> InputRows {
        let ids = checkpoint.configuration.tokens
        return try InputRows(
            tokens: tokens("text.input_ids"),
            replacing: [ids.image: matrix("vision.soft_tokens"), ids.audio: matrix("audio.soft_tokens")])
    }

    /// Repeatable token ids without placeholders.
    func randomTokens(_ count: Int, seed: UInt64) -> [Int32] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int32((state >> 33) % UInt64(text.vocabularySize - 300)) + 280
        }
    }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    // A NaN on either side must not pass for equality.
    return zip(a, b).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

func largestDifference(_ a: Matrix, _ b: Matrix) -> Float {
    largestDifference(a.values, b.values)
}
