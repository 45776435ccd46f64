import AgentProtocol
import AudioEncoder
import Checkpoint
import Decoder
import Foundation
import Media
import Session
public import Tensors
import VisionEncoder

/// Measures one model on this machine: each stage alone, on synthetic input, best of several rounds.
public struct Bench {
    public struct Result: Codable, Sendable, Equatable {
        public var model = ""
        public var weights = ""
        public var threads = 0
        public var kernels = ""
        public var loadSeconds = 0.0
        /// Tokens a second by rows in a call.
        public var ingestTokensPerSecond: [String: Double] = [:]
        public var decodeTokensPerSecond = 0.0
        public var decodeContext = 0
        /// Seconds of computing for a second of sound, by tokens in a call; below 1 is faster than real time.
        public var audioRealTimeFactor: [String: Double] = [:]
        public var visionSize = ""
        public var visionSoftTokens = 0
        public var visionDenseMilliseconds = 0.0
        public var visionSparseMilliseconds = 0.0
        public var visionSparseWork = 0.0
        public var visionSparseError = 0.0
        public var visionUnchangedMilliseconds = 0.0
        public var residentBytes = 0
        public var anonymousBytes = 0
        public var peakBytes = 0
    }

    public static func run(
        directory: String, weights: WeightFormat, threads: Int, progress: (String) -> Void = { _ in }
    ) throws -> Result {
        var result = Result()
        let pool = ThreadPool(threads: threads)
        result.model = directory
        result.weights = weights.rawValue
        result.threads = pool.threads
        result.kernels = Kernels.path.rawValue
        progress("loading")
        let begin = ContinuousClock.now
        let checkpoint = try Checkpoint(directory: directory, weights: weights, pool: pool)
        let decoder = try Decoder(checkpoint: checkpoint)
        let audio = checkpoint.configuration.audio == nil ? nil : try AudioEncoder(checkpoint: checkpoint)
        let vision = checkpoint.configuration.vision == nil ? nil : try VisionEncoder(checkpoint: checkpoint)
        result.loadSeconds = seconds(since: begin)
        progress("decoder")
        measure(decoder, into: &result)
        if let audio {
            progress("audio encoder")
            measure(audio, into: &result)
        }
        if let vision {
            progress("vision encoder")
            try measure(vision, into: &result)
        }
        result.residentBytes = ResidentMemory.current ?? 0
        result.anonymousBytes = ResidentMemory.anonymous ?? 0
        result.peakBytes = ResidentMemory.peak ?? 0
        return result
    }

    private static func measure(_ decoder: Decoder, into result: inout Result) {
        let vocabulary = decoder.configuration.text.vocabularySize
        var generator = SystemRandomNumberGenerator()
        func tokens(_ count: Int) -> InputRows {
            .text((0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) })
        }
        var stream = decoder.makeStream()
        // The context in which everything is measured: about half a minute of a live stream.
        decoder.ingest(tokens(256), into: &stream)
        for rows in [1, 16, 64, 128] {
            let time = best(of: 3) {
                var fork = stream
                decoder.ingest(tokens(rows), into: &fork)
            }
            result.ingestTokensPerSecond["\(rows)"] = Double(rows) / time
        }
        result.decodeContext = stream.rowCount
        var fork = stream
        let count = 16
        let time = best(of: 3) {
            for _ in 0..<count { _ = decoder.decode(tokens(1), into: &fork) }
        }
        result.decodeTokensPerSecond = Double(count) / time
    }

    private static func measure(_ encoder: AudioEncoder, into result: inout Result) {
        var generator = SystemRandomNumberGenerator()
        for group in [1, 4, 12] {
            var state = encoder.makeState(minimumTokens: group)
            let samples = (0..<AudioEncoder.samplesPerToken * group).map { _ in Float.random(in: -0.1...0.1, using: &generator) }
            _ = encoder.push(samples: samples + samples, into: &state)
            let time = best(of: 3) { _ = encoder.push(samples: samples, into: &state) }
            result.audioRealTimeFactor["\(group)"] = time / (Double(samples.count) / Double(AudioBlock.sampleRate))
        }
    }

    private static func measure(_ encoder: VisionEncoder, into result: inout Result) throws {
        let still = texture(seed: 1)
        var moved = still
        // A square that covers a tenth of the picture.
        let side = Int((0.1 * Double(still.width * still.height)).squareRoot())
        let other = texture(seed: 2)
        for y in 100..<100 + side {
            for x in 200 * 3..<(200 + side) * 3 { moved.pixels[y * still.width * 3 + x] = other.pixels[y * still.width * 3 + x] }
        }
        let plan = try encoder.plan(width: still.width, height: still.height)
        result.visionSize = "\(plan.width)x\(plan.height)"
        result.visionSoftTokens = plan.tokenRows * plan.tokenColumns
        result.visionDenseMilliseconds = 1000 * best(of: 2) { _ = try? encoder.encode(still) }

        var stream = FrameStream(encoder: encoder, mode: .sparse(SparseParameters()))
        _ = try stream.push(still)
        result.visionUnchangedMilliseconds = 1000 * best(of: 3) { _ = try? stream.push(still) }
        let begin = ContinuousClock.now
        if case .changed(_, _, let work, _) = try stream.push(moved) {
            result.visionSparseMilliseconds = 1000 * seconds(since: begin)
            result.visionSparseWork = work
            result.visionSparseError = stream.denseError()
        }
    }

    /// A smooth random 640x480 picture.
    private static func texture(seed: UInt64) -> RGBImage {
        var image = RGBImage(width: 640, height: 480)
        let phase = Double(seed)
        for y in 0..<480 {
            for x in 0..<640 {
                for channel in 0..<3 {
                    let wave = sin(Double(x) * 0.05 * (1 + 0.3 * Double(channel)) + phase) * cos(Double(y) * 0.07 + phase * 2)
                    image.pixels[(y * 640 + x) * 3 + channel] = UInt8(127.5 + 120 * wave)
                }
            }
        }
        return image
    }

    private static func best(of rounds: Int, _ body: () -> Void) -> Double {
        (0..<rounds).map { _ in
            let begin = ContinuousClock.now
            body()
            return seconds(since: begin)
        }.min() ?? 0
    }

    private static func seconds(since begin: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - begin).inSeconds
    }
}

extension Bench.Result {
    /// The figures as a person reads them.
    public var text: String {
        func number(_ value: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", value) }
        func table(_ values: [String: Double], _ digits: Int) -> String {
            values.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }.map { "\($0.key): \(number($0.value, digits))" }.joined(
                separator: "  ")
        }
        return """
            model                  \(model)
            weights, threads       \(weights), \(threads), \(kernels) kernels
            load                   \(number(loadSeconds, 2)) s
            ingest, tokens/s       by rows in a call  \(table(ingestTokensPerSecond, 1))
            decode, tokens/s       \(number(decodeTokensPerSecond))  (context \(decodeContext))
            audio, real-time factor by tokens in a call  \(table(audioRealTimeFactor, 4))
            vision, dense          \(number(visionDenseMilliseconds)) ms  (640x480 -> \(visionSize), \(visionSoftTokens) soft tokens)
            vision, sparse, 10 %   \(number(visionSparseMilliseconds)) ms  (\(number(visionSparseWork * 100)) % of the work, relative error \(number(visionSparseError, 4)))
            vision, unchanged      \(number(visionUnchangedMilliseconds, 2)) ms
            resident memory        \(number(Double(residentBytes) / 1e6)) MB  (\(number(Double(anonymousBytes) / 1e6)) MB allocated, the rest mapped; peak \(number(Double(peakBytes) / 1e6)) MB)
            """
    }
}
