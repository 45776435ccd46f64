/// The vision tower's shape: `vision_config` of config.json, with transformers' class defaults for what is missing.
public struct VisionConfiguration: Sendable, Equatable {
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var headCount: Int
    public var headDimension: Int
    /// Side of a square patch in pixels.
    public var patchSize: Int
    /// Side, in patches, of the square that is pooled into one soft token.
    public var poolingKernelSize: Int
    /// Positions per axis in the learned table.
    public var positionEmbeddingSize: Int
    public var ropeTheta: Double
    public var rmsNormEpsilon: Float
    public var usesClippedLinears: Bool
    /// Soft tokens are shifted and scaled by `std_bias` and `std_scale`.
    public var standardize: Bool
    /// Soft tokens that one frame of the live stream may take.
    public var softTokenBudget: Int
    /// Soft tokens that a still image may take.
    public var imageSoftTokenBudget: Int
    /// The numbers of soft tokens that the model was trained with, for frames and images.
    public var softTokenBudgets: [Int]

    /// RGB values of one patch.
    public var patchValueCount: Int { 3 * patchSize * patchSize }
}

extension VisionConfiguration {
    init(_ table: ConfigurationTable) throws(ConfigurationProblem) {
        var table = table
        hiddenSize = try table.integer("hidden_size", in: Limits.width) ?? 768
        intermediateSize = try table.integer("intermediate_size", in: Limits.intermediate) ?? 3072
        layerCount = try table.integer("num_hidden_layers", in: Limits.layers) ?? 16
        let heads = try table.integer("num_attention_heads", in: Limits.heads) ?? 12
        headCount = heads
        headDimension = try table.integer("head_dim", in: Limits.headDimension) ?? 64
        patchSize = try table.integer("patch_size", in: 1...256) ?? 16
        poolingKernelSize = try table.integer("pooling_kernel_size", in: 1...64) ?? 3
        positionEmbeddingSize = try table.integer("position_embedding_size", in: 1...1_048_576) ?? 10_240
        rmsNormEpsilon = Float(try table.number("rms_norm_eps", in: Limits.epsilon) ?? 1e-6)
        usesClippedLinears = try table.boolean("use_clipped_linears") ?? false
        standardize = try table.boolean("standardize") ?? false
        softTokenBudget = SoftTokenBudgets.frameDefault
        imageSoftTokenBudget = SoftTokenBudgets.imageDefault
        softTokenBudgets = SoftTokenBudgets.trained

        let keyValueHeads = try table.integer("num_key_value_heads", in: Limits.heads) ?? 12
        guard keyValueHeads == heads else {
            throw .unsupported(
                key: table.name("num_key_value_heads"), value: "\(keyValueHeads)", supported: "\(heads), the same as num_attention_heads")
        }
        // Published configurations of the larger towers repeat the head dimension under this name.
        try table.require("global_head_dim", .integer(headDimension))
        guard headDimension % 4 == 0 else {
            throw .inconsistent(
                key: table.name("head_dim"), value: "\(headDimension)", because: "two-dimensional rotary embeddings need a multiple of 4")
        }
        var theta = 100.0
        if var rope = try table.table("rope_parameters") {
            // Published configurations call the same rotation "default".
            let type = try rope.word("rope_type") ?? "axial"
            guard type == "axial" || type == "default" else {
                throw .unsupported(key: rope.name("rope_type"), value: "\"\(type)\"", supported: "\"axial\"")
            }
            theta = try rope.number("rope_theta", in: Limits.theta) ?? theta
            try rope.requireAllKnown()
        }
        ropeTheta = theta
        try table.require("hidden_activation", .string("gelu_pytorch_tanh"))
        try table.require("attention_bias", .boolean(false))
        try table.requireAbsent("quantization_config", supported: "weights stored as F32, BF16 or F16")
        table.ignore(IgnoredKeys.common + ["model_type", "max_position_embeddings", "default_output_length"])
        try table.requireAllKnown()
    }
}
