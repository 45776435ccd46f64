import AgentProtocol
import Foundation
import Session
import Tensors
import Testing

/// A model whose weights are damaged in a place that loading does not read.
@Suite struct BrokenModelTests {
    @Test func outputsThatAreNoNumbersAreAnErrorAndNoAnswer() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("broken-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            try FileManager.default.copyItem(atPath: TinyModel.directory + "/" + name, toPath: folder.path + "/" + name)
        }
        let file = folder.appendingPathComponent("model.safetensors")
        var bytes = try Data(contentsOf: file)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try #require(try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: Any])
        let entry = try #require(header["model.language_model.layers.5.mlp.down_proj.weight"] as? [String: Any])
        let offset = try #require(entry["data_offsets"] as? [Int])[0]
        let nan = withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Data($0) }
        bytes.replaceSubrange(8 + length + offset..<8 + length + offset + 4, with: nan)
        try bytes.write(to: file)

        var options = StreamOptions()
        options.maximumAnswerTokens = 4
        let model = Result<AgentModel, any Error> {
            try AgentModel(directory: folder.path, weights: .f32, pool: ThreadPool(threads: 1))
        }
        let engine = try TinyModel.engine(model, options)
        let (client, sink) = try await engine.join(1)
        let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
        let end = try await sink.waitForEnd(of: turn)
        #expect(end.reason == .failed && sink.text(of: turn).isEmpty)
        let errors = sink.all.compactMap { if case .error(let error) = $0.event { error } else { nil } }
        #expect(errors.map(\.status) == [.internal] && errors.first?.reason == "MODEL_OUTPUT_NOT_FINITE")
        #expect(errors.first?.message.contains(folder.lastPathComponent) == true)
        // The next question is taken, and gets the same answer.
        _ = try await sink.waitForEnd(of: engine.ask([.text("and now?")], from: client, re: nil, sink: sink))
    }
}
