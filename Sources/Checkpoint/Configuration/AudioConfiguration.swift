/// The audio tower's shape: `audio_config` of config.json, with transformers' class defaults for what is missing.
public struct AudioConfiguration: Sendable, Equatable {
    public var hiddenSize: Int
    public var layerCount: Int
    public var headCount: Int
    /// Output channels of the two strided convolutions.
    public var subsamplingChannels: [Int]
    public var convolutionKernelSize: Int
    /// One more than the number of keys a query sees, itself included.
    public var attentionContextLeft: Int
    /// The blocks that the reference computes attention in. Keys are chosen by distance alone, but the relative positions
    /// are counted from the middle of a block and its context.
    public var attentionChunkSize: Int
    /// logits = cap * tanh(logits / cap).
    public var attentionLogitCap: Float
    /// The residual stream is clamped to ± this value before each block.
    public var gradientClipping: Float
    /// Weight of the two half-step feed-forward blocks.
    public var residualWeight: Float
    /// Width of the tower's output, before the projection into the decoder.
    public var outputProjectionSize: Int
    public var rmsNormEpsilon: Float
    public var usesClippedLinears: Bool

    public var headDimension: Int { hiddenSize / headCount }
    /// Keys that a query sees, itself included.
    public var visibleKeyCount: Int { attentionContextLeft - 1 }
    public var feedForwardSize: Int { 4 * hiddenSize }
}

extension AudioConfiguration {
    init(_ table: ConfigurationTable) throws(ConfigurationProblem) {
        var table = table
        let hidden = try table.integer("hidden_size", in: Limits.width) ?? 1024
        hiddenSize = hidden
        layerCount = try table.integer("num_hidden_layers", in: Limits.layers) ?? 12
        let heads = try table.integer("num_attention_heads", in: Limits.heads) ?? 8
        headCount = heads
        guard hidden % heads == 0, hidden % 2 == 0 else {
            throw .inconsistent(
                key: table.name("hidden_size"), value: "\(hidden)", because: "it must be even and divisible by num_attention_heads \(heads)"
            )
        }
        subsamplingChannels = try Self.channels(&table)
        convolutionKernelSize = try table.integer("conv_kernel_size", in: 1...64) ?? 5
        attentionContextLeft = try table.integer("attention_context_left", in: 2...4_096) ?? 13
        attentionLogitCap = Float(try table.number("attention_logit_cap", in: 1e-3...1e6) ?? 50)
        gradientClipping = Float(try table.number("gradient_clipping", in: 1e-3...1e38) ?? 1e10)
        residualWeight = Float(try table.number("residual_weight", in: -1e3...1e3) ?? 0.5)
        outputProjectionSize = try table.integer("output_proj_dims", in: Limits.width) ?? 1536
        rmsNormEpsilon = Float(try table.number("rms_norm_eps", in: Limits.epsilon) ?? 1e-6)
        usesClippedLinears = try table.boolean("use_clipped_linears") ?? true

        try table.require("hidden_act", .string("silu"))
        try table.require("attention_context_right", .integer(0))
        attentionChunkSize = try table.integer("attention_chunk_size", in: 1...65_536) ?? 12
        // Masked logits are -infinity here.
        _ = try table.number("attention_invalid_logits_value", in: -1e38 ... -1e4)
        try table.requireAbsent("quantization_config", supported: "weights stored as F32, BF16 or F16")
        table.ignore(IgnoredKeys.common + ["model_type"])
        try table.requireAllKnown()
    }

    private static func channels(_ table: inout ConfigurationTable) throws(ConfigurationProblem) -> [Int] {
        guard let values = try table.array("subsampling_conv_channels") else { return [128, 32] }
        var channels: [Int] = []
        for value in values {
            guard case .integer(let count) = value, Limits.width.contains(count) else {
                throw .wrongType(
                    key: table.name("subsampling_conv_channels"), found: JSONValue.array(values).summary,
                    wanted: "two numbers of channels, each at most \(Limits.width.upperBound)")
            }
            channels.append(count)
        }
        guard channels.count == 2 else {
            throw .unsupported(
                key: table.name("subsampling_conv_channels"), value: "\(channels)", supported: "two convolutions, as [128, 32]")
        }
        return channels
    }
}
