public import Checkpoint
public import Interleaver
import Session

/// How much the stream may hold, as `[stream]` of the configuration says it; 0: as much as the model was made for.
public struct StreamBudget: Sendable, Equatable {
    public enum Key: String, Sendable, CaseIterable {
        case totalRows = "total_rows"
        case videoRows = "video_rows"
        case audioRows = "audio_rows"
        case textRows = "text_rows"
        case frames, sounds
    }

    private var values: [Key: Int] = [:]
    public var minimumFrames = 1

    public init() {}

    public subscript(key: Key) -> Int {
        get { values[key] ?? 0 }
        set { values[key] = newValue == 0 ? nil : newValue }
    }

    /// The budgets in force.
    /// - Parameters:
    ///   - model: what they come from where the configuration is silent.
    ///   - name: of the model, for the warnings.
    ///   - softTokens: the configured ones of a frame; 0: the model's.
    /// - Returns: the policy, and a sentence for each value that the model was not made for.
    public func policy(
        for model: ModelConfiguration, name: String, softTokens: Int
    ) -> (policy: EvictionPolicy, warnings: [String]) {
        let made = model.stream
        var policy = EvictionPolicy(made)
        policy.minimumFrames = minimumFrames
        var warnings: [String] = []
        let frame = model.vision.map { StreamConfiguration.frameRows(softTokens: softTokens == 0 ? $0.softTokenBudget : softTokens) } ?? 0
        let sound = model.audio == nil ? 0 : StreamConfiguration.soundRows
        let least: [Key: (rows: Int, what: String)] = [
            .totalRows: (frame + sound, "the newest frame and a sound of two seconds"), .videoRows: (frame, "the newest frame"),
            .audioRows: (sound, "a sound of two seconds"),
        ]
        for key in Key.allCases {
            if self[key] > policy[key] {
                warnings.append(
                    "[stream] \(key.rawValue) = \(self[key]) is more than the \(policy[key]) that \(name) was made for "
                        + "(\(model.streamOrigin)): what it answers on a longer stream is not known to be right; leave the key out, or lower it"
                )
            }
            if self[key] > 0 { policy[key] = self[key] }
            if let (rows, what) = least[key], policy[key] < rows {
                warnings.append(
                    "[stream] \(key.rawValue) = \(policy[key]) does not hold \(what) of \(name), so \(rows) are kept; "
                        + "leave the key out, raise it, or lower [video] soft_tokens")
                policy[key] = rows
            }
        }
        if minimumFrames > policy.frames {
            warnings.append(
                "[stream] minimum_frames = \(minimumFrames) keeps more than the \(policy.frames) frames that there may be; lower it")
        }
        return (policy, warnings)
    }
}

extension EvictionPolicy {
    fileprivate subscript(key: StreamBudget.Key) -> Int {
        get {
            switch key {
            case .totalRows: totalRows
            case .videoRows: videoRows
            case .audioRows: audioRows
            case .textRows: textRows
            case .frames: frames
            case .sounds: sounds
            }
        }
        set {
            switch key {
            case .totalRows: totalRows = newValue
            case .videoRows: videoRows = newValue
            case .audioRows: audioRows = newValue
            case .textRows: textRows = newValue
            case .frames: frames = newValue
            case .sounds: sounds = newValue
            }
        }
    }
}

extension DaemonConfiguration {
    /// What of `[stream]` a model was not made for, a sentence each.
    public func streamWarnings(model: ModelConfiguration, name: String) -> [String] {
        stream.budget.policy(for: model, name: name, softTokens: video.softTokens).warnings
    }
}
