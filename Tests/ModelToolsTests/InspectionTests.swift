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
