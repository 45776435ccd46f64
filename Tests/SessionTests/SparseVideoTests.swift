import AgentProtocol
import Foundation
import Interleaver
import Media
import Session
import Testing
import VisionEncoder

/// In `sparse` mode a model that takes delta frames is told what moved; any other gets whole frames.
@Suite struct SparseVideoTests {
    private static let wholeFrame = 16

    private func options() -> StreamOptions {
        var options = StreamOptions()
        options.softTokens = Self.wholeFrame
        // Random weights spread a change over all tokens; without attention to what moved elsewhere it stays where it is.
        options.visionMode = .sparse(SparseParameters(attentionThreshold: .infinity, tokenThreshold: 0.2))
        return options
    }

    /// The picture 1 with a square of a twelfth of its area, somewhere.
    private func scene(square index: Int) -> RGBImage {
        var image = picture(1, width: 192, height: 192)
        let left = 24 * (index % 5), top = 32 * (index / 5 % 4)
        for y in top..<top + 56 {
            for x in left..<left + 56 {
                for channel in 0..<3 { image.pixels[(y * image.width + x) * 3 + channel] = UInt8(channel * 90 + 40) }
            }
        }
        return image
    }

    /// Rows in the cache after every frame.
    private func rows(_ engine: AgentEngine, squares: [Int]) async throws -> [Int] {
        var rows: [Int] = []
        for (second, square) in squares.enumerated() {
            await engine.push(VideoFrame(time: MediaTime(seconds: Double(second)), image: scene(square: square), sequence: second))
            while await engine.step(session: AgentEngine.mainSession, now: nil) {}
            rows.append(try #require(await engine.status()).cachedRows)
        }
        return rows
    }

    private func connect(_ engine: AgentEngine) async throws -> RecordingSink {
        let sink = RecordingSink()
        _ = try await engine.connect(ClientContext.ID(1), setup: mainSetup(), sink: sink, server: "test", features: [])
        return sink
    }

    @Test func movedTokensAreTold() async throws {
        let engine = try TinyModel.engine(TinyModel.takingDeltaFrames, options())
        let sink = try await connect(engine)
        let rows = try await rows(engine, squares: [0, 18, 18, 9])
        let shares = sink.all.compactMap { if case .observation(let observation) = $0.event { observation.score } else { nil } }
        let moved = shares.map { Int(($0 * Double(Self.wholeFrame)).rounded()) }
        #expect(moved.count == 3)
        #expect(moved[0] == Self.wholeFrame && moved[1] < 8 && moved[1] > 0 && moved[2] > 0, "\(moved)")
        #expect(rows[2] == rows[1], "an unchanged frame adds no rows")
        // Time, begin and end of image are the same in both, but for the space before the time.
        #expect(rows[3] - rows[2] == rows[1] - rows[0] + moved[2] - moved[1])
        #expect(rows[1] - rows[0] < Self.wholeFrame)
    }

    @Test func aModelThatDoesNotTakeThemGetsWholeFrames() async throws {
        let engine = try TinyModel.engine(options())
        _ = try await connect(engine)
        let rows = try await rows(engine, squares: [0, 18, 9])
        #expect(rows[2] - rows[1] == rows[1] - rows[0])
        #expect(rows[1] - rows[0] > Self.wholeFrame)
    }

    @Test func whatWasToldInPartNeverOutlivesItsWholeFrame() async throws {
        var options = options()
        options.eviction = EvictionPolicy(totalRows: 400, videoRows: 30, audioRows: 100, textRows: 50)
        let engine = try TinyModel.engine(TinyModel.takingDeltaFrames, options)
        _ = try await connect(engine)
        let empty = try #require(await engine.status()).cachedRows
        let rows = try await rows(engine, squares: (0..<15).map { $0 * 7 % 20 })
        #expect(try #require(await engine.status()).counters.evictedRows > 0)
        #expect(rows.allSatisfy { $0 - empty > Self.wholeFrame })
        #expect(rows.allSatisfy { $0 - empty <= 30 + Self.wholeFrame + 12 })
    }
}
