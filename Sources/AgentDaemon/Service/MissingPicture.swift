import AgentProtocol
import Session

/// Why there is no snapshot, with the remedy that fits the camera's state.
enum MissingPicture {
    /// - Parameters:
    ///   - camera: how it is.
    ///   - blind: the model's name, if it has no eyes: then no frame is kept.
    static func reason(_ camera: DeviceReport, blind: String?) -> String {
        switch camera.state {
        case .muted: "the camera is muted, and nothing of before is kept: unmute it (mmagentctl unmute camera), and ask again"
        case .stopped: "there is no camera: set [video] source, and start the daemon anew"
        case .lost: "the camera is lost, so there is no picture: \(camera.detail)"
        case .starting, .running, .ended:
            blind.map { SessionError.cannotSee(model: $0).description } ?? SessionError.noFrameYet.description
        }
    }
}
