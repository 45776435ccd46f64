import AgentDaemon
import Checkpoint
import Foundation
import Session
import Tensors

/// The configured model: whether its files are there and belong together, and how much memory its weights take.
struct ModelCheck {
    let finding: Finding
    /// Of the weights in the configured format; nil if the model cannot be read.
    let bytes: Int?
    /// What of `[stream]` it was not made for.
    let warnings: [String]

    init(_ configuration: DaemonConfiguration) {
        let model = configuration.model
        do {
            let signed = try configuration.checkSignature().map { ", its \($0) files as they were signed" } ?? ""
            let opened = try ModelFiles(directory: model.path, weights: model.weights, pool: ThreadPool(threads: 1))
            let checkpoint = opened.checkpoint
            let files = try FileManager.default.contentsOfDirectory(atPath: model.path).filter { $0.hasSuffix(".safetensors") }
            let stored = files.reduce(0) { sum, file in
                let size = try? FileManager.default.attributesOfItem(atPath: model.path + "/" + file)[.size] as? Int
                return sum + (size ?? 0)
            }
            // Checkpoints are stored in bfloat16, two bytes a weight; q8 keeps 34 bytes of 32 weights.
            let share =
                switch model.weights {
                case .f32: 2.0
                case .bf16: 1.0
                case .q8: 34.0 / 64
                }
            bytes = Int(Double(stored) * share)
            let name = checkpoint.configuration.extras?.name ?? "Gemma 4 family"
            warnings = configuration.streamWarnings(model: checkpoint.configuration, name: name)
            let strays = opened.strayNote.map { "; ignored: \($0)" } ?? ""
            let megabytes = String(format: "%.0f", Double(stored) / 1e6)
            finding = Finding("model", .ok, "\(name) at \(model.path), \(megabytes) MB, as \(model.weights.rawValue)\(signed)\(strays)")
        } catch {
            bytes = nil
            warnings = []
            finding = Finding("model", .problem, "\(error)")
        }
    }
}
