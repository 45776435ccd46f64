import Checkpoint
import Testing

/// Documents that are valid JSON and mean nothing, with real keys in wrong places: every parser answers with a value or an
/// error of its own, and never traps.
@Suite struct RandomDocumentTests {
    private struct Source {
        var generator: SeededGenerator
        let keys: [String]

        mutating func value(depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 7 : 10), using: &generator) {
            case 0: return "null"
            case 1: return Bool.random(using: &generator) ? "true" : "false"
            case 2: return "\(Int.random(in: -3...40, using: &generator))"
            case 3:
                return ["9223372036854775807", "-9223372036854775808", "1e300", "4096", "0.5", "262144"].randomElement(using: &generator)!
            case 4, 5: return "\"\(keys.randomElement(using: &generator)!)\""
            case 6: return ["\"F32\"", "\"BF16\"", "\"full_attention\"", "\"x.safetensors\"", "\"\""].randomElement(using: &generator)!
            case 7:
                return "[" + (0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth + 1) }.joined(separator: ",")
                    + "]"
            default: return object(depth: depth)
            }
        }

        mutating func object(depth: Int) -> String {
            let names = Set((0..<Int.random(in: 0...6, using: &generator)).map { _ in keys.randomElement(using: &generator)! })
            return "{" + names.sorted().map { "\"\($0)\":\(value(depth: depth + 1))" }.joined(separator: ",") + "}"
        }
    }

    @Test(arguments: UInt64(1)...4) func parsersAnswerToAnything(seed: UInt64) throws {
        let keys = [
            "text_config", "vision_config", "audio_config", "rope_parameters", "full_attention", "sliding_attention", "rope_theta",
            "layer_types",
            "per_layer_config", "head_dim", "num_hidden_layers", "eos_token_id", "mmagent", "kinds", "vision", "name", "weight_map",
            "metadata",
            "dtype", "shape", "data_offsets", "__metadata__", "model", "vocab", "merges", "added_tokens", "content", "id", "normalizer",
            "type",
            "BPE", "decoder", "pre_tokenizer", "0", "05", "a", "b", "ab", "subsampling_conv_channels", "model_type", "gemma4",
        ]
        var source = Source(generator: SeededGenerator(seed: seed), keys: keys)
        var documents = 0
        let count = fuzzCount(1000)
        for _ in 0..<count {
            let bytes = Array(source.object(depth: 0).utf8)
            let document = try JSONValue(parsing: bytes)
            if case .object = document { documents += 1 }
            _ = try? ModelConfiguration(document)
            _ = try? SafetensorsIndex(document)
            _ = try? Tokenizer(json: bytes)
            let file = SafetensorsImage.file(header: String(decoding: bytes, as: UTF8.self), data: [0, 0, 0, 0])
            _ = try? file.withUnsafeBytes { try SafetensorsHeader(prefix: $0, fileBytes: file.count) }
        }
        #expect(documents == count)
    }

    @Test(arguments: UInt64(1)...4) func indexesSurviveFuzzing(seed: UInt64) {
        var mutator = Mutator(seed: seed)
        let original = Array(
            #"{"metadata":{"total_size":8},"weight_map":{"model.a":"m-00001-of-00002.safetensors","model.b":"m-00002-of-00002.safetensors"}}"#
                .utf8)
        for _ in 0..<fuzzCount(500) {
            guard let document = try? JSONValue(parsing: mutator.mutate(original)), let index = try? SafetensorsIndex(document) else {
                continue
            }
            #expect(index.files.allSatisfy { !$0.contains("/") && $0.hasSuffix(".safetensors") })
            #expect(Set(index.shardOfTensor.values) == Set(index.files))
        }
    }
}
