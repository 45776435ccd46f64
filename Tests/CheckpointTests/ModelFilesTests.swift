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
        #expect(!extras.takesDeltaFrames && extras.followsInstructions && extras.recallsCalls)
        let prompting = #""prompts":{"transcribe":"transcribe.","notice":"what is new?","answersSpeech":true,"later":1}"#
        let asked = "{\(prompting),\"vision\":{\"delta_frames\":true},\"follows_instructions\":false,\"recalls_calls\":false}"
        let trained = try #require(try load(["mmagent.json": asked]).extras)
        let prompts = try #require(trained.prompts)
        #expect(trained.takesDeltaFrames && !trained.followsInstructions && !trained.recallsCalls)
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

    @Test func aModelSaysWhatStreamItWasMadeFor() throws {
        let rows = #""rows":352,"video_rows":160,"audio_rows":130,"text_rows":60"#
        let stated = #"{"stream":{\#(rows),"frames":6,"far_prefix":true,"stamped":true}}"#
        let model = try load(["mmagent.json": stated])
        var stream = StreamConfiguration(rows: 352, videoRows: 160, audioRows: 130, textRows: 60, frames: 6)
        stream.hasFarPrefix = true
        stream.isStamped = true
        #expect(model.extras?.stream == stream && model.stream == stream)
    }

    /// Half of the fixture's context of 4096.
    @Test func theStreamOfAPublishedCheckpointFollowsFromItsContextAndMemory() throws {
        #expect(try load([:]).stream == StreamConfiguration(rows: 2048, videoRows: 1024, audioRows: 1024, textRows: 512))
        func rows(_ adjust: (inout TextConfiguration) -> Void) throws -> Int {
            var model = try load([:])
            adjust(&model.text)
            return model.stream.rows
        }
        #expect(try rows { $0.maximumPositions = 131_072 } == 4096)
        // One full layer of 64 heads of 512: 256 KiB a row, so 512 MiB hold some 2000.
        let wide = try rows { text in
            text.maximumPositions = 131_072
            text.globalKeyValueHeadCount = 64
            text.globalHeadDimension = 512
        }
        #expect((2000...2048).contains(wide))
        // However small the context, the newest frame (70 soft tokens) and a sound are kept.
        #expect(try rows { $0.maximumPositions = 64 } == 70 + 10 + 60)
    }

    @Test(arguments: [
        (#""rows":352"#, #""rows":8"#, "stream.rows is 8, it must be 16 to 1048576"),
        (#""rows":352,"#, "", "stream.rows is missing: the cache rows that the model was trained with"),
        (#""text_rows":60"#, #""text_row":60"#, "stream.text_rows is missing: those of text"),
        (#""frames":6"#, #""frames":0"#, "stream.frames is 0, it must be 1 to 65536"),
        (#""frames":6"#, #""frmes":6"#, "the key stream.frmes is unknown; did you mean stream.frames?"),
        (#""audio_rows":130"#, #""audio_rows":400"#, "stream.audio_rows is 400, but rows is 352 in all: raise that, or lower this"),
        (
            #""video_rows":160"#, #""video_rows":79"#,
            "stream.video_rows is 79, but a frame has up to 80 rows: at least 80 are needed"
        ),
        (
            #""audio_rows":130"#, #""audio_rows":59"#,
            "stream.audio_rows is 59, but a sound of two seconds has 60 rows: at least 60 are needed"
        ),
        (
            #""rows":352,"video_rows":160"#, #""rows":139,"video_rows":100"#,
            "stream.rows is 139, but a frame and a sound have up to 140: at least 140 are needed"
        ),
    ])
    func aStreamThatCannotBeIsRefused(from: String, to: String, sentence: String) throws {
        let stated = #"{"stream":{"rows":352,"video_rows":160,"audio_rows":130,"text_rows":60,"frames":6}}"#
        let changed = stated.replacing(from, with: to)
        #expect(changed != stated)
        #expect(problem(["mmagent.json": changed]) == "mmagent.json: \(sentence)")
        let bytes = String(decoding: try Fixtures.bytes("e2b/config.json"), as: UTF8.self)
        let inside = bytes.replacing(
            "\"model_type\": \"gemma4\",", with: "\"model_type\": \"gemma4\", \"mmagent\": \(changed),", maxReplacements: 1)
        #expect(problem(["config.json": inside]).hasPrefix("config.json: "))
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
