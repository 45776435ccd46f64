/// What one look at the machine came to.
public struct Finding: Sendable, Equatable {
    public enum Verdict: String, Sendable {
        case ok
        /// Worth knowing; nothing has to be done.
        case note
        case problem
    }

    public let name: String
    public let verdict: Verdict
    /// What was found; of a problem also the remedy.
    public let text: String

    public init(_ name: String, _ verdict: Verdict, _ text: String) {
        self.name = name
        self.verdict = verdict
        self.text = text
    }

    /// `ok       camera     v4l2:/dev/video0: UVC Camera, 640x480`
    public var line: String {
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
        return padded(verdict.rawValue, 9) + padded(name, 15) + text
    }
}
