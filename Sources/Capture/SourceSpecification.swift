/// Where sound or pictures come from, as written in the configuration.
public enum SourceSpecification: Sendable, Hashable, CustomStringConvertible {
    /// A PCM device by its ALSA name: `alsa:default`, `alsa:hw:1,0`.
    case alsa(String)
    /// A camera by its device node, `v4l2:/dev/video0`, or by its name, `v4l2:HD Webcam`.
    case v4l2(String)
    /// A recording: `file:PATH`.
    case file(String)
    /// No such modality.
    case none

    public init(_ text: String) throws(CaptureError) {
        func invalid(_ reason: String) -> CaptureError { .invalidSource(text: text, reason: reason) }
        guard text.utf8.count <= 4096 else {
            throw .invalidSource(text: String(text.prefix(40)) + "…", reason: "it has \(text.utf8.count) bytes, more than 4096")
        }
        guard !text.utf8.contains(0) else { throw invalid("it contains a NUL byte") }
        if text == "none" {
            self = .none
            return
        }
        guard let colon = text.firstIndex(of: ":") else {
            throw invalid(text.isEmpty ? "it is empty" : "there is no 'alsa:', 'v4l2:' or 'file:' before the name")
        }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "alsa":
            guard !rest.isEmpty else { throw invalid("the device name is missing, for example alsa:default") }
            self = .alsa(rest)
        case "v4l2":
            guard !rest.isEmpty else { throw invalid("the camera is missing, for example v4l2:/dev/video0 or v4l2:HD Webcam") }
            guard rest.wholeMatch(of: /video\d+/) == nil else { throw invalid("a node is an absolute path: v4l2:/dev/\(rest)") }
            self = .v4l2(rest)
        case "file":
            guard !rest.isEmpty else { throw invalid("the path is missing, for example file:/var/lib/mmagent/desk.wav") }
            self = .file(rest)
        default:
            throw invalid("'\(text[..<colon])' is not a kind of source")
        }
    }

    public var description: String {
        switch self {
        case .alsa(let name): "alsa:\(name)"
        case .v4l2(let path): "v4l2:\(path)"
        case .file(let path): "file:\(path)"
        case .none: "none"
        }
    }
}
