public import Tensors

/// An opened model directory in the Hugging Face layout: configuration decoded and checked, weights memory-mapped.
public final class Checkpoint: Sendable {
    public let directory: String
    public let configuration: ModelConfiguration
    /// The scope above all tensors; its names begin with `model.`, as `model.language_model.norm.weight`.
    public let root: WeightScope
    /// Tensors that lie in no part that config.json describes, as those of a tower that it leaves out: they change nothing.
    public let strays: [String]
    private let catalogue: TensorCatalogue

    /// - Parameters:
    ///   - directory: holds config.json and model.safetensors, or shards and their index.
    ///   - weights: the format that weight matrices are computed in.
    ///   - pool: converts weights while they are read.
    public init(directory: String, weights: WeightFormat, pool: ThreadPool) throws(CheckpointError) {
        guard FileSystem.exists(directory) else { throw .unreadable(path: directory, reason: "No such file or directory") }
        guard FileSystem.isDirectory(directory) else {
            if let kind = ForeignFile(path: directory) { throw .foreign(path: directory, kind) }
            throw .notADirectory(path: directory)
        }
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        let catalogue = try TensorCatalogue(directory: directory)
        self.directory = directory
        self.catalogue = catalogue
        configuration = try ModelConfiguration(directory: directory) { catalogue.peek($0)?.entry.shape }
        root = WeightScope(path: "", format: weights, pool: pool, catalogue: catalogue)
        strays = Self.passOver(root, catalogue, configuration)
    }

    private init(shapesOf other: Checkpoint) {
        directory = other.directory
        configuration = other.configuration
        catalogue = TensorCatalogue(unreadCopyOf: other.catalogue)
        root = WeightScope(path: "", format: other.root.format, pool: other.root.pool, catalogue: catalogue, readsData: false)
        strays = Self.passOver(root, catalogue, configuration)
    }

    /// The same checkpoint without its data: names, shapes and types are checked as in reading, and what is read is zeros. So a model
    /// can be put together to find out whether its files belong together, and no page of the weights is touched.
    public func shapes() -> Checkpoint { Checkpoint(shapesOf: self) }

    /// - Returns: the strays.
    private static func passOver(_ root: WeightScope, _ catalogue: TensorCatalogue, _ configuration: ModelConfiguration) -> [String] {
        // The head is tied to the embedding; some writers store the same matrix twice.
        root.ignore("lm_head.weight")
        var parts = ["model.language_model"]
        if configuration.vision != nil { parts += ["model.vision_tower", "model.embed_vision"] }
        if configuration.audio != nil { parts += ["model.audio_tower", "model.embed_audio"] }
        return catalogue.ignoreOutside(of: parts)
    }

    public var languageModel: WeightScope { root.scope("model.language_model") }
    public var visionTower: WeightScope { root.scope("model.vision_tower") }
    public var audioTower: WeightScope { root.scope("model.audio_tower") }
    /// The projection of vision soft tokens into the decoder's width.
    public var visionEmbedder: WeightScope { root.scope("model.embed_vision") }
    /// The projection of audio soft tokens into the decoder's width.
    public var audioEmbedder: WeightScope { root.scope("model.embed_audio") }

    /// Fails if a tensor of a part that config.json describes was neither read nor ignored: what is left out of a computation makes
    /// its results wrong. Config and weights then do not belong together.
    public func requireAllRead() throws(CheckpointError) { try catalogue.requireAllRead() }
}
