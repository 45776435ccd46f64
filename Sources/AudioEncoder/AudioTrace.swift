package import Tensors

/// Receives what each stage gave, for comparison with the reference. Costs nothing when absent.
///
/// A stage is reported once a pass, so the parts of one stage, appended in order, are its output over the clip.
package typealias AudioTrace = (_ stage: AudioStage, _ output: Matrix) -> Void

package enum AudioStage: Hashable, Sendable {
    /// `[frames, 128]`, 100 a second.
    case mel
    /// `[tokens, hidden]`.
    case subsampled
    case layer(Int)
    /// `[tokens, outputProjectionSize]`: the reference calls it the tower's last hidden state.
    case towerOutput
    /// `[tokens, text hidden]`.
    case softTokens

    /// The tensor's name in `golden.safetensors`.
    package var goldenName: String {
        switch self {
        case .mel: "audio.mel"
        case .subsampled: "audio.subsampled"
        case .layer(let index): "audio.layer.\(index)"
        case .towerOutput: "audio.tower_out"
        case .softTokens: "audio.soft_tokens"
        }
    }
}

extension AudioEncoder {
    /// Encodes a whole clip and keeps every stage's output, in the order in which they are computed. What follows 30 s is
    /// cut off, as in the reference.
    package func stages(samples: [Float]) -> [(stage: AudioStage, output: Matrix)] {
        var order: [AudioStage] = []
        var outputs: [AudioStage: Matrix] = [:]
        func collect(_ stage: AudioStage, _ output: Matrix) {
            if outputs[stage] == nil {
                order.append(stage)
                outputs[stage] = output
            } else {
                outputs[stage]?.append(output)
            }
        }
        // One group, so that the last partial token passes together with the rest.
        var state = makeState(minimumTokens: Self.maximumTokensPerPass)
        let longest = Self.maximumTokensPerBlock * Self.samplesPerToken
        _ = push(samples: Array(samples.prefix(longest)), into: &state, trace: collect)
        _ = finish(&state, trace: collect)
        return order.compactMap { stage in outputs[stage].map { (stage, $0) } }
    }
}
