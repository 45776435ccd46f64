import Checkpoint
import Decoder
import Foundation
import Match
import Tensors
import Testing

/// The head on the tiny checkpoint, with random weights of its own, against its equations in f64.
@Suite struct MatchHeadTests {
    private let pool = ThreadPool(threads: 2)

    @Test func aSideIsItsEquation() throws {
        let directory = try HeadDirectory()
        defer { directory.remove() }
        let head = try MatchHead(directory: directory.path, configuration: directory.configuration(pool), pool: pool)
        for (name, side) in [("frame", try #require(head.frame)), ("sound", try #require(head.sound)), ("text", head.text)] {
            let tokens = HeadDirectory.matrix(7, side.inputWidth, seed: 9, scale: 3)
            let embedding = try #require(side(tokens))
            #expect(embedding.count == HeadDirectory.dimensions)
            #expect(abs(embedding.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            for (value, expected) in zip(embedding, directory.reference(name, tokens)) { #expect(abs(Double(value) - expected) < 1e-5) }
        }
    }

    @Test(arguments: [1, 3, 7, 50])
    func tokensPushedInPiecesEqualTheWhole(size: Int) throws {
        let directory = try HeadDirectory()
        defer { directory.remove() }
        let side = try #require(MatchHead(directory: directory.path, configuration: directory.configuration(pool), pool: pool).sound)
        let tokens = HeadDirectory.matrix(50, side.inputWidth, seed: 4, scale: 1)
        let whole = try #require(side(tokens))
        var state = side.makeState()
        #expect(side.embedding(state) == nil)
        for start in stride(from: 0, to: tokens.rows, by: size) {
            side.push(tokens.rows(start..<min(start + size, tokens.rows)), into: &state)
        }
        #expect(state.tokens == 50)
        for (value, expected) in zip(try #require(side.embedding(state)), whole) { #expect(abs(value - expected) < 1e-6) }
    }

    @Test func aSentenceIsReadInAStreamOfItsOwn() throws {
        let directory = try HeadDirectory()
        defer { directory.remove() }
        let checkpoint = try Checkpoint(directory: directory.path, weights: .f32, pool: pool)
        let decoder = try Decoder(checkpoint: checkpoint)
        let tokenizer = try Tokenizer(directory: directory.path)
        let head = try MatchHead(directory: directory.path, configuration: checkpoint.configuration, pool: pool)
        let ids = [checkpoint.configuration.tokens.bos] + tokenizer.encodePlain("a red mug")
        var stream = decoder.makeStream()
        let hidden = decoder.hidden(.text(ids), into: &stream)
        #expect(hidden.rows == ids.count)
        let embedding = head.embedding(of: "a red mug", tokenizer: tokenizer, decoder: decoder)
        for (value, expected) in zip(embedding, directory.reference("text", hidden)) { #expect(abs(Double(value) - expected) < 1e-5) }
        #expect(head.embedding(of: "", tokenizer: tokenizer, decoder: decoder).count == HeadDirectory.dimensions)
    }

    @Test func aSimilarityIsTheSigmoidOfTheScaledCosine() throws {
        let directory = try HeadDirectory()
        defer { directory.remove() }
        let head = try MatchHead(directory: directory.path, configuration: directory.configuration(pool), pool: pool)
        let (a, b): ([Float], [Float]) = ([0.6, 0.8], [1, 0])
        #expect(abs(head.score(a, b, .frame) - (10 * 0.5 * 0.6 - 2)) < 1e-5)
        #expect(abs(head.score(a, b, .sound) - (10 * 2 * 0.6 - 2)) < 1e-5)
        #expect(abs(head.similarity(a, b, .frame) - 1 / (1 + exp(-1))) < 1e-5)
    }

    @Test func theModelsOwnWeightsAreReadAsBefore() throws {
        let directory = try HeadDirectory()
        defer { directory.remove() }
        let checkpoint = try Checkpoint(directory: directory.path, weights: .f32, pool: pool)
        _ = try Decoder(checkpoint: checkpoint)
        for part in ["model.vision_tower", "model.audio_tower", "model.embed_vision", "model.embed_audio"] { checkpoint.root.ignore(part) }
        try checkpoint.requireAllRead()
    }

    @Test func aHeadThatDoesNotFitIsRefusedByName() throws {
        func error(_ change: (inout HeadDirectory.Tensors) -> Void, scalars: Bool = true) throws -> MatchError? {
            let directory = try HeadDirectory(scalars: scalars, change: change)
            defer { directory.remove() }
            let configuration = try directory.configuration(pool)
            do {
                _ = try MatchHead(directory: directory.path, configuration: configuration, pool: pool)
                return nil
            } catch { return error }
        }
        #expect(try error { _ in } == nil)
        #expect(try error { $0 = $0.filter { !$0.key.hasPrefix("sound") } } == nil, "a head without sounds is one")
        let wide = try #require(try error { $0["frame.hidden.weight"] = HeadDirectory.matrix(HeadDirectory.hidden, 5, seed: 1) })
        #expect("\(wide)".contains("frame.hidden.weight") && "\(wide)".contains("[\(HeadDirectory.hidden), 5]"))
        let other = try #require(try error { $0["sound.output.weight"] = HeadDirectory.matrix(3, HeadDirectory.hidden, seed: 1) })
        #expect("\(other)".contains("sound.output.weight"))
        let missing = try #require(try error { $0["text.hidden.bias"] = nil })
        #expect("\(missing)".contains("text.hidden.bias"))
        let extra = try #require(try error { $0["frame.extra"] = HeadDirectory.matrix(1, 1, seed: 1) })
        #expect("\(extra)".contains("frame.extra"))
        let scalars = try #require(try error({ _ in }, scalars: false))
        #expect("\(scalars)".contains("mmagent.json has no key match"))
    }
}
