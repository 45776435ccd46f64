import Foundation
import ModelTools
import Testing

@Suite struct InspectionTests {
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
