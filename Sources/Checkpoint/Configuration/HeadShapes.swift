/// Head dimensions and key/value heads of the two types of decoder layer, from either spelling of the configuration:
/// `head_dim` + `global_head_dim`, as the original checkpoints have it, or `per_layer_config`, as transformers 5.2x saves it:
/// `{"04": {"head_dim": 512}, …}` with the layer as a key that may be zero padded.
struct HeadShapes {
    private(set) var slidingDimension: Int
    private(set) var fullDimension: Int
    let slidingKeyValueHeads: Int
    let fullKeyValueHeads: Int
    /// Whether config.json states the dimension of full layers; else it may be taken from the weights.
    private let statesFullDimension: Bool

    init(_ table: inout ConfigurationTable, layerTypes: [LayerType]) throws(ConfigurationProblem) {
        let dimension = try table.integer("head_dim", in: Limits.headDimension) ?? 256
        let heads = try table.integer("num_key_value_heads", in: Limits.heads) ?? 4
        let globalDimension = try table.integer("global_head_dim", in: Limits.headDimension)
        // Counts only together with attention_k_eq_v, which is refused.
        _ = try table.integer("num_global_key_value_heads", in: Limits.heads)

        guard let overrides = try Self.overrides(&table, layerCount: layerTypes.count) else {
            slidingDimension = dimension
            fullDimension = globalDimension ?? 512
            statesFullDimension = globalDimension != nil
            slidingKeyValueHeads = heads
            fullKeyValueHeads = heads
            return
        }
        // Per type: the first layer's value, which every other layer of the type must share.
        var shapes: [LayerType: (dimension: Int, heads: Int)] = [:]
        for (layer, type) in layerTypes.enumerated() {
            let shape = (dimension: overrides[layer]?.dimension ?? dimension, heads: overrides[layer]?.heads ?? heads)
            if let first = shapes[type], first != shape {
                throw .unsupported(
                    key: table.name("per_layer_config.\(layer)"), value: "head_dim \(shape.dimension), num_key_value_heads \(shape.heads)",
                    supported: "the same for all \(type.rawValue) layers: \(first.dimension), \(first.heads)")
            }
            shapes[type] = shape
        }
        slidingDimension = shapes[.sliding]?.dimension ?? dimension
        fullDimension = shapes[.full]?.dimension ?? dimension
        statesFullDimension = true
        slidingKeyValueHeads = shapes[.sliding]?.heads ?? heads
        fullKeyValueHeads = shapes[.full]?.heads ?? heads
        if let globalDimension, globalDimension != fullDimension {
            throw .inconsistent(
                key: table.name("global_head_dim"), value: "\(globalDimension)", because: "per_layer_config says \(fullDimension)")
        }
    }

    /// The query norm is as long as a head: it decides where config.json is silent, and must agree where it speaks.
    mutating func checkAgainstWeights(layerTypes: [LayerType], shape: (String) -> [Int]?) throws(ConfigurationProblem) {
        for (layer, type) in layerTypes.enumerated() {
            let name = "model.language_model.layers.\(layer).self_attn.q_norm.weight"
            guard let stored = shape(name), stored.count == 1 else { continue }
            if type == .full, !statesFullDimension, Limits.headDimension.contains(stored[0]) {
                fullDimension = stored[0]
            }
            let stated = type == .full ? fullDimension : slidingDimension
            if stored[0] != stated {
                throw .contradictsWeights(
                    key: type == .full ? "global_head_dim" : "head_dim", value: "\(stated)", tensor: name, shape: stored)
            }
        }
    }

    private static func overrides(
        _ table: inout ConfigurationTable, layerCount: Int
    ) throws(ConfigurationProblem) -> [Int: (dimension: Int?, heads: Int?)]? {
        guard var layers = try table.table("per_layer_config") else { return nil }
        var result: [Int: (dimension: Int?, heads: Int?)] = [:]
        for member in layers.members {
            guard !member.name.isEmpty, member.name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let layer = Int(member.name) else {
                throw .wrongType(key: layers.name(member.name), found: "the key \"\(member.name)\"", wanted: "the number of a layer")
            }
            guard layer < layerCount else {
                throw .outOfRange(key: layers.name(member.name), value: "layer \(layer)", range: "0 to \(layerCount - 1)")
            }
            guard result[layer] == nil else {
                throw .inconsistent(key: layers.name(member.name), value: "given twice", because: "each layer can have one entry")
            }
            guard var entry = try layers.table(member.name) else { continue }
            let dimension = try entry.integer("head_dim", in: Limits.headDimension)
            let heads = try entry.integer("num_key_value_heads", in: Limits.heads)
            try entry.require("skip", .array([]))
            try entry.requireAllKnown()
            result[layer] = (dimension, heads)
        }
        return result
    }
}
