public import Media

/// Finds the patches of a picture that changed since they were last encoded, above the sensor's noise.
///
/// The reference is what was last *encoded*, never the previous frame, so that slow drift adds up until it is noticed.
/// The noise level is estimated from consecutive frames: a low quantile over the patches of their mean absolute difference,
/// which moving things do not reach as long as they leave that share of the picture alone. A value type; its memory is one
/// picture and three sets of block means (0.8 MB at 528x288 pixels), whatever the number of frames.
public struct ChangeDetector: Sendable {
    /// What counts as a change.
    public enum Gate: Sendable, Equatable {
        /// Any differing byte: for files, screens and tests.
        case anyDifference
        /// Only what stands out from the sensor's noise: for cameras.
        case aboveNoise(NoiseParameters)

        public static let camera = Gate.aboveNoise(NoiseParameters())
    }

    /// Levels are of 255, measured on means of 4x4 pixels.
    public struct NoiseParameters: Sendable, Equatable {
        /// A patch changed when its mean difference exceeds this many times the noise. The mean over a patch's 48 block means
        /// stays within a factor of 1.5 of its expectation for independent noise; 4 leaves room for noise that differs
        /// between dark and bright parts and is correlated by the camera's own compression.
        public var meanFactor: Float
        /// A patch changed when one block differs by more than this many times the noise: 12 mean absolute differences are
        /// about 10 standard deviations.
        public var blockFactor: Float
        /// The noise is taken to be at least this much (quantisation alone gives 0.1 to 0.3)...
        public var floor: Float
        /// ...and at most this much, so that a picture that moves everywhere does not blind the detector.
        public var ceiling: Float
        /// The share of patches taken to be at rest between two frames.
        public var quantile: Float

        public init(meanFactor: Float = 4, blockFactor: Float = 12, floor: Float = 0.4, ceiling: Float = 5, quantile: Float = 0.3) {
            self.meanFactor = meanFactor
            self.blockFactor = blockFactor
            self.floor = floor
            self.ceiling = ceiling
            self.quantile = quantile
        }
    }

    public let gate: Gate
    /// Estimated noise: mean absolute difference of 4x4 block means between frames at rest, in levels of 255; nil before the second frame.
    public private(set) var noise: Float?
    /// The last picture seen.
    public private(set) var current: RGBImage?

    private var reference: RGBImage?
    private var currentMeans: BlockMeans?
    private var referenceMeans: BlockMeans?
    private var plan: ResizePlan?

    public init(gate: Gate) {
        self.gate = gate
    }

    /// Looks at the next picture.
    /// - Parameter image: resized to `plan`; a plan other than the last one starts afresh.
    /// - Returns: the patches that differ from the reference, ascending; all of them when there is no reference.
    public mutating func observe(_ image: RGBImage, plan: ResizePlan) -> [Int] {
        if plan != self.plan {
            self = ChangeDetector(gate: gate)
            self.plan = plan
        }
        defer { current = image }
        switch gate {
        case .anyDifference:
            guard let reference else { return Array(0..<plan.patchCount) }
            return Self.differingPatches(image, reference, plan: plan)
        case .aboveNoise(let parameters):
            let means = BlockMeans(image, plan: plan)
            defer { currentMeans = means }
            if let previous = currentMeans { estimateNoise(means, previous, parameters) }
            guard let referenceMeans else { return Array(0..<plan.patchCount) }
            let noise = max(noise ?? 0, parameters.floor)
            return means.differences(from: referenceMeans).enumerated().compactMap { patch, difference in
                difference.mean > parameters.meanFactor * noise || difference.largest > parameters.blockFactor * noise ? patch : nil
            }
        }
    }

    /// The whole of the last picture was encoded: it is the reference now.
    public mutating func acceptAll() {
        reference = gate == .anyDifference ? current : nil
        referenceMeans = currentMeans
    }

    /// Only these patches of the last picture were encoded.
    public mutating func accept(_ patches: [Int]) {
        guard let plan, let current else { return }
        if let currentMeans { referenceMeans?.replace(patches, from: currentMeans) }
        guard gate == .anyDifference, reference != nil else { return }
        for patch in patches {
            for start in Self.rowStarts(patch, plan) {
                for index in start..<start + plan.patchSize * 3 { reference?.pixels[index] = current.pixels[index] }
            }
        }
    }

    /// Follows the noise: down by a tenth of the way a frame, up by at most a fortieth of itself, so that a scene cut or a
    /// moment of motion everywhere does not count as noise.
    private mutating func estimateNoise(_ means: BlockMeans, _ previous: BlockMeans, _ parameters: NoiseParameters) {
        let differences = means.differences(from: previous)
        // A frame delivered twice says nothing about the sensor.
        guard differences.contains(where: { $0.largest > 0 }) else { return }
        let measured = differences.indices.filter { !means.isSaturated($0) }.map { differences[$0].mean }.sorted()
        guard !measured.isEmpty else { return }
        let index = Int(parameters.quantile * Float(measured.count - 1))
        let level = min(max(measured[index], parameters.floor), parameters.ceiling)
        guard let noise else {
            self.noise = level
            return
        }
        self.noise = level < noise ? noise + (level - noise) * 0.1 : min(level, noise * 1.025)
    }

    private static func differingPatches(_ image: RGBImage, _ reference: RGBImage, plan: ResizePlan) -> [Int] {
        guard image.pixels != reference.pixels else { return [] }
        return image.pixels.withUnsafeBufferPointer { pixels in
            reference.pixels.withUnsafeBufferPointer { references in
                (0..<plan.patchCount).filter { patch in
                    rowStarts(patch, plan).contains { start in
                        (start..<start + plan.patchSize * 3).contains { pixels[$0] != references[$0] }
                    }
                }
            }
        }
    }

    /// Where each pixel row of a patch starts in the picture's bytes.
    private static func rowStarts(_ patch: Int, _ plan: ResizePlan) -> StrideTo<Int> {
        let top = patch / plan.patchColumns * plan.patchSize
        let first = (top * plan.width + patch % plan.patchColumns * plan.patchSize) * 3
        return stride(from: first, to: first + plan.patchSize * plan.width * 3, by: plan.width * 3)
    }
}
