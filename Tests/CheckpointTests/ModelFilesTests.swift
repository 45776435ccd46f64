import Checkpoint
import Tensors
import Testing

/// The files beside config.json: generation, processors, and this project's extras.
@Suite struct ModelFilesTests {
    private func load(_ files: [String: String]) throws -> ModelConfiguration {
        let directory = try TemporaryDirectory()
        try directory.write("config.json", Fixtures.bytes("e2b/config.json"))
        for (name, text) in files { try directory.write(name, text) }
        return try ModelConfiguration(directory: directory.path) { _ in nil }
    }

    private func problem(_ files: [String: String]) -> String {
        let error = #expect(throws: CheckpointError.self) { try load(files) }
        guard case .configuration(let path, let problem)? = error else { return error?.description ?? "" }
        return path.split(separator: "/").last.map { "\($0): \(problem)" } ?? ""
    }

    @Test func stopTokensOfTheGenerationFileAreAdded() throws {
        #expect(try load(["generation_config.json": #"{"eos_token_id":[1,6,22],"top_k":64}"#]).tokens.eos == [1, 6, 22])
        #expect(try load(["generation_config.json": #"{"eos_token_id":6}"#]).tokens.eos == [1, 6])
        #expect(
            problem(["generation_config.json": #"{"eos_token_id":512}"#])
                == "generation_config.json: eos_token_id is 512, but the vocabulary has 512 entries")
    }

    @Test func budgetsComeFromTheExtrasThenTheProcessors() throws {
        #expect(try load([:]).vision?.softTokenBudget == 70)
        #expect(try load([:]).vision?.imageSoftTokenBudget == 280)
        let processor =
            #"{"image_processor":{"max_soft_tokens":560},"video_processor":{"max_soft_tokens":140},"processor_class":"Gemma4Processor"}"#
        let fromProcessor = try load(["processor_config.json": processor]).vision
        #expect(fromProcessor?.softTokenBudget == 140 && fromProcessor?.imageSoftTokenBudget == 560)
        let fromExtras = try load(["processor_config.json": processor, "mmagent.json": #"{"vision":{"max_soft_tokens":30}}"#]).vision
        #expect(fromExtras?.softTokenBudget == 30 && fromExtras?.imageSoftTokenBudget == 30)
        #expect(
            problem(["processor_config.json": #"{"video_processor":{"max_soft_tokens":0}}"#])
                == "processor_config.json: video_processor.max_soft_tokens is 0, it must be 1 to 4096")
    }

    @Test func extrasAreTyped() throws {
        let extras = try #require(
            try load([
                "mmagent.json": """
                {"name":"nano","vision":{"max_soft_tokens":24},"system":"You watch a desk.","trained":{"hours":2},
                 "kinds":[{"name":"mug","phrase":"a mug"},{"name":"pen"},"key"]}
                """
            ]).extras)
        #expect(extras.name == "nano" && extras.system == "You watch a desk." && extras.maximumSoftTokens == 24)
        #expect(
            extras.kinds == [
                ModelExtras.Kind(name: "mug", phrase: "a mug"), ModelExtras.Kind(name: "pen", phrase: "pen"),
                ModelExtras.Kind(name: "key", phrase: "key"),
            ])
        #expect(extras.prompts == nil)
        #expect(!extras.takesDeltaFrames)
        let prompting = #""prompts":{"transcribe":"transcribe.","notice":"what is new?","answersSpeech":true,"later":1}"#
        let asked = "{\(prompting),\"vision\":{\"delta_frames\":true}}"
        let trained = try #require(try load(["mmagent.json": asked]).extras)
        let prompts = try #require(trained.prompts)
        #expect(trained.takesDeltaFrames)
        #expect(prompts.transcribe == "transcribe." && prompts.notice == "what is new?" && prompts.answersSpeech)
        #expect(
            problem(["mmagent.json": #"{"prompts":{"notice":""}}"#])
                == "mmagent.json: prompts.notice is a text of 0 bytes, it must be 1 to 1000 bytes long")
        #expect(try load([:]).extras == nil)
        #expect(
            problem(["mmagent.json": #"{"kinds":[{"phrase":"a mug"}]}"#]) == "mmagent.json: kinds[0].name is missing: every kind has a name"
        )
        #expect(problem(["mmagent.json": #"{"system":1}"#]) == "mmagent.json: system is 1, a string is needed")
        #expect(problem(["mmagent.json": "[]"]) == "mmagent.json: the document is [], an object is needed")
    }

    @Test func extrasMayBeAKeyOfTheConfiguration() throws {
        let bytes = try Fixtures.bytes("e2b/config.json")
        let text = String(decoding: bytes, as: UTF8.self)
        let with = text.replacing(
            "\"model_type\": \"gemma4\",", with: "\"model_type\": \"gemma4\", \"mmagent\": {\"name\": \"inside\"},", maxReplacements: 1)
        #expect(with != text)
        #expect(try load(["config.json": with]).extras?.name == "inside")
        #expect(
            problem(["config.json": with, "mmagent.json": "{}"]) == "config.json: mmagent is given, but mmagent.json is there too; keep one"
        )
    }

    @Test func theReferencesAudioSettingsAreAccepted() throws {
        let settings = String(decoding: try Fixtures.bytes("e2b/preprocessor_config.json"), as: UTF8.self)
        #expect(throws: Never.self) { try load(["preprocessor_config.json": settings]) }
        #expect(throws: Never.self) { try load(["preprocessor_config.json": settings.replacing("\"right\"", with: "\"left\"")]) }
        #expect(throws: Never.self) { try load(["processor_config.json": "{\"feature_extractor\":\(settings)}"]) }
        // Older files hold the settings of several media in one object.
        let merged = settings.replacing(
            "\"dither\"", with: "\"image_processor_type\": \"X\", \"max_soft_tokens\": 140, \"size\": null, \"dither\"")
        #expect(try load(["preprocessor_config.json": merged]).vision?.imageSoftTokenBudget == 140)
    }

    @Test(arguments: [
        ("\"fft_length\": 512", "\"fft_length\": 1024", "fft_length is 1024, which this engine does not compute; it supports 512"),
        ("\"frame_length\": 320", "\"frame_length\": 400", "frame_length is 400, which this engine does not compute; it supports 320"),
        ("\"hop_length\": 160", "\"hop_length\": 200", "hop_length is 200, which this engine does not compute; it supports 160"),
        ("\"feature_size\": 128", "\"feature_size\": 80", "feature_size is 80, which this engine does not compute; it supports 128"),
        ("\"mel_floor\": 0.001", "\"mel_floor\": 1e-05", "mel_floor is 1e-05, which this engine does not compute; it supports 0.001"),
        ("\"preemphasis\": 0.0", "\"preemphasis\": 0.97", "preemphasis is 0.97, which this engine does not compute; it supports 0"),
        (
            "\"sampling_rate\": 16000", "\"sampling_rate\": 24000",
            "sampling_rate is 24000, which this engine does not compute; it supports 16000"
        ),
        ("\"dither\": 0.0", "\"dither\": 0.1", "dither is 0.1, which this engine does not compute; it supports 0"),
        (
            "\"per_bin_mean\": null", "\"per_bin_mean\": [0.5]",
            "per_bin_mean is [0.5], which this engine does not compute; it supports null: no normalisation"
        ),
        ("\"dither\": 0.0", "\"dithr\": 0.0", "the key dithr is unknown; did you mean dither?"),
    ])
    func otherAudioSettingsAreRefused(from: String, to: String, sentence: String) throws {
        let settings = String(decoding: try Fixtures.bytes("e2b/preprocessor_config.json"), as: UTF8.self)
        #expect(settings.contains(from))
        #expect(problem(["preprocessor_config.json": settings.replacing(from, with: to)]) == "preprocessor_config.json: \(sentence)")
        #expect(
            problem(["processor_config.json": "{\"feature_extractor\":\(settings.replacing(from, with: to))}"]).contains(
                "feature_extractor.")
                == true)
    }

    @Test(arguments: [
        (
            #"{"image_processor":{"rescale_factor":0.5}}"#,
            "image_processor.rescale_factor is 0.5, which this engine does not compute; it supports 1/255"
        ),
        (
            #"{"image_processor":{"do_normalize":true,"image_mean":[0.5,0.5,0.5]}}"#,
            "image_processor.image_mean is [0.5, 0.5, 0.5], which this engine does not compute; it supports 0 for every channel"
        ),
        (#"{"image_processor":{"patch_size":14}}"#, "image_processor.patch_size is 14, which this engine does not compute; it supports 16"),
        (
            #"{"video_processor":{"do_resize":false}}"#,
            "video_processor.do_resize is false, which this engine does not compute; it supports true"
        ),
        (#"{"video_processor":{"resample":2}}"#, "video_processor.resample is 2, which this engine does not compute; it supports 3"),
    ])
    func otherImageSettingsAreRefused(settings: String, sentence: String) {
        #expect(problem(["processor_config.json": settings]) == "processor_config.json: \(sentence)")
    }

    @Test func neutralImageSettingsAreAccepted() throws {
        let settings = #"""
            {"image_processor":{"do_normalize":true,"image_mean":[0,0.0,0],"image_std":[1,1,1.0],"rescale_factor":0.00392156862745098,
             "patch_size":16,"pooling_kernel_size":3,"resample":3,"do_convert_rgb":true}}
            """#
        #expect(throws: Never.self) { try load(["processor_config.json": settings]) }
    }
}
