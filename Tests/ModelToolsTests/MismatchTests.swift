import Foundation
import ModelTools
import Session
import Tensors
import Testing

/// Configuration and weights that do not belong together, and weights that are no numbers: inspecting says so, and so does loading.
@Suite struct MismatchTests {
    private func inspected(_ model: AlteredModel) -> String {
        do { return try Inspection(directory: model.path).text } catch { return "refused: \(error)" }
    }

    /// Sizes of the decoder's, of a tower's and of what joins them: tensor, its shape, and the one that config.json asks for.
    @Test(arguments: [
        ("\"hidden_size\": 48", "\"hidden_size\": 64", "[48, 40]", "[64, 40]"),
        ("\"intermediate_size\": 64", "\"intermediate_size\": 80", "[64, 48]", "[80, 48]"),
        ("\"vocab_size\": 512", "\"vocab_size\": 640", "embed_tokens.weight is [512, 48]", "[640, 48]"),
        (
            "\"vocab_size_per_layer_input\": 512", "\"vocab_size_per_layer_input\": 640", "embed_tokens_per_layer.weight is [512, 48]",
            "[640, 48]"
        ),
        ("\"hidden_size_per_layer_input\": 8", "\"hidden_size_per_layer_input\": 16", "is [512, 48]", "[512, 96]"),
        ("\"intermediate_size\": 48", "\"intermediate_size\": 40", "vision_tower", "[40, 32]"),
        ("\"patch_size\": 16", "\"patch_size\": 8", "vision_tower.patch_embedder", "192]"),
        ("\"position_embedding_size\": 80", "\"position_embedding_size\": 81", "position_embedding_table is [2, 80, 32]", "[2, 81, 32]"),
        ("\"output_proj_dims\": 40", "\"output_proj_dims\": 48", "audio_tower.output_proj", "[48"),
        ("\"conv_kernel_size\": 5", "\"conv_kernel_size\": 7", "depthwise_conv1d.weight is [32, 1, 5]", "[32, 1, 7]"),
    ])
    func sizesThatDoNotBelongTogetherAreNamed(old: String, new: String, found: String, expected: String) throws {
        let model = try AlteredModel()
        try model.change("config.json", old, to: new)
        let said = inspected(model)
        #expect(said.hasPrefix("refused: model."), "\(said)")
        #expect(said.contains(found) && said.contains(expected) && said.contains("different checkpoints"), "\(said)")
        // A look at the headers finds it, whatever the format, before any weight is read.
        #expect(throws: (any Error).self) { try ModelFiles(directory: model.path, weights: .q8, pool: ThreadPool(threads: 1)) }
    }

    /// One layer less that shares keys and values asks for them; one more leaves some that nothing would read.
    @Test func anotherNumberOfSharingLayersIsNamed() throws {
        let fewer = try AlteredModel()
        try fewer.change("config.json", "\"num_kv_shared_layers\": 3", to: "\"num_kv_shared_layers\": 2")
        #expect(inspected(fewer).hasPrefix("refused: model.language_model.layers.3.self_attn.k_proj.weight [16, 48] is not among"))
        let more = try AlteredModel("e4b")
        try more.change("config.json", "\"num_kv_shared_layers\": 3", to: "\"num_kv_shared_layers\": 4")
        let said = inspected(more)
        #expect(said.contains("num_kv_shared_layers is 4, but model.language_model.layers.3.self_attn.k_proj.weight is ["), "\(said)")
    }

    /// A layer more or less in the configuration: what is not computed makes everything after it wrong.
    @Test(arguments: [
        ("\"num_hidden_layers\": 2,\n    \"output", "\"num_hidden_layers\": 1,\n    \"output", "model.audio_tower.layers.1."),
        (
            "\"use_clipped_linears\": true\n  },\n  \"audio_token_id\"", "\"use_clipped_linears\": false\n  },\n  \"audio_token_id\"",
            "input_m"
        ),
    ])
    func aPartThatIsLeftOverIsNamed(old: String, new: String, name: String) throws {
        let model = try AlteredModel()
        try model.change("config.json", old, to: new)
        let said = inspected(model)
        #expect(said.contains(name) && said.contains("belong to nothing that config.json describes"), "\(said)")
    }

    /// What lies outside of everything that is computed changes nothing, and is told.
    @Test func strayTensorsAreToldAndIgnored() throws {
        let model = try AlteredModel()
        try model.add("model.adapter.scale")
        let said = inspected(model)
        #expect(said.contains("\nignored             1 tensor that no part of config.json uses: model.adapter.scale"), "\(said)")
        let loaded = try AgentModel(directory: model.path, weights: .f32, pool: ThreadPool(threads: 1))
        #expect(loaded.strayNote?.contains("model.adapter.scale") == true)
        try model.add("model.language_model.layers.0.gate.weight")
        #expect(inspected(model).contains("model.language_model.layers.0.gate.weight"))
        #expect(inspected(model).hasPrefix("refused"))
        let whole = try AlteredModel()
        #expect(!inspected(whole).contains("ignored"))
    }

    /// A small tensor, which every load converts; a matrix that f32 leaves in the map; one of which q8 makes blocks.
    @Test func weightsThatAreNoNumbersAreNamed() throws {
        let norm = "model.language_model.norm.weight"
        let matrix = "model.language_model.layers.1.mlp.up_proj.weight"
        func refusal(_ name: String, _ value: Float, _ weights: WeightFormat) throws -> String {
            let model = try AlteredModel()
            try model.set(name, element: 5, to: value)
            let said = inspected(model)
            #expect(said.hasPrefix("refused: \(name) in ") && said.contains("as its element 5"), "\(said)")
            do {
                _ = try AgentModel(directory: model.path, weights: weights, pool: ThreadPool(threads: 2))
                return "loaded"
            } catch { return "\(error)" }
        }
        #expect(try refusal(norm, .nan, .f32).contains("\(norm) in "))
        #expect(try refusal(norm, -.infinity, .q8).contains("holds -infinity as its element 5"))
        #expect(try refusal(matrix, .nan, .q8).contains("holds NaN as its element 5"))
        #expect(try refusal(matrix, .infinity, .bf16).contains("holds infinity as its element 5"))
        // Nothing is read of what stays in the map: that is left to the first answer.
        #expect(try refusal(matrix, .nan, .f32) == "loaded")
    }

    /// "Off" is written as infinity.
    @Test func anInfiniteClipBoundIsNoDamage() throws {
        let model = try AlteredModel()
        let name = "model.audio_tower.layers.0.self_attn.q_proj.input_max"
        try model.set(name, to: .infinity)
        #expect(!inspected(model).hasPrefix("refused"))
        _ = try AgentModel(directory: model.path, weights: .f32, pool: ThreadPool(threads: 1))
        try model.set(name, to: .nan)
        #expect(inspected(model).contains("\(name) in "))
        #expect(throws: (any Error).self) { try AgentModel(directory: model.path, weights: .f32, pool: ThreadPool(threads: 1)) }
    }
}
