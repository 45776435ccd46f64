import Checkpoint
import Testing

@Suite struct ConfigurationTests {
    /// config.json of a golden with one key changed: `path` as `text_config.head_dim`; `value` as JSON, nil to remove the key.
    private func edited(_ kind: String, _ path: String, _ value: String?) throws -> JSONValue {
        let document = try JSONValue(parsing: Fixtures.bytes("\(kind)/config.json"))
        let keys = path.split(separator: ".").map(String.init)
        return try JSONValue(parsing: Array(JSONWriter.text(of: document, replacing: keys[...], by: value).utf8))
    }

    // MARK: Spellings

    @Test(arguments: ["e2b", "e4b"]) func bothSpellingsAreTheSame(kind: String) throws {
        let saved = try ModelConfiguration(JSONValue(parsing: Fixtures.bytes("\(kind)/config.json")))
        let original = try ModelConfiguration(JSONValue(parsing: Fixtures.bytes("\(kind)/config.original-spelling.json")))
        #expect(saved == original)
        #expect(saved.text.headDimension == 16 && saved.text.globalHeadDimension == 32)
    }

    @Test func decodesTheE2BGolden() throws {
        let configuration = try ModelConfiguration(JSONValue(parsing: Fixtures.bytes("e2b/config.json")))
        let text = configuration.text
        #expect(text.layerTypes == [.sliding, .sliding, .full, .sliding, .sliding, .full])
        #expect((text.hiddenSize, text.vocabularySize, text.slidingWindow, text.perLayerInputSize) == (48, 512, 24, 8))
        #expect(text.finalLogitSoftcap == 30)
        #expect((0..<6).map(text.keyValueSource(layer:)) == [0, 1, 2, 1, 1, 2])
        #expect((0..<6).map(text.isKeyValueShared(layer:)) == [false, false, false, true, true, true])
        #expect((0..<6).map(text.headDimension(layer:)) == [16, 16, 32, 16, 16, 32])
        #expect((0..<6).map(text.intermediateSize(layer:)) == [64, 64, 64, 128, 128, 128])
        #expect((0..<6).map(text.keyValueHeads(layer:)) == [1, 1, 1, 1, 1, 1])
        #expect(text.rope(layer: 2) == RopeParameters(kind: .proportional, theta: 1e6, partialRotaryFactor: 0.25))
        #expect(text.rope(layer: 0) == RopeParameters(kind: .default, theta: 1e4))
        #expect(configuration.vision?.usesClippedLinears == true && configuration.vision?.standardize == false)
        #expect(configuration.audio?.subsamplingChannels == [128, 4])
        #expect(
            configuration.tokens
                == SpecialTokenIDs(
                    bos: 2, eos: [1], pad: 0, beginImage: 7, endImage: 9, image: 8, video: 13, beginAudio: 10, endAudio: 12, audio: 11))
    }

    @Test func theE4BGoldenSharesAcrossItsPattern() throws {
        let text = try ModelConfiguration(JSONValue(parsing: Fixtures.bytes("e4b/config.json"))).text
        #expect((0..<7).map(text.keyValueSource(layer:)) == [0, 1, 2, 3, 3, 3, 1])
        #expect(text.keyValueHeadCount == 2 && !text.usesDoubleWideMLP && text.intermediateSize(layer: 6) == 64)
    }

    @Test func layerKeysMayBeZeroPadded() throws {
        let padded = try ModelConfiguration(
            edited("e2b", "text_config.per_layer_config", #"{"02":{"head_dim":32},"0005":{"head_dim":32}}"#))
        #expect(try padded == ModelConfiguration(JSONValue(parsing: Fixtures.bytes("e2b/config.json"))))
        let explicit = try ModelConfiguration(
            edited(
                "e4b", "text_config.per_layer_config",
                #"{"1":{"head_dim":64,"num_key_value_heads":1},"6":{"head_dim":64,"num_key_value_heads":1}}"#))
        #expect(
            explicit.text.globalHeadDimension == 64 && explicit.text.globalKeyValueHeadCount == 1 && explicit.text.keyValueHeadCount == 2)
    }

    @Test func aSilentConfigurationTakesTheHeadDimensionFromTheWeights() throws {
        let document = try edited("e2b", "text_config.per_layer_config", nil)
        #expect(try ModelConfiguration(document).text.globalHeadDimension == 512)
        let text = try ModelConfiguration(document) { name in
            switch name {
            case "model.language_model.layers.2.self_attn.q_norm.weight": [32]
            case "model.language_model.layers.0.self_attn.q_norm.weight": [16]
            default: nil
            }
        }.text
        #expect(text.globalHeadDimension == 32)
    }

    @Test func contradictingWeightsAreNamed() throws {
        let document = try JSONValue(parsing: Fixtures.bytes("e2b/config.json"))
        let error = #expect(throws: ConfigurationProblem.self) {
            try ModelConfiguration(document) { $0 == "model.language_model.layers.2.self_attn.q_norm.weight" ? [64] : nil }
        }
        #expect(
            error?.description
                == "global_head_dim is 32, but model.language_model.layers.2.self_attn.q_norm.weight is [64]: configuration and weights come from different checkpoints"
        )
    }

    /// The class defaults of transformers 5.23.
    @Test func missingKeysHaveTheReferencesDefaults() throws {
        let configuration = try ModelConfiguration(
            JSONValue(
                parsing: Array(
                    #"{"model_type":"gemma4","text_config":{},"vision_config":{},"audio_config":{}}"#.utf8)))
        let text = configuration.text
        #expect((text.vocabularySize, text.hiddenSize, text.intermediateSize, text.layerCount) == (262_144, 2304, 9216, 30))
        #expect((text.headCount, text.keyValueHeadCount, text.headDimension, text.globalHeadDimension) == (8, 4, 256, 512))
        #expect(text.layerTypes == (1...30).map { $0 % 6 == 0 ? .full : .sliding })
        #expect(
            (text.slidingWindow, text.maximumPositions, text.perLayerInputSize, text.sharedKeyValueLayerCount) == (512, 131_072, 256, 0))
        #expect(text.finalLogitSoftcap == nil && text.rmsNormEpsilon == 1e-6)
        let vision = try #require(configuration.vision)
        #expect(
            (vision.hiddenSize, vision.intermediateSize, vision.layerCount, vision.headCount, vision.headDimension) == (
                768, 3072, 16, 12, 64
            ))
        #expect((vision.patchSize, vision.poolingKernelSize, vision.positionEmbeddingSize, vision.ropeTheta) == (16, 3, 10_240, 100))
        #expect(!vision.usesClippedLinears && !vision.standardize && vision.patchValueCount == 768)
        let audio = try #require(configuration.audio)
        #expect((audio.hiddenSize, audio.layerCount, audio.headCount, audio.outputProjectionSize) == (1024, 12, 8, 1536))
        #expect(audio.subsamplingChannels == [128, 32] && audio.usesClippedLinears && audio.gradientClipping == 1e10)
        #expect((audio.convolutionKernelSize, audio.attentionContextLeft, audio.visibleKeyCount, audio.headDimension) == (5, 13, 12, 128))
        #expect(configuration.tokens.endAudio == 258_883 && configuration.tokens.video == 258_884)
    }

    @Test func aModelMayLackATower() throws {
        let configuration = try ModelConfiguration(
            JSONValue(parsing: Array(#"{"text_config":{"vocab_size":100,"vocab_size_per_layer_input":100}}"#.utf8)))
        #expect(configuration.vision == nil && configuration.audio == nil)
    }

    @Test func theLastLayerIsFull() throws {
        let alone = try ModelConfiguration(
            JSONValue(
                parsing: Array(
                    #"{"text_config":{"num_hidden_layers":2,"layer_types":["sliding_attention","sliding_attention"]}}"#.utf8)))
        #expect(alone.text.layerTypes == [.sliding, .full])
    }

    @Test func theEndOfAudioHasTwoNames() throws {
        var document = try edited("e2b", "eoa_token_index", nil)
        #expect(
            throws: ConfigurationProblem.inconsistent(
                key: "eoa_token_index", value: "258883", because: "the vocabulary has 512 entries")
        ) { try ModelConfiguration(document) }
        document = try edited("e2b", "eoa_token_id", "12")
        #expect(try ModelConfiguration(document).tokens.endAudio == 12)
        document = try edited("e2b", "eoa_token_id", "11")
        #expect(throws: ConfigurationProblem.inconsistent(key: "eoa_token_id", value: "11", because: "eoa_token_index is 12")) {
            try ModelConfiguration(document)
        }
    }

    // MARK: Refusals

    @Test(arguments: [
        (
            "text_config.enable_moe_block", "true",
            "text_config.enable_moe_block is true, which this engine does not compute; it supports false"
        ),
        (
            "text_config.attention_k_eq_v", "true",
            "text_config.attention_k_eq_v is true, which this engine does not compute; it supports false"
        ),
        (
            "text_config.use_bidirectional_attention", "\"vision\"",
            "text_config.use_bidirectional_attention is \"vision\", which this engine does not compute; it supports null: every token is causal"
        ),
        (
            "text_config.use_bidirectional_attention", "\"all\"",
            "text_config.use_bidirectional_attention is \"all\", which this engine does not compute; it supports null: every token is causal"
        ),
        (
            "text_config.hidden_activation", "\"silu\"",
            "text_config.hidden_activation is \"silu\", which this engine does not compute; it supports \"gelu_pytorch_tanh\""
        ),
        (
            "vision_config.hidden_activation", "\"gelu\"",
            "vision_config.hidden_activation is \"gelu\", which this engine does not compute; it supports \"gelu_pytorch_tanh\""
        ),
        (
            "audio_config.hidden_act", "\"relu\"",
            "audio_config.hidden_act is \"relu\", which this engine does not compute; it supports \"silu\""
        ),
        ("tie_word_embeddings", "false", "tie_word_embeddings is false, which this engine does not compute; it supports true"),
        (
            "text_config.tie_word_embeddings", "false",
            "text_config.tie_word_embeddings is false, which this engine does not compute; it supports true"
        ),
        ("text_config.attention_bias", "true", "text_config.attention_bias is true, which this engine does not compute; it supports false"),
        (
            "audio_config.attention_context_right", "2",
            "audio_config.attention_context_right is 2, which this engine does not compute; it supports 0"
        ),
        (
            "quantization_config", "{\"bits\":4}",
            "quantization_config is an object of 1 keys, which this engine does not compute; it supports weights stored as F32, BF16 or F16"
        ),
        (
            "quantization", "{\"bits\":4}",
            "quantization is an object of 1 keys, which this engine does not compute; it supports weights stored as F32, BF16 or F16"
        ),
        ("vision_config.global_head_dim", "32", "vision_config.global_head_dim is 32, which this engine does not compute; it supports 16"),
        ("model_type", "\"gemma3\"", "model_type is \"gemma3\", which this engine does not compute; it supports \"gemma4\""),
        (
            "text_config.rope_parameters.full_attention.rope_type", "\"yarn\"",
            "text_config.rope_parameters.full_attention.rope_type is \"yarn\", which this engine does not compute; it supports \"default\" and \"proportional\""
        ),
        (
            "vision_config.rope_parameters.rope_type", "\"yarn\"",
            "vision_config.rope_parameters.rope_type is \"yarn\", which this engine does not compute; it supports \"axial\""
        ),
        (
            "vision_config.num_key_value_heads", "1",
            "vision_config.num_key_value_heads is 1, which this engine does not compute; it supports 2, the same as num_attention_heads"
        ),
        (
            "text_config.layer_types", "[\"chunked_attention\"]",
            "text_config.layer_types[0] is \"chunked_attention\", which this engine does not compute; it supports sliding_attention and full_attention"
        ),
        (
            "text_config.per_layer_config", #"{"2":{"head_dim":32},"5":{"head_dim":64}}"#,
            "text_config.per_layer_config.5 is head_dim 64, num_key_value_heads 1, which this engine does not compute; it supports the same for all full_attention layers: 32, 1"
        ),
        (
            "audio_config.subsampling_conv_channels", "[128, 32, 32]",
            "audio_config.subsampling_conv_channels is [128, 32, 32], which this engine does not compute; it supports two convolutions, as [128, 32]"
        ),
    ])
    func unsupportedValuesAreRefusedByName(key: String, value: String, sentence: String) throws {
        let document = try edited("e2b", key, value)
        let error = #expect(throws: ConfigurationProblem.self) { try ModelConfiguration(document) }
        #expect(error?.description == sentence)
    }

    @Test(arguments: [
        ("text_config.head_dims", "the key text_config.head_dims is unknown; did you mean text_config.head_dim?"),
        ("text_config.sliding_windw", "the key text_config.sliding_windw is unknown; did you mean text_config.sliding_window?"),
        ("vision_config.patchsize", "the key vision_config.patchsize is unknown; did you mean vision_config.patch_size?"),
        ("audio_config.zyzzyva", "the key audio_config.zyzzyva is unknown; remove it, or use a newer mmagent"),
        ("imagetoken_id", "the key imagetoken_id is unknown; did you mean image_token_id?"),
        (
            "text_config.rope_parameters.full_attention.theta",
            "the key text_config.rope_parameters.full_attention.theta is unknown; remove it, or use a newer mmagent"
        ),
        (
            "text_config.per_layer_config.2.hidden_size",
            "the key text_config.per_layer_config.2.hidden_size is unknown; remove it, or use a newer mmagent"
        ),
    ])
    func unknownKeysAreNamedWithTheNearest(key: String, sentence: String) throws {
        let document = try edited("e2b", key, "1")
        let error = #expect(throws: ConfigurationProblem.self) { try ModelConfiguration(document) }
        #expect(error?.description == sentence)
    }

    @Test(arguments: [
        ("text_config.hidden_size", "1000000000000", "text_config.hidden_size is 1000000000000, it must be 1 to 65536"),
        ("text_config.hidden_size", "0", "text_config.hidden_size is 0, it must be 1 to 65536"),
        ("text_config.hidden_size", "-8", "text_config.hidden_size is -8, it must be 1 to 65536"),
        ("text_config.hidden_size", "64.5", "text_config.hidden_size is 64.5, a whole number is needed"),
        ("text_config.hidden_size", "\"64\"", "text_config.hidden_size is \"64\", a whole number is needed"),
        ("text_config.num_hidden_layers", "513", "text_config.num_hidden_layers is 513, it must be 1 to 512"),
        ("text_config.num_hidden_layers", "5", "text_config.layer_types is a list of 6, but num_hidden_layers is 5"),
        ("text_config.num_hidden_layers", "3", "text_config.num_kv_shared_layers is 3, it must be 0 to 2"),
        ("text_config.vocab_size", "99999999999", "text_config.vocab_size is 99999999999, it must be 1 to 4194304"),
        ("text_config.num_kv_shared_layers", "6", "text_config.num_kv_shared_layers is 6, it must be 0 to 5"),
        (
            "text_config.num_kv_shared_layers", "5",
            "text_config.num_kv_shared_layers is 5, but no layer of type full_attention is left that has keys and values to share"
        ),
        ("text_config.num_attention_heads", "3000000", "text_config.num_attention_heads is 3000000, it must be 1 to 1024"),
        ("text_config.num_key_value_heads", "3", "text_config.num_key_value_heads is 3, but it must divide num_attention_heads 4"),
        ("text_config.head_dim", "15", "text_config.head_dim is 15, but rotary embeddings need an even size"),
        ("text_config.rms_norm_eps", "0", "text_config.rms_norm_eps is 0, it must be 1e-12 to 0.1"),
        ("text_config.use_double_wide_mlp", "1", "text_config.use_double_wide_mlp is 1, true or false is needed"),
        ("text_config.layer_types", "\"full\"", "text_config.layer_types is \"full\", an array is needed"),
        ("text_config.layer_types", "[\"full_attention\"]", "text_config.layer_types is a list of 1, but num_hidden_layers is 6"),
        ("text_config.pad_token_id", "512", "text_config.pad_token_id is 512, but the vocabulary has 512 entries"),
        ("text_config.per_layer_config", "{\"6\":{}}", "text_config.per_layer_config.6 is layer 6, it must be 0 to 5"),
        (
            "text_config.per_layer_config", "{\"+1\":{}}",
            "text_config.per_layer_config.+1 is the key \"+1\", the number of a layer is needed"
        ),
        (
            "text_config.per_layer_config", "{\"2\":{},\"02\":{}}",
            "text_config.per_layer_config.02 is given twice, but each layer can have one entry"
        ),
        ("text_config.global_head_dim", "64", "text_config.global_head_dim is 64, but per_layer_config says 32"),
        (
            "text_config.rope_parameters", "{}",
            "text_config.rope_parameters.sliding_attention is missing: each type of layer needs its rotary parameters"
        ),
        ("text_config", "null", "text_config is missing: it holds the decoder's sizes"),
        ("text_config", "[]", "text_config is [], an object is needed"),
        ("vision_config.head_dim", "6", "vision_config.head_dim is 6, but two-dimensional rotary embeddings need a multiple of 4"),
        (
            "audio_config.num_attention_heads", "5",
            "audio_config.hidden_size is 32, but it must be even and divisible by num_attention_heads 5"
        ),
        ("audio_config.attention_context_left", "1", "audio_config.attention_context_left is 1, it must be 2 to 4096"),
        ("image_token_id", "512", "image_token_id is 512, but the vocabulary has 512 entries"),
        ("image_token_id", "-1", "image_token_id is -1, it must be 0 to 2147483647"),
        ("eos_token_id", "[1, \"x\"]", "eos_token_id is [1, \"x\"], a token id or a list of them is needed"),
    ])
    func sizesAreBoundedBeforeAnythingIsAllocated(key: String, value: String, sentence: String) throws {
        let document = try edited("e2b", key, value)
        let error = #expect(throws: ConfigurationProblem.self) { try ModelConfiguration(document) }
        #expect(error?.description == sentence)
    }

    @Test func theDocumentMustBeAnObject() {
        #expect(throws: ConfigurationProblem.notAnObject(key: "the document", found: "[1]")) {
            try ModelConfiguration(.array([.integer(1)]))
        }
    }

    @Test(arguments: UInt64(1)...4) func survivesFuzzing(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        let original = try Fixtures.bytes("e4b/config.json")
        var loaded = 0
        let count = fuzzCount(500)
        for _ in 0..<count {
            let bytes = mutator.mutate(original)
            guard let document = try? JSONValue(parsing: bytes), let configuration = try? ModelConfiguration(document) else { continue }
            loaded += 1
            let text = configuration.text
            #expect(text.layerTypes.count == text.layerCount && text.headCount % text.keyValueHeadCount == 0)
            for layer in 0..<text.layerCount { #expect((0...layer).contains(text.keyValueSource(layer: layer))) }
        }
        #expect(loaded < count * 4 / 5)
    }
}
