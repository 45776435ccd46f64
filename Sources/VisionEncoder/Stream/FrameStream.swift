public import Media
import Tensors

/// Frames in, soft tokens out, with as little work as the mode allows. A value: copying it forks the stream.
///
/// `exact` encodes a changed frame whole; `sparse` recomputes only what moved and is an approximation between dense passes.
/// In both, a frame that the gate finds unchanged costs resizing and comparing, nothing else.
public struct FrameStream: Sendable {
    public enum Mode: Sendable, Equatable {
        case exact
        case sparse(SparseParameters)
    }

    public let encoder: VisionEncoder
    public let mode: Mode
    /// Budget for the next frame; changing it (or the size of the frames) makes the next frame a dense pass. nil: the checkpoint's own.
    public var softTokens: Int?
    /// The soft tokens that hold now.
    public private(set) var grid: SoftTokenGrid?
    public private(set) var statistics = FrameStreamStatistics()

    private var detector: ChangeDetector
    private var sizing: Sizing?
    private var sparse: SparseTower?
    /// What `changedTokens` last told of each token: [tokens, decoder's hidden size].
    private var reported: Matrix?
    /// Sparse updates since the last dense pass, and that pass's time.
    private var updates = 0
    private var denseTime: MediaTime?

    /// Everything that follows from the size of the frames.
    private struct Sizing {
        let width: Int
        let height: Int
        let softTokens: Int?
        let plan: ResizePlan
        let resampler: BicubicResampler
    }

    /// - Parameter gate: what counts as a change; by default any difference in `exact` mode and a camera's noise in `sparse` mode.
    ///   Give `.camera` to `exact` mode too when the frames come from a sensor, or its noise makes every frame a new one.
    public init(encoder: VisionEncoder, mode: Mode = .exact, softTokens: Int? = nil, gate: ChangeDetector.Gate? = nil) {
        self.encoder = encoder
        self.mode = mode
        self.softTokens = softTokens
        detector = ChangeDetector(gate: gate ?? (mode == .exact ? .anyDifference : .camera))
    }

    /// Estimated noise of the sensor in levels of 255; nil with the gate `anyDifference` or before the second frame.
    public var noise: Float? { detector.noise }

    /// Bytes of the per-layer caches (0 in `exact` mode): a function of the size, not of the number of frames.
    public var cacheBytes: Int { sparse?.bytes ?? 0 }

    /// Takes the next frame.
    /// - Parameter time: when it was taken; only `SparseParameters.refreshSeconds` needs it.
    /// - Throws: what `VisionEncoder.plan` throws; the stream is as before then.
    public mutating func push(_ image: RGBImage, at time: MediaTime? = nil) throws(VisionError) -> FrameUpdate {
        guard image.pixels.count == 3 * image.width * image.height else {
            throw .malformedImage(width: image.width, height: image.height, bytes: image.pixels.count)
        }
        let sizing = try size(image)
        let resized = sizing.resampler(image)
        let changed = detector.observe(resized, plan: sizing.plan)
        statistics.frames += 1
        switch mode {
        case .exact:
            guard !changed.isEmpty else { return unchanged() }
            let grid = encoder.encode(ImagePatches(resized: resized, plan: sizing.plan))
            detector.acceptAll()
            return finish(grid, changedTokens: Array(0..<sizing.plan.tokenCount), work: 1, dense: true)
        case .sparse(let parameters):
            let refresh = isRefreshDue(parameters, time)
            guard !changed.isEmpty || refresh else { return unchanged() }
            let isCut = Double(changed.count) > parameters.cutShare * Double(sizing.plan.patchCount)
            if refresh || isCut || sparse?.plan != sizing.plan {
                sparse = nil  // released before the new caches are built, so that two sets never exist
                sparse = SparseTower(encoder, resized, plan: sizing.plan)
                detector.acceptAll()
                updates = 0
                denseTime = time
                return report(parameters, plan: sizing.plan, work: 1, dense: true)
            }
            let work = sparse?.update(resized, changed: changed, parameters) ?? 0
            detector.accept(changed)
            updates += 1
            return report(parameters, plan: sizing.plan, work: Double(work) / Double(encoder.cost.dense(sizing.plan)), dense: false)
        }
    }

    /// How far the soft tokens that hold now are from a dense pass over the last frame pushed: the root of the mean squared
    /// difference over the root mean square of the dense pass. Costs a dense pass, and changes nothing. 0 before the first frame.
    public func denseError() -> Double {
        guard let grid, let sizing, let current = detector.current else { return 0 }
        return grid.tokens.relativeError(against: encoder.encode(ImagePatches(resized: current, plan: sizing.plan)).tokens)
    }

    private mutating func size(_ image: RGBImage) throws(VisionError) -> Sizing {
        if let sizing, sizing.width == image.width, sizing.height == image.height, sizing.softTokens == softTokens { return sizing }
        let plan = try encoder.plan(width: image.width, height: image.height, softTokens: softTokens)
        let sizing = Sizing(
            width: image.width, height: image.height, softTokens: softTokens, plan: plan,
            resampler: BicubicResampler(sourceWidth: image.width, sourceHeight: image.height, width: plan.width, height: plan.height))
        self.sizing = sizing
        return sizing
    }

    /// Only sparse updates make a refresh worth its cost.
    private func isRefreshDue(_ parameters: SparseParameters, _ time: MediaTime?) -> Bool {
        guard updates > 0 else { return false }
        if updates >= parameters.refreshUpdates { return true }
        guard let seconds = parameters.refreshSeconds, let time, let denseTime else { return false }
        return (time - denseTime).seconds >= seconds
    }

    private mutating func unchanged() -> FrameUpdate {
        statistics.unchanged += 1
        return .unchanged
    }

    private mutating func report(_ parameters: SparseParameters, plan: ResizePlan, work: Double, dense: Bool) -> FrameUpdate {
        guard let tokens = sparse?.tokens else { return unchanged() }
        var changedTokens = Array(0..<tokens.rows)
        if var known = reported, known.rows == tokens.rows, grid?.columns == plan.tokenColumns {
            changedTokens = tokens.rows(movedFrom: known, beyond: parameters.tokenThreshold)
            reported = nil
            known.scatter(tokens.gather(changedTokens), to: changedTokens)
            reported = known
        } else {
            reported = tokens
        }
        let grid = SoftTokenGrid(rows: plan.tokenRows, columns: plan.tokenColumns, tokens: tokens)
        return finish(grid, changedTokens: changedTokens, work: work, dense: dense)
    }

    private mutating func finish(_ grid: SoftTokenGrid, changedTokens: [Int], work: Double, dense: Bool) -> FrameUpdate {
        self.grid = grid
        if dense { statistics.densePasses += 1 } else { statistics.sparseUpdates += 1 }
        statistics.work += work
        return .changed(grid, changedTokens: changedTokens, work: work, dense: dense)
    }
}
