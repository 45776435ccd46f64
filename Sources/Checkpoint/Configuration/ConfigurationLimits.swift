/// Bounds on the sizes a configuration may ask for, far above the largest model of the family and low enough that no product
/// of them overflows or is allocated by mistake.
enum Limits {
    static let width = 1...65_536
    static let intermediate = 1...1_048_576
    static let layers = 1...512
    static let heads = 1...1_024
    static let headDimension = 2...4_096
    static let vocabulary = 1...4_194_304
    static let positions = 1...1_073_741_824
    static let window = 1...1_048_576
    static let epsilon = 1e-12...1e-1
    static let theta = 1.0...1e12
}

/// Keys that transformers writes into every (sub-)configuration and that do not change inference.
enum IgnoredKeys {
    static let common = [
        "_name_or_path", "architectures", "attention_dropout", "chunk_size_feed_forward", "dtype", "torch_dtype", "id2label", "label2id",
        "initializer_range", "is_encoder_decoder", "num_labels", "output_attentions", "output_hidden_states", "problem_type",
        "return_dict", "transformers_version", "use_cache", "_attn_implementation", "_attn_implementation_autoset",
    ]
}
