import Foundation
import Tensors

/// What a live run sets in the daemon's configuration; everything else is the daemon's own.
struct LiveConfiguration: Sendable {
    let model: String
    let weights: WeightFormat
    let threads: Int
    let rows: [Int]?
    /// nil: exact.
    let sparseThreshold: Float?

    func text(microphone: String, camera: String, fps: Double) -> String {
        func quoted(_ text: String) -> String {
            "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        var lines = [
            "[model]", "path = \(quoted(URL(fileURLWithPath: model).standardizedFileURL.path))", "weights = \(quoted(weights.rawValue))",
            "threads = \(threads)", "[audio]", "source = \(quoted("file:" + microphone))", "[video]",
            "source = \(quoted("file:" + camera))",
            "fps = \(fps)",
        ]
        if let sparseThreshold { lines += ["mode = \"sparse\"", "sparse_threshold = \(sparseThreshold)"] }
        if let rows {
            lines.append("[stream]")
            lines += zip(["total_rows", "video_rows", "audio_rows", "text_rows"], rows).map { "\($0) = \($1)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
