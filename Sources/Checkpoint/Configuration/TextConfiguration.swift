/// How far a decoder layer looks back.
public enum LayerType: String, Sendable, CaseIterable {
    /// The last `slidingWindow` positions.
    case sliding = "sliding_attention"
    /// Everything.
    case full = "full_attention"
}

public struct RopeParameters: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// All pairs rotate; angle = position * theta^(-2j / headDimension).
        case `default`
        /// Only the first `partialRotaryFactor` of the pairs rotate; the exponent still divides by the whole head dimension.
        case proportional
    }

    public var kind: Kind
    public var theta: Double
    public var partialRotaryFactor: Double

    public init(kind: Kind, theta: Double, partialRotaryFactor: Double = 1) {
        self.kind = kind
        self.theta = theta
        self.partialRotaryFactor = partialRotaryFactor
    }
}

/// The decoder's shape: `text_config` of config.json, with transformers' class defaults for what is missing.
public struct TextConfiguration: Sendable, Equatable {
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var layerTypes: [LayerType]
    public var headCount: Int
    /// Key/value heads of sliding layers.
    public var keyValueHeadCount: Int
    /// Key/value heads of full layers.
    public var globalKeyValueHeadCount: Int
    /// Head dimension of sliding layers.
    public var headDimension: Int
    /// Head dimension of full layers.
    public var globalHeadDimension: Int
    public var slidingWindow: Int
    /// The last layers, which have no keys and values of their own.
    public var sharedKeyValueLayerCount: Int
    /// Width of the per-layer embeddings; 0 if the model has none.
    public var perLayerInputSize: Int
    public var perLayerVocabularySize: Int
    /// Layers that share keys and values have an MLP of twice `intermediateSize`.
    public var usesDoubleWideMLP: Bool
    public var rmsNormEpsilon: Float
    /// logits = cap * tanh(logits / cap).
    public var finalLogitSoftcap: Float?
    public var slidingRope: RopeParameters
    public var fullRope: RopeParameters
    public var maximumPositions: Int
    public var padTokenID: Int32

    public func headDimension(layer: Int) -> Int {
        layerTypes[layer] == .full ? globalHeadDimension : headDimension
    }

    public func keyValueHeads(layer: Int) -> Int {
        layerTypes[layer] == .full ? globalKeyValueHeadCount : keyValueHeadCount
    }

    public func rope(layer: Int) -> RopeParameters {
        layerTypes[layer] == .full ? fullRope : slidingRope
    }

    public func intermediateSize(layer: Int) -> Int {
        usesDoubleWideMLP && isKeyValueShared(layer: layer) ? 2 * intermediateSize : intermediateSize
    }

    public func isKeyValueShared(layer: Int) -> Bool { layer >= layerCount - sharedKeyValueLayerCount }

    /// The layer whose keys and values this layer attends to: itself, or the last layer of its type that has its own.
    public func keyValueSource(layer: Int) -> Int {
        guard isKeyValueShared(layer: layer) else { return layer }
        let type = layerTypes[layer]
        return (0..<layerCount - sharedKeyValueLayerCount).last { layerTypes[$0] == type } ?? layer
    }
}

extension TextConfiguration {
    /// - Parameter shape: the stored shape of a tensor by its full name; derives head dimensions that config.json leaves out.
    init(_ table: ConfigurationTable, shape: (String) -> [Int]?) throws(ConfigurationProblem) {
        var table = table
        try Self.refuseLargeVariants(&table)
        vocabularySize = try table.integer("vocab_size", in: Limits.vocabulary) ?? 262_144
        hiddenSize = try table.integer("hidden_size", in: Limits.width) ?? 2304
        intermediateSize = try table.integer("intermediate_size", in: Limits.intermediate) ?? 9216
        let layers = try table.integer("num_hidden_layers", in: Limits.layers) ?? 30
        layerCount = layers
        headCount = try table.integer("num_attention_heads", in: Limits.heads) ?? 8
        slidingWindow = try table.integer("sliding_window", in: Limits.window) ?? 512
        sharedKeyValueLayerCount = try table.integer("num_kv_shared_layers", in: 0...layers - 1) ?? 0
        perLayerInputSize = try table.integer("hidden_size_per_layer_input", in: 0...Limits.width.upperBound) ?? 256
        perLayerVocabularySize = try table.integer("vocab_size_per_layer_input", in: Limits.vocabulary) ?? 262_144
        usesDoubleWideMLP = try table.boolean("use_double_wide_mlp") ?? false
        rmsNormEpsilon = Float(try table.number("rms_norm_eps", in: Limits.epsilon) ?? 1e-6)
        finalLogitSoftcap = try table.number("final_logit_softcapping", in: 1e-3...1e6).map { Float($0) }
        maximumPositions = try table.integer("max_position_embeddings", in: Limits.positions) ?? 131_072
        padTokenID = try table.tokenID("pad_token_id") ?? 0
        layerTypes = try Self.layerTypes(&table, count: layers)
        (slidingRope, fullRope) = try Self.ropes(&table)

        var heads = try HeadShapes(&table, layerTypes: layerTypes)
        try heads.checkAgainstWeights(layerTypes: layerTypes, shape: shape)
        headDimension = heads.slidingDimension
        globalHeadDimension = heads.fullDimension
        keyValueHeadCount = heads.slidingKeyValueHeads
        globalKeyValueHeadCount = heads.fullKeyValueHeads

        _ = table.value("bos_token_id")
        _ = table.value("eos_token_id")
        table.ignore(IgnoredKeys.common + ["model_type", "sliding_window_pattern", "_sliding_window_pattern"])
        try table.requireAllKnown()
        try validate(table)
        try checkSharing(table, shape: shape)
    }

    /// Published checkpoints carry keys and values also for the layers that share another's; others have them for none of these.
    /// For some of them means that another number of layers shares.
    private func checkSharing(_ table: ConfigurationTable, shape: (String) -> [Int]?) throws(ConfigurationProblem) {
        let stored = (layerCount - sharedKeyValueLayerCount..<layerCount).map { layer in
            let name = "model.language_model.layers.\(layer).self_attn.k_proj.weight"
            return (name: name, shape: shape(name))
        }
        guard let owner = stored.first(where: { $0.shape != nil }), let ownShape = owner.shape, stored.contains(where: { $0.shape == nil })
        else { return }
        throw .contradictsWeights(
            key: table.name("num_kv_shared_layers"), value: "\(sharedKeyValueLayerCount)", tensor: owner.name, shape: ownShape)
    }

    private func validate(_ table: ConfigurationTable) throws(ConfigurationProblem) {
        try requireShare(of: keyValueHeadCount, table.name("num_key_value_heads"))
        try requireShare(of: globalKeyValueHeadCount, table.name("num_key_value_heads of full layers"))
        try Self.requireEven(headDimension, table.name("head_dim"))
        try Self.requireEven(globalHeadDimension, table.name("global_head_dim"))
        guard Int(padTokenID) < min(vocabularySize, perLayerVocabularySize) else {
            throw .inconsistent(
                key: table.name("pad_token_id"), value: "\(padTokenID)", because: "the vocabulary has \(vocabularySize) entries")
        }
        let producers = layerTypes.prefix(layerCount - sharedKeyValueLayerCount)
        for type in Set(layerTypes) where !producers.contains(type) {
            throw .inconsistent(
                key: table.name("num_kv_shared_layers"), value: "\(sharedKeyValueLayerCount)",
                because: "no layer of type \(type.rawValue) is left that has keys and values to share")
        }
    }

    private func requireShare(of heads: Int, _ key: String) throws(ConfigurationProblem) {
        guard headCount % heads != 0 else { return }
        throw .inconsistent(key: key, value: "\(heads)", because: "it must divide num_attention_heads \(headCount)")
    }

    private static func requireEven(_ dimension: Int, _ key: String) throws(ConfigurationProblem) {
        guard dimension % 2 != 0 else { return }
        throw .inconsistent(key: key, value: "\(dimension)", because: "rotary embeddings need an even size")
    }

    private static func refuseLargeVariants(_ table: inout ConfigurationTable) throws(ConfigurationProblem) {
        try table.require("enable_moe_block", .boolean(false))
        try table.require("attention_k_eq_v", .boolean(false))
        try table.requireAbsent("use_bidirectional_attention", supported: "null: every token is causal")
        try table.require("hidden_activation", .string("gelu_pytorch_tanh"))
        try table.require("attention_bias", .boolean(false))
        try table.require("tie_word_embeddings", .boolean(true))
        try table.requireAbsent("quantization_config", supported: "weights stored as F32, BF16 or F16")
        // Only read when enable_moe_block is set.
        table.ignore(["num_experts", "top_k_experts", "moe_intermediate_size", "expert_intermediate_size"])
    }

    private static func layerTypes(_ table: inout ConfigurationTable, count: Int) throws(ConfigurationProblem) -> [LayerType] {
        var types: [LayerType]
        if let values = try table.array("layer_types") {
            types = []
            for (index, value) in values.enumerated() {
                guard case .string(let name) = value, name.utf8.count <= JSONReader.maximumNameBytes, let type = LayerType(rawValue: name)
                else {
                    throw .unsupported(
                        key: table.name("layer_types[\(index)]"), value: value.summary,
                        supported: LayerType.allCases.map(\.rawValue).joined(separator: " and "))
                }
                types.append(type)
            }
            guard types.count == count else {
                throw .inconsistent(
                    key: table.name("layer_types"), value: "a list of \(types.count)", because: "num_hidden_layers is \(count)")
            }
        } else {
            types = (1...count).map { $0 % 6 == 0 ? .full : .sliding }
        }
        types[count - 1] = .full  // as transformers forces it
        return types
    }

    private static func ropes(_ table: inout ConfigurationTable) throws(ConfigurationProblem) -> (
        sliding: RopeParameters, full: RopeParameters
    ) {
        guard var both = try table.table("rope_parameters") else {
            return (RopeParameters(kind: .default, theta: 1e4), RopeParameters(kind: .proportional, theta: 1e6, partialRotaryFactor: 0.25))
        }
        var result: [RopeParameters] = []
        for type in LayerType.allCases {
            guard var rope = try both.table(type.rawValue) else {
                throw .missing(key: both.name(type.rawValue), meaning: "each type of layer needs its rotary parameters")
            }
            let name = try rope.word("rope_type") ?? "default"
            guard let kind = RopeParameters.Kind(rawValue: name) else {
                throw .unsupported(key: rope.name("rope_type"), value: "\"\(name)\"", supported: "\"default\" and \"proportional\"")
            }
            guard let theta = try rope.number("rope_theta", in: Limits.theta) else {
                throw .missing(key: rope.name("rope_theta"), meaning: "the base of the rotary frequencies")
            }
            let factor = try rope.number("partial_rotary_factor", in: 0...1) ?? 1
            try rope.require("factor", .real(1))
            try rope.requireAllKnown()
            // "default" rotates every pair whatever the factor says, as the reference does.
            result.append(RopeParameters(kind: kind, theta: theta, partialRotaryFactor: kind == .default ? 1 : factor))
        }
        try both.requireAllKnown()
        return (result[0], result[1])
    }
}
