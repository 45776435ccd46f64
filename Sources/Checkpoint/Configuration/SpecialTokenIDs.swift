/// Ids of the tokens that frame media and end answers.
public struct SpecialTokenIDs: Sendable, Equatable {
    public var bos: Int32
    /// Generation stops at any of these.
    public var eos: [Int32]
    public var pad: Int32
    public var beginImage: Int32
    public var endImage: Int32
    public var image: Int32
    public var video: Int32
    public var beginAudio: Int32
    public var endAudio: Int32
    public var audio: Int32

    public init(
        bos: Int32, eos: [Int32], pad: Int32, beginImage: Int32, endImage: Int32, image: Int32, video: Int32, beginAudio: Int32,
        endAudio: Int32,
        audio: Int32
    ) {
        self.bos = bos
        self.eos = eos
        self.pad = pad
        self.beginImage = beginImage
        self.endImage = endImage
        self.image = image
        self.video = video
        self.beginAudio = beginAudio
        self.endAudio = endAudio
        self.audio = audio
    }
}

extension SpecialTokenIDs {
    /// Reads the ids from the document and from `text_config`; the towers decide which must lie in the vocabulary.
    init(
        _ table: inout ConfigurationTable, text: ConfigurationTable, vocabularySize: Int, hasVision: Bool, hasAudio: Bool
    ) throws(ConfigurationProblem) {
        var text = text
        // The document overrides text_config.
        let (textBos, textEos, textPad) = (
            try text.tokenID("bos_token_id"), try text.tokenIDs("eos_token_id"), try text.tokenID("pad_token_id")
        )
        bos = try table.tokenID("bos_token_id") ?? textBos ?? 2
        eos = try table.tokenIDs("eos_token_id") ?? textEos ?? [1]
        pad = try table.tokenID("pad_token_id") ?? textPad ?? 0
        beginImage = try table.tokenID("boi_token_id") ?? 255_999
        endImage = try table.tokenID("eoi_token_id") ?? 258_882
        image = try table.tokenID("image_token_id") ?? 258_880
        video = try table.tokenID("video_token_id") ?? 258_884
        beginAudio = try table.tokenID("boa_token_id") ?? 256_000
        audio = try table.tokenID("audio_token_id") ?? 258_881
        // transformers calls it eoa_token_index; some published configurations have eoa_token_id as well or instead.
        let index = try table.tokenID("eoa_token_index")
        let id = try table.tokenID("eoa_token_id")
        if let index, let id, index != id {
            throw .inconsistent(key: table.name("eoa_token_id"), value: "\(id)", because: "eoa_token_index is \(index)")
        }
        endAudio = index ?? id ?? 258_883

        var used = [("bos_token_id", bos), ("pad_token_id", pad)] + eos.map { ("eos_token_id", $0) }
        if hasVision {
            used += [("boi_token_id", beginImage), ("eoi_token_id", endImage), ("image_token_id", image), ("video_token_id", video)]
        }
        if hasAudio { used += [("boa_token_id", beginAudio), ("eoa_token_index", endAudio), ("audio_token_id", audio)] }
        for (key, id) in used where Int(id) >= vocabularySize {
            throw .inconsistent(key: table.name(key), value: "\(id)", because: "the vocabulary has \(vocabularySize) entries")
        }
    }
}
