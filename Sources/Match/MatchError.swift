public import Checkpoint

/// Why a model directory has no match head that can be used.
public enum MatchError: Error, Equatable, Sendable {
    case noHead(directory: String)
    case noScalars(directory: String)
    case noTower(side: String, path: String)
    case file(CheckpointError)
    case wrongShape(tensor: String, path: String, actual: [Int], expected: String)
    case unreadTensor(name: String, path: String)
}

extension MatchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noHead(let directory):
            "\(directory) has no match.safetensors: the model cannot compare pictures and sounds with sentences; choose one that can"
        case .noScalars(let directory):
            "\(directory)/mmagent.json has no key match, which belongs to match.safetensors: export both together"
        case .noTower(let side, let path):
            "\(path) compares \(side)s, but config.json has no tower for them: they come from different models"
        case .file(let error):
            "\(error)"
        case .wrongShape(let tensor, let path, let actual, let expected):
            "\(tensor) in \(path) is \(actual), \(expected) is needed: match.safetensors and config.json come from different models"
        case .unreadTensor(let name, let path):
            "\(name) in \(path) belongs to nothing that the match head has: use a newer mmagent, or export the head again"
        }
    }
}
