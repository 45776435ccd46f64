import Foundation
import ModelTools
import Tensors
import Testing

/// Every stage of the engine against what transformers computed for the committed tiny checkpoints.
@Suite struct GoldenTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/golden")

    @Test(arguments: ["e2b", "e4b"], WeightFormat.allCases)
    func everyTensorIsWithinTolerance(checkpoint: String, weights: WeightFormat) throws {
        let directory = Self.folder.appendingPathComponent(checkpoint).path
        let report = try Verifier.run(directory: directory, weights: weights, pool: ThreadPool(threads: 2))
        for line in report.lines where !line.passed { Issue.record("\(checkpoint) \(weights): \(line.text)") }
        #expect(report.lines.count >= 30)
    }

    @Test func aDifferenceIsReported() throws {
        let source = Self.folder.appendingPathComponent("e2b")
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: source, to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        // One flipped exponent bit in the middle of the weights.
        let file = copy.appendingPathComponent("model.safetensors")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count / 2 | 3] ^= 0x04
        try bytes.write(to: file)
        let report = try Verifier.run(directory: copy.path, weights: .f32, pool: ThreadPool(threads: 2))
        #expect(report.failures > 0)
        #expect(!report.passed)
    }

    @Test func missingGoldenDataIsNamed() {
        #expect(throws: (any Error).self) {
            try Verifier.run(directory: NSTemporaryDirectory(), weights: .f32, pool: ThreadPool(threads: 1))
        }
    }
}
