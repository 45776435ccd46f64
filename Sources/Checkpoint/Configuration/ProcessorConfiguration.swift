import Figures

/// Soft tokens per image, for models whose files say nothing.
enum SoftTokenBudgets {
    /// transformers' video processor.
    static let frameDefault = 70
    /// transformers' image processor.
    static let imageDefault = 280
    static let range = 1...4_096
    /// Those that the published checkpoints know.
    static let trained = [70, 140, 280, 560, 1_120]
}

/// preprocessor_config.json and processor_config.json: how media were prepared in training. The engine's preparation is
/// fixed; what these files ask for must be the same.
enum ProcessorConfiguration {
    /// Reads and checks whichever of the files are there.
    static func read(
        directory: String, vision: VisionConfiguration?
    ) throws(CheckpointError) -> (frame: Int?, image: Int?) {
        var budgets: (frame: Int?, image: Int?) = (nil, nil)
        for file in ["preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json"] {
            let path = directory + "/" + file
            guard FileSystem.exists(path) else { continue }
            let document = try FileSystem.json(at: path, limit: FileSystem.maximumConfigurationBytes)
            do {
                try check(ConfigurationTable(document, path: ""), vision: vision, budgets: &budgets)
            } catch {
                throw .configuration(path: path, error)
            }
        }
        return budgets
    }

    /// A processor of one medium, or the object that holds one of each.
    private static func check(
        _ table: ConfigurationTable, vision: VisionConfiguration?, budgets: inout (frame: Int?, image: Int?)
    ) throws(ConfigurationProblem) {
        var table = table
        if let audio = try table.table("feature_extractor") { try checkAudio(audio, alone: true) }
        if let image = try table.table("image_processor") { budgets.image = try checkImage(image, vision) ?? budgets.image }
        if let video = try table.table("video_processor") { budgets.frame = try checkImage(video, vision) ?? budgets.frame }
        let hasImage = try table.string("image_processor_type") != nil
        let hasVideo = try table.string("video_processor_type") != nil
        if try table.string("feature_extractor_type") != nil { try checkAudio(table, alone: !hasImage && !hasVideo) }
        if hasImage { budgets.image = try checkImage(table, vision) ?? budgets.image }
        if hasVideo { budgets.frame = try checkImage(table, vision) ?? budgets.frame }
    }

    /// The log-mel front end: 20 ms frames every 10 ms at 16 kHz, 512-point magnitude spectrum, 128 HTK mel bins from 0 to
    /// 8 kHz, ln(x + 0.001).
    /// - Parameter alone: the object holds nothing else, so that a key nobody knows is an error.
    private static func checkAudio(_ table: ConfigurationTable, alone: Bool) throws(ConfigurationProblem) {
        var table = table
        let fixed: [(String, JSONValue)] = [
            ("feature_size", .integer(128)), ("sampling_rate", .integer(16_000)), ("frame_length", .integer(320)),
            ("hop_length", .integer(160)), ("fft_length", .integer(512)), ("frame_length_ms", .integer(20)),
            ("hop_length_ms", .integer(10)), ("min_frequency", .integer(0)), ("max_frequency", .integer(8_000)),
            ("mel_floor", .real(0.001)), ("preemphasis", .integer(0)), ("dither", .integer(0)), ("input_scale_factor", .integer(1)),
            ("fft_overdrive", .boolean(false)),
        ]
        for (key, value) in fixed { try table.require(key, value) }
        for key in ["per_bin_mean", "per_bin_stddev"] { try table.requireAbsent(key, supported: "null: no normalisation") }
        // Padding moves the frames of a padded batch; a stream is never padded, so its side and value do not matter, nor does
        // the flavour of a pre-emphasis of 0.
        table.ignore([
            "feature_extractor_type", "processor_class", "padding_side", "padding_value", "return_attention_mask", "preemphasis_htk_flavor",
            "model_input_names", "transformers_version", "audio_seq_length", "audio_ms_per_token",
        ])
        if alone { try table.requireAllKnown() }
    }

    /// Bicubic resize with antialias by the soft-token budget, values divided by 255, no mean or deviation.
    /// Keys that say how an image is handed over (layout, device, padding) do not matter and are not read.
    private static func checkImage(_ table: ConfigurationTable, _ vision: VisionConfiguration?) throws(ConfigurationProblem) -> Int? {
        var table = table
        try table.require("do_resize", .boolean(true))
        try table.require("do_rescale", .boolean(true))
        try table.require("resample", .integer(3))
        if let factor = try table.number("rescale_factor", in: 0...1e6), abs(factor * 255 - 1) > 1e-6 {
            throw .unsupported(key: table.name("rescale_factor"), value: factor.figure, supported: "1/255")
        }
        if try table.boolean("do_normalize") ?? false {
            for (key, neutral) in [("image_mean", 0), ("image_std", 1)] {
                guard let values = try table.array(key) else { continue }
                for value in values where !value.isEqual(to: .integer(neutral)) {
                    throw .unsupported(
                        key: table.name(key), value: JSONValue.array(values).summary, supported: "\(neutral) for every channel")
                }
            }
        }
        if let vision {
            try table.require("patch_size", .integer(vision.patchSize))
            try table.require("pooling_kernel_size", .integer(vision.poolingKernelSize))
        }
        return try table.integer("max_soft_tokens", in: SoftTokenBudgets.range)
    }
}
