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

    /// One tensor of the golden data is of another shape, or holds other numbers: it is named.
    /// - Parameter number: all of its numbers; nil: the first of those that are there.
    @Test(
        arguments: [
            ("vision.patches", [1260, 384], nil, "has shape [1260, 384]"), ("vision.positions", [1, 2], nil, "has shape [1, 2]"),
            ("vision.positions", [630, 2], .max, "a full grid"), ("vision.image_u8", [0, 8, 3], nil, "has shape [0, 8, 3]"),
            ("text.input_ids", [0], nil, "has shape [0]"), ("text.input_ids", [2], 1 << 40, "which is no token's id"),
            ("text.greedy_ids", [2], 1 << 20, "outside the vocabulary"), ("text.greedy_ids", [2], -1, "outside the vocabulary"),
        ] as [(String, [Int], Int64?, String)])
    func goldenDataThatDoNotBelongToTheModelAreNamed(name: String, shape: [Int], number: Int64?, words: String) throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: Self.folder.appendingPathComponent("e2b"), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        try change(name, shape, number, in: copy.appendingPathComponent("golden.safetensors"))
        do {
            _ = try Verifier.run(directory: copy.path, weights: .f32, pool: ThreadPool(threads: 2))
            Issue.record("nothing was wrong")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    private func change(_ name: String, _ shape: [Int], _ number: Int64?, in file: URL) throws {
        let bytes = try Data(contentsOf: file)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try #require(try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: [String: Any]])
        var data = Data(bytes[(8 + length)...])
        let (from, to) = try offsets(header[name])
        let old = Data(data[from..<to])
        data.removeSubrange(from..<to)
        for key in header.keys where key != "__metadata__" && key != name {
            let place = try offsets(header[key])
            if place.0 >= to { header[key]?["data_offsets"] = [place.0 - (to - from), place.1 - (to - from)] }
        }
        let count = shape.reduce(1, *)
        let element = try old.count / #require(header[name]?["shape"] as? [Int]).reduce(1, *)
        let one = number.map { withUnsafeBytes(of: $0.littleEndian) { Data($0) } }
        let values = one.map { Data(repeatElement($0, count: count).joined()) } ?? old.prefix(count * element)
        if number != nil { header[name]?["dtype"] = "I64" }
        header[name]?["shape"] = shape
        // What is new stands behind the rest.
        header[name]?["data_offsets"] = [data.count, data.count + values.count]
        let text = try JSONSerialization.data(withJSONObject: header)
        try (withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data + values).write(to: file)
    }

    private func offsets(_ tensor: [String: Any]?) throws -> (Int, Int) {
        let offsets = try #require(tensor?["data_offsets"] as? [Int])
        return (offsets[0], offsets[1])
    }

    @Test func missingGoldenDataIsNamed() {
        #expect(throws: (any Error).self) {
            try Verifier.run(directory: NSTemporaryDirectory(), weights: .f32, pool: ThreadPool(threads: 1))
        }
    }
}
