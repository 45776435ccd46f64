import Tensors

extension AudioEncoder {
    /// What a clip carries from one push to the next, of constant size for ever: for E2B 1.3 MB of keys, values and
    /// convolution inputs, and the samples and frames of the tokens not yet due.
    ///
    /// A value: a copy is a snapshot, and either may go on.
    public struct State: Sendable {
        /// Tokens wait until this many are complete; 1...64. May change between pushes.
        public var minimumTokens: Int {
            didSet { minimumTokens = Self.limited(minimumTokens) }
        }
        /// Soft tokens returned so far.
        public internal(set) var tokens = 0
        /// The clip was ended; it takes nothing more.
        public internal(set) var isFinished = false
        /// Samples that were NaN or infinite and entered as zero.
        public var nonFiniteSamples: Int { features.nonFiniteSamples }

        var features = LogMelSpectrogram()
        /// Mel frames, `[n, 128]`, of tokens not yet due; fewer than 4 `minimumTokens` between pushes.
        var waiting = Matrix(zeros: 0, LogMelSpectrogram.binCount)
        var subsampling: Subsampling.State
        var layers: [ConformerLayer.State]

        init(minimumTokens: Int, subsampling: Subsampling.State, layers: [ConformerLayer.State]) {
            self.minimumTokens = Self.limited(minimumTokens)
            self.subsampling = subsampling
            self.layers = layers
        }

        private static func limited(_ count: Int) -> Int {
            min(max(count, 1), AudioEncoder.maximumTokensPerPass)
        }

        /// Whether `finish` would return a token: audio has arrived that no token carries yet.
        public var hasPendingAudio: Bool { waiting.rows > 0 }

        /// The memory the state holds, in bytes.
        public var byteCount: Int {
            let floats = features.sampleCount + waiting.values.count + subsampling.floatCount + layers.reduce(0) { $0 + $1.floatCount }
            return floats * MemoryLayout<Float>.stride
        }

        mutating func takeFrames(_ count: Int) -> Matrix {
            let taken = waiting.rows(0..<count)
            waiting = waiting.rows(count..<waiting.rows)
            return taken
        }
    }
}
