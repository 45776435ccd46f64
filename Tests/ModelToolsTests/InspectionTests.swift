import Foundation
import ModelTools
import Testing

@Suite struct InspectionTests {
    /// What keeps a model from being loaded keeps it from being inspected, too: the tokenizer's and the special tokens' ranges.
    @Test func whatDoesNotBelongTogetherIsNamed() throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/golden/e2b").path
        func problem(_ file: String, _ change: (String) -> String) throws -> String {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("inspect-\(UUID().uuidString.prefix(8))")
            try FileManager.default.copyItem(atPath: golden, toPath: folder.path)
            defer { try? FileManager.default.removeItem(at: folder) }
            let url = folder.appendingPathComponent(file)
            let text = try String(contentsOf: url, encoding: .utf8)
            #expect(change(text) != text)
            try change(text).write(to: url, atomically: true, encoding: .utf8)
            do {
                _ = try Inspection(directory: folder.path)
                return "accepted"
            } catch { return "\(error)" }
        }
        let beyond = try problem("tokenizer.json") { $0.replacing(#""Some":511"#, with: #""Some":512"#) }
        #expect(beyond.contains("\"Some\" has the id 512, and the model's embedding table has 512 rows"), "\(beyond)")
        let special = try problem("config.json") { $0.replacing(#""eoi_token_id": 9"#, with: #""eoi_token_id": 999"#) }
        #expect(special.contains("eoi_token_id is 999, but the vocabulary has 512 entries"), "\(special)")
        let swapped = try problem("config.json") { $0.replacing(#""boi_token_id": 7"#, with: #""boi_token_id": 8"#) }
        #expect(swapped.contains("<|image>"), "\(swapped)")
        let missing = try problem("tokenizer.json") { $0.replacing("<turn|>", with: "<turn!>") }
        #expect(missing.contains("<turn|>"), "\(missing)")
    }

    /// A match head, or a file of weights that no configuration names, belongs to the model as well.
    @Test func aBrokenMatchHeadIsNamed() throws {
        let nano = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("models/nano").path
        #expect(try Inspection(directory: nano).text.contains("\nmatch               frames, sounds, sentences in "))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("inspect-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let names = ["config.json", "generation_config.json", "mmagent.json", "preprocessor_config.json", "tokenizer.json"]
        for name in names + ["model.safetensors"] {
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/" + name, withDestinationPath: nano + "/" + name)
        }
        #expect(try Inspection(directory: folder.path).text.contains("\nmatch               none\n"))
        func problem(_ name: String, _ bytes: Data) throws -> String {
            let file = folder.appendingPathComponent(name)
            try bytes.write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            do { _ = try Inspection(directory: folder.path) } catch { return "\(error)" }
            return "accepted"
        }
        let pointer = Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1357056\n".utf8)
        for name in ["match.safetensors", "adapter.safetensors"] {
            let said = try problem(name, pointer)
            #expect(said.contains(name) && said.contains("git-LFS pointer"), "\(said)")
        }
        let shapes = try problem("match.safetensors", Data(contentsOf: URL(fileURLWithPath: nano + "/model.safetensors")))
        #expect(shapes.contains("text.hidden.weight") && shapes.contains("match.safetensors"), "\(shapes)")
    }

    @Test func itSaysWhatStreamTheModelWasMadeFor() throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/golden/e2b").path
        let line = try Inspection(directory: golden).text.split(separator: "\n").first { $0.hasPrefix("stream") }
        #expect(
            line
                == "stream              2048 rows (frames 1024, sounds 1024, text 512), the system prompt stays near, frames with their time; from its context of 4096 tokens"
        )
    }
}
