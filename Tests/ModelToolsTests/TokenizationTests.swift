import Foundation
import ModelTools
import Testing

@Suite struct TokenizationTests {
    private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/golden/e2b").path

    private func tokens(_ text: String, special: Bool = false) throws -> [Tokenization.Token] {
        try #require(try Tokenization.of([text], directory: Self.model, readsSpecial: special).first).tokens
    }

    @Test func eachIdIsShownWithItsEntry() throws {
        let tokens = try tokens("Some mug")
        #expect(tokens.first?.id == 511)
        #expect(tokens.map(\.entry).joined() == "Some▁mug")
        let table = try Tokenization.of(["Some"], directory: Self.model, readsSpecial: false).map(\.table)
        #expect(table == ["     511  \"Some\"\n1 token"])
    }

    @Test func specialTokensAreCharactersUnlessAskedFor() throws {
        #expect(try tokens("<turn|>", special: true).map { "\($0.id) \($0.entry)" } == ["6 <turn|>"])
        #expect(try !tokens("<turn|>").contains { $0.id == 6 })
        // What the vocabulary does not have is shown by its bytes.
        #expect(try tokens("🫖").map(\.entry) == ["<0xF0>", "<0x9F>", "<0xAB>", "<0x96>"])
    }
}
