import Decoder
import Foundation
import Testing

struct SamplerTests {
    private func draws(_ count: Int, _ logits: [Float], _ parameters: SamplingParameters) throws -> [Int32] {
        var sampler = try Sampler(parameters)
        return (0..<count).map { _ in sampler.sample(logits) }
    }

    @Test func greedyTakesTheLargestAndTheLowestOfEquals() throws {
        #expect(try draws(3, [0, 3, 3, -1], .greedy) == [1, 1, 1])
        #expect(try draws(1, [.nan, -5, .nan, -4], .greedy) == [3])
        #expect(try draws(1, [.nan, .nan], .greedy) == [0])
        #expect(try draws(1, [-.infinity, -.infinity], .greedy) == [0])
    }

    @Test func theSeedDecides() throws {
        let logits = (0..<50).map { Float(sin(Double($0))) }
        let first = try draws(100, logits, SamplingParameters(temperature: 1, seed: 7))
        #expect(try draws(100, logits, SamplingParameters(temperature: 1, seed: 7)) == first)
        #expect(try draws(100, logits, SamplingParameters(temperature: 1, seed: 8)) != first)
    }

    @Test func aCopyDrawsTheSame() throws {
        var sampler = try Sampler(SamplingParameters(temperature: 1, seed: 3))
        let logits: [Float] = [0, 0, 0, 0]
        _ = sampler.sample(logits)
        var copy = sampler
        #expect((0..<20).map { _ in sampler.sample(logits) } == (0..<20).map { _ in copy.sample(logits) })
    }

    /// 20000 draws: frequencies within five standard deviations of the softmax.
    @Test(arguments: [0.5, 1, 2])
    func frequenciesFollowTheSoftmax(_ temperature: Double) throws {
        let logits: [Float] = [1, 0, 2, -1]
        let drawn = try draws(20_000, logits, SamplingParameters(temperature: temperature, seed: 1))
        let weights = logits.map { exp(Double($0) / temperature) }
        for id in 0..<4 {
            let expected = weights[id] / weights.reduce(0, +)
            let share = Double(drawn.count { $0 == id }) / 20_000
            #expect(abs(share - expected) < 5 * (expected * (1 - expected) / 20_000).squareRoot(), "token \(id)")
        }
    }

    @Test func topKKeepsTheLargestAndTheLowestOfEquals() throws {
        let logits: [Float] = [1, 5, 3, 3, 3, 4]
        #expect(Set(try draws(500, logits, SamplingParameters(temperature: 3, topK: 3))) == [1, 5, 2])
        #expect(Set(try draws(50, logits, SamplingParameters(temperature: 3, topK: 1))) == [1])
        // More than there are is all of them.
        #expect(Set(try draws(2000, logits, SamplingParameters(temperature: 3, topK: 100))) == Set(0..<6))
    }

    /// The buffer of top-k is cut many times over a long row; a plain sort must agree.
    @Test func topKOfALongRow() throws {
        var state: UInt64 = 1
        let logits: [Float] = (0..<5000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24)
        }
        let best = Set(logits.indices.sorted { logits[$0] > logits[$1] || logits[$0] == logits[$1] && $0 < $1 }.prefix(40).map(Int32.init))
        #expect(Set(try draws(4000, logits, SamplingParameters(temperature: 1, topK: 40))) == best)
    }

    @Test func topPKeepsTheSmallestSetThatReachesIt() throws {
        // Probabilities 0.5, 0.25, 0.125, 0.125.
        let logits: [Float] = [Float(log(4.0)), 0, Float(log(2.0)), 0].map { $0 + 3 }
        #expect(Set(try draws(500, logits, SamplingParameters(temperature: 1, topP: 0.45))) == [0])
        #expect(Set(try draws(500, logits, SamplingParameters(temperature: 1, topP: 0.7))) == [0, 2])
        #expect(Set(try draws(500, logits, SamplingParameters(temperature: 1, topP: 0.8))) == [0, 2, 1])
        #expect(Set(try draws(500, logits, SamplingParameters(temperature: 1, topP: 1))) == [0, 1, 2, 3])
        #expect(Set(try draws(100, logits, SamplingParameters(temperature: 1, topP: 1e-9))) == [0])
    }

    @Test func topPAppliesToWhatTopKLeft() throws {
        // Of 0.5, 0.25 (after top-k 2: 0.667, 0.333).
        let logits: [Float] = [Float(log(4.0)), Float(log(2.0)), 0, 0]
        #expect(Set(try draws(300, logits, SamplingParameters(temperature: 1, topK: 2, topP: 0.6))) == [0])
        #expect(Set(try draws(300, logits, SamplingParameters(temperature: 1, topK: 2, topP: 0.7))) == [0, 1])
    }

    @Test func oddLogitsDoNotHurt() throws {
        let parameters = SamplingParameters(temperature: 1, topK: 2, topP: 0.9)
        #expect(try draws(1, [], parameters) == [0])
        #expect(Set(try draws(20, [.nan, 1, -.infinity], parameters)) == [1])
        #expect(Set(try draws(20, [0, .infinity, 1], parameters)) == [1])
        #expect(try draws(1, [.nan, .nan], parameters) == [0])
        #expect(Set(try draws(20, [0, 1e30, -1e30], SamplingParameters(temperature: 1e-6))) == [1])
    }

    @Test func parametersOutsideTheirRangeAreRefused() {
        for value in [-0.1, 101, .infinity, .nan] {
            #expect(throws: SamplingError.self) { try Sampler(SamplingParameters(temperature: value)) }
        }
        for value in [0, -1, 1.01, .nan] {
            #expect(throws: SamplingError.self) { try Sampler(SamplingParameters(temperature: 1, topP: value)) }
        }
        #expect(throws: SamplingError.topK(-1)) { try Sampler(SamplingParameters(temperature: 1, topK: -1)) }
        #expect(SamplingError.topK(-1).description == "topK is -1: give 0 (all tokens) or a positive count")
    }
}
