import Checkpoint
import Media
import Tensors
import Testing
import VisionEncoder

@Suite struct FrameStreamTests {
    static let width = 192
    static let height = 144
    static let softTokens = 12

    static func scene(_ step: Int, background: RGBImage = Scene.texture(width: width, height: height)) -> RGBImage {
        Scene.square(background, x: 20 + 5 * step, y: 40 + 2 * step, width: 40, height: 40)
    }

    /// The smallest thresholds: whatever moved at all is recomputed.
    static func zero(refreshUpdates: Int = 1000) -> SparseParameters {
        SparseParameters(
            inputThreshold: 0, attentionThreshold: 0, tokenThreshold: 0, refreshUpdates: refreshUpdates, refreshSeconds: nil, cutShare: 1)
    }

    static func stream(_ mode: FrameStream.Mode, gate: ChangeDetector.Gate? = nil, threads: Int = 2, _ name: String = "e2b") throws
        -> FrameStream
    {
        FrameStream(encoder: try Golden(name).encoder(threads: threads), mode: mode, softTokens: softTokens, gate: gate)
    }

    static func isUnchanged(_ update: FrameUpdate) -> Bool {
        if case .unchanged = update { true } else { false }
    }

    /// What an update carries, or an issue.
    static func changed(_ update: FrameUpdate) throws -> (grid: SoftTokenGrid, tokens: [Int], work: Double, dense: Bool) {
        guard case .changed(let grid, let tokens, let work, let dense) = update else {
            throw Unexpected(description: "\(update)")
        }
        return (grid, tokens, work, dense)
    }

    struct Unexpected: Error, CustomStringConvertible { let description: String }

    // MARK: exact

    @Test(arguments: Golden.names)
    func exactEncodesWhatChangedAndNothingElse(name: String) throws {
        var stream = try Self.stream(.exact, name)
        let first = try Self.changed(stream.push(Self.scene(0)))
        #expect(first.grid == (try stream.encoder.encode(Self.scene(0), softTokens: Self.softTokens)))
        #expect(first.work == 1 && first.dense && first.tokens == Array(0..<12))
        for _ in 0..<5 {
            let update = try stream.push(Self.scene(0))
            #expect(Self.isUnchanged(update))
        }
        #expect(stream.statistics.work == 1 && stream.statistics.unchanged == 5)
        let second = try Self.changed(stream.push(Self.scene(1)))
        #expect(second.grid == (try stream.encoder.encode(Self.scene(1), softTokens: Self.softTokens)))
        #expect(second.grid != first.grid)
        #expect(stream.denseError() == 0)
    }

    /// With the camera's gate, noise costs nothing and an object costs one pass.
    @Test func exactWithACameraIgnoresNoise() throws {
        var stream = try Self.stream(.exact, gate: .camera)
        var generator = Generator(seed: 2)
        for frame in 0..<60 {
            let update = try stream.push(Scene.noisy(Scene.texture(width: Self.width, height: Self.height), deviation: 2, &generator))
            #expect(Self.isUnchanged(update) == (frame > 0), "frame \(frame)")
        }
        let update = try stream.push(Scene.noisy(Self.scene(0), deviation: 2, &generator))
        #expect(!Self.isUnchanged(update))
        #expect(stream.statistics.densePasses == 2)
    }

    @Test func aNewSizeOrBudgetIsADensePass() throws {
        for mode in [FrameStream.Mode.exact, .sparse(SparseParameters())] {
            var stream = try Self.stream(mode)
            _ = try stream.push(Self.scene(0))
            let cropped = Scene.texture(width: 100, height: 200)
            #expect(try Self.changed(stream.push(cropped)).dense)
            stream.softTokens = 6
            let smaller = try Self.changed(stream.push(cropped))
            #expect(smaller.dense && smaller.grid.tokens.rows <= 6 && smaller.tokens.count == smaller.grid.tokens.rows)
        }
    }

    @Test func aRefusedFrameLeavesTheStreamAsItWas() throws {
        var stream = try Self.stream(.exact)
        _ = try stream.push(Self.scene(0))
        var broken = Self.scene(0)
        broken.pixels.removeLast()
        #expect(throws: VisionError.self) { try stream.push(broken) }
        let update = try stream.push(Self.scene(0))
        #expect(Self.isUnchanged(update))
        #expect(stream.statistics.frames == 2)
    }

    // MARK: sparse

    /// With thresholds of zero every update equals the dense pass of its frame.
    @Test(arguments: Golden.names)
    func thresholdZeroIsDense(name: String) throws {
        var stream = try Self.stream(.sparse(Self.zero()), gate: .anyDifference, name)
        for step in 0..<6 {
            let update = try Self.changed(stream.push(Self.scene(step)))
            #expect(update.dense == (step == 0))
            #expect(update.work <= 1)
            let expected = try stream.encoder.encode(Self.scene(step), softTokens: Self.softTokens)
            let difference = zip(update.grid.tokens.values, expected.tokens.values).map { abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-5, "step \(step): \(difference)")
            #expect(stream.denseError() < 1e-5)
        }
    }

    @Test func anUnchangedFrameCostsNothing() throws {
        var stream = try Self.stream(.sparse(SparseParameters()))
        _ = try stream.push(Self.scene(0))
        let work = stream.statistics.work
        for _ in 0..<10 {
            let update = try stream.push(Self.scene(0))
            #expect(Self.isUnchanged(update))
        }
        #expect(stream.statistics.work == work)
    }

    /// Error and work over a moving square, for thresholds from none to large: the error is bounded and shrinks with the
    /// threshold, and the work grows.
    @Test(arguments: Golden.names)
    func errorShrinksAndWorkGrowsWithSmallerThresholds(name: String) throws {
        var results: [(error: Double, work: Double)] = []
        for threshold in [0.6, 0.3, 0.1, 0] as [Float] {
            var parameters = Self.zero()
            parameters.inputThreshold = threshold
            parameters.attentionThreshold = threshold
            var stream = try Self.stream(.sparse(parameters), gate: .anyDifference, name)
            _ = try stream.push(Self.scene(0))
            var error = 0.0
            var work = 0.0
            for step in 1..<6 {
                work += try Self.changed(stream.push(Self.scene(step))).work
                error += stream.denseError()
            }
            results.append((error / 5, work / 5))
        }
        for (coarse, fine) in zip(results, results.dropFirst()) {
            #expect(fine.error < coarse.error, "\(results)")
            #expect(fine.work >= coarse.work, "\(results)")
        }
        #expect(results[0].error < 0.3 && results[2].error < 0.15 && results[3].error < 1e-5, "\(results)")
        #expect(results[0].work < 0.5 && results[1].work < 1, "\(results)")
    }

    @Test func aLocalChangeCostsLessThanADensePass() throws {
        let parameters = SparseParameters(inputThreshold: 0.3, attentionThreshold: .infinity, refreshUpdates: 1000, refreshSeconds: nil)
        var stream = try Self.stream(.sparse(parameters), gate: .anyDifference)
        _ = try stream.push(Scene.texture(width: Self.width, height: Self.height))
        let object = Scene.square(Scene.texture(width: Self.width, height: Self.height), x: 100, y: 52, width: 34, height: 34)
        let update = try Self.changed(stream.push(object))
        #expect(update.work > 0 && update.work < 0.5 && !update.dense, "\(update.work)")
        // The token that covers the object is told, and not all of them.
        #expect(update.tokens.contains(1 * 4 + 2))
        #expect(update.tokens.count < 12)
    }

    @Test func aRefreshBringsTheErrorToZero() throws {
        let parameters = SparseParameters(inputThreshold: 0.3, attentionThreshold: 1, refreshUpdates: 4, refreshSeconds: nil)
        var stream = try Self.stream(.sparse(parameters), gate: .anyDifference)
        var dense: [Int] = []
        for step in 0..<11 {
            let update = try Self.changed(stream.push(Self.scene(step)))
            if update.dense {
                dense.append(step)
                #expect(stream.denseError() == 0)
            } else {
                #expect(stream.denseError() > 0)
            }
        }
        #expect(dense == [0, 5, 10])
    }

    /// By time, also without a change, and only once: what is exact already needs no refresh.
    @Test func aRefreshIsDueAfterSeconds() throws {
        let parameters = SparseParameters(refreshUpdates: 1000, refreshSeconds: 10)
        var stream = try Self.stream(.sparse(parameters))
        _ = try stream.push(Self.scene(0), at: MediaTime(seconds: 100))
        #expect(try Self.changed(stream.push(Self.scene(1), at: MediaTime(seconds: 101))).dense == false)
        let waiting = try stream.push(Self.scene(1), at: MediaTime(seconds: 109))
        #expect(Self.isUnchanged(waiting))
        #expect(try Self.changed(stream.push(Self.scene(1), at: MediaTime(seconds: 110))).dense)
        #expect(stream.denseError() == 0)
        let settled = try stream.push(Self.scene(1), at: MediaTime(seconds: 300))
        #expect(Self.isUnchanged(settled))
    }

    @Test func aSceneCutIsADensePass() throws {
        var stream = try Self.stream(.sparse(SparseParameters()))
        _ = try stream.push(Self.scene(0))
        #expect(try Self.changed(stream.push(BicubicResamplerTests.picture(Self.width, Self.height))).dense)
    }

    /// Hundreds of frames leave the caches as large as the first did.
    @Test func memoryDoesNotGrow() throws {
        var stream = try Self.stream(.sparse(SparseParameters(refreshUpdates: 50)))
        let background = Scene.texture(width: 96, height: 48)
        let frames = (0..<20).map { Scene.square(background, x: 4 * $0, y: $0, width: 10, height: 10) }
        _ = try stream.push(frames[0])
        let bytes = stream.cacheBytes
        // 7 floats x hidden size a patch and layer (3 of them x heads * headDimension), one a patch and layer for the
        // drift; the embedding; the pooled tokens and the projected ones.
        let vision = stream.encoder.configuration
        let plan = try stream.encoder.plan(width: 96, height: 48, softTokens: Self.softTokens)
        let perPatch = vision.layerCount * (4 * vision.hiddenSize + 3 * vision.headCount * vision.headDimension + 1) + vision.hiddenSize
        #expect(bytes == 4 * (plan.patchCount * perPatch + plan.tokenCount * (vision.hiddenSize + stream.encoder.outputSize)))
        for step in 1...300 {
            _ = try stream.push(frames[step % 20])
            #expect(stream.cacheBytes == bytes)
        }
        #expect(stream.statistics.sparseUpdates > 200)
    }

    @Test func resultsDoNotDependOnThreads() throws {
        var grids: [[SoftTokenGrid]] = []
        for threads in [1, 2, 5] {
            var stream = try Self.stream(.sparse(SparseParameters()), threads: threads)
            grids.append(try (0..<6).map { try Self.changed(stream.push(Self.scene($0))).grid })
        }
        for (grid, other) in zip(grids[0] + grids[0], grids[1] + grids[2]) {
            // f32 products are shared out by rows of weights, whose place in a block of the kernel decides the last bit.
            let difference = zip(grid.tokens.values, other.tokens.values).map { abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-5)
        }
    }

    /// A copy is a fork: neither side sees the other's frames.
    @Test func aCopyIsAFork() throws {
        var stream = try Self.stream(.sparse(SparseParameters(inputThreshold: 0.05)))
        _ = try stream.push(Self.scene(0))
        var fork = stream
        _ = try fork.push(Self.scene(4))
        let update = try Self.changed(stream.push(Self.scene(1)))
        var alone = try Self.stream(.sparse(SparseParameters(inputThreshold: 0.05)))
        _ = try alone.push(Self.scene(0))
        #expect(try Self.changed(alone.push(Self.scene(1))).grid == update.grid)
    }
}
