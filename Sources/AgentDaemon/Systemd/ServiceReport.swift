import AgentProtocol
import Capture
import Session

/// What `systemctl status` shows in its line "Status", at most every five seconds: frames a second, lag, model, devices.
struct ServiceReport: Sendable {
    static let interval = Duration.seconds(5)

    private var last: (time: ContinuousClock.Instant, frames: Int)?

    /// - Returns: nil when it is too early for the next one.
    mutating func text(
        _ model: String, _ stream: StreamStatus, _ audio: SourceStatus, _ video: SourceStatus, now: ContinuousClock.Instant
    ) -> String? {
        guard let last else {
            last = (now, stream.counters.frames)
            return nil
        }
        guard now - last.time >= Self.interval else { return nil }
        self.last = (now, stream.counters.frames)
        let rate = Self.tenths(Double(stream.counters.frames - last.frames) / (now - last.time).inSeconds)
        return
            "\(model), \(rate) frames/s, lag \(Self.tenths(stream.lag)) s, microphone \(audio.state.rawValue), camera \(video.state.rawValue)"
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
