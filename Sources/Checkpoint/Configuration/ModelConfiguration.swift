/// A decoded `config.json` (model_type gemma4) together with what the files beside it add: generation_config.json,
/// preprocessor_config.json, processor_config.json and mmagent.json, each optional.
public struct ModelConfiguration: Sendable, Equatable {
    public var text: TextConfiguration
    /// Nil if the model cannot see.
    public var vision: VisionConfiguration?
    /// Nil if the model cannot hear.
    public var audio: AudioConfiguration?
    public var tokens: SpecialTokenIDs
    public var extras: ModelExtras?
}

extension ModelConfiguration {
    /// - Parameters:
    ///   - directory: the model directory.
    ///   - shape: the stored shape of a tensor by its full name, for what config.json may leave out.
    package init(directory: String, shape: (String) -> [Int]?) throws(CheckpointError) {
        let path = directory + "/config.json"
        let document = try FileSystem.json(at: path, limit: FileSystem.maximumConfigurationBytes)
        do {
            try self.init(document, shape: shape)
        } catch {
            throw .configuration(path: path, error)
        }
        try readGeneration(directory + "/generation_config.json")
        let budgets = try ProcessorConfiguration.read(directory: directory, vision: vision)
        let extrasPath = directory + "/mmagent.json"
        if FileSystem.exists(extrasPath) {
            let value = try FileSystem.json(at: extrasPath, limit: FileSystem.maximumConfigurationBytes)
            if extras != nil {
                throw .configuration(
                    path: path, .inconsistent(key: "mmagent", value: "given", because: "mmagent.json is there too; keep one"))
            }
            do {
                extras = try ModelExtras(value, path: "")
            } catch {
                throw .configuration(path: extrasPath, error)
            }
        }
        vision?.softTokenBudget = extras?.maximumSoftTokens ?? budgets.frame ?? SoftTokenBudgets.frameDefault
        vision?.imageSoftTokenBudget = extras?.maximumSoftTokens ?? budgets.image ?? SoftTokenBudgets.imageDefault
        if let only = extras?.maximumSoftTokens { vision?.softTokenBudgets = [only] }
        let isBeside = FileSystem.exists(extrasPath)
        do {
            try extras?.stream?.requireRoom(
                softTokens: vision?.softTokenBudget, hearing: audio != nil, path: isBeside ? "" : "mmagent")
        } catch {
            throw .configuration(path: isBeside ? extrasPath : path, error)
        }
    }

    /// Decodes config.json alone.
    package init(_ document: JSONValue, shape: (String) -> [Int]? = { _ in nil }) throws(ConfigurationProblem) {
        var table = try ConfigurationTable(document, path: "")
        try table.require("model_type", .string("gemma4"))
        try table.require("tie_word_embeddings", .boolean(true))
        for key in ["quantization_config", "quantization"] {
            try table.requireAbsent(key, supported: "weights stored as F32, BF16 or F16")
        }
        guard let textTable = try table.table("text_config") else {
            throw .missing(key: "text_config", meaning: "it holds the decoder's sizes")
        }
        text = try TextConfiguration(textTable, shape: shape)
        vision = if let vision = try table.table("vision_config") { try VisionConfiguration(vision) } else { nil }
        audio = if let audio = try table.table("audio_config") { try AudioConfiguration(audio) } else { nil }
        tokens = try SpecialTokenIDs(
            &table, text: textTable, vocabularySize: text.vocabularySize, hasVision: vision != nil, hasAudio: audio != nil)
        extras = if let value = table.value("mmagent") { try ModelExtras(value, path: "mmagent") } else { nil }
        // vision_soft_tokens_per_image: the processor's budget rules.
        table.ignore(IgnoredKeys.common + ["vision_soft_tokens_per_image"])
        try table.requireAllKnown()
    }

    private mutating func readGeneration(_ path: String) throws(CheckpointError) {
        guard FileSystem.exists(path) else { return }
        let document = try FileSystem.json(at: path, limit: FileSystem.maximumConfigurationBytes)
        do {
            try addStopTokens(of: document)
        } catch {
            throw .configuration(path: path, error)
        }
    }

    /// The stop tokens of generation_config.json, added to those of config.json.
    private mutating func addStopTokens(of document: JSONValue) throws(ConfigurationProblem) {
        var table = try ConfigurationTable(document, path: "")
        for id in try table.tokenIDs("eos_token_id") ?? [] where !tokens.eos.contains(id) {
            guard Int(id) < text.vocabularySize else {
                throw .inconsistent(key: "eos_token_id", value: "\(id)", because: "the vocabulary has \(text.vocabularySize) entries")
            }
            tokens.eos.append(id)
        }
    }
}
