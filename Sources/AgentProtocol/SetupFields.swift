extension SetupField {
    /// Every field, in the document's order. One that stands nowhere here is not read, and so ignored by name.
    package static let all = [general, generation, input, sessions, own].flatMap(\.self)

    private static let general = [
        SetupField(
            "model", .taken,
            "`models/mmagent`, `models/mmagent-main` or `gemini-…-mmagent-main`, the model's own name, and any other `gemini-…`; absent is fine",
            value: #""models/mmagent""#),
        SetupField(
            "systemInstruction", .taken,
            "text; other parts are refused (`UNSUPPORTED_FIELD`); ignored by a model that was trained on none but standing ones, as nano was",
            value: #"{"parts":[{"text":"be brief"}]}"#),
        SetupField(
            "tools", .taken,
            "`functionDeclarations` ([tools](#tools)); what is hosted elsewhere (`googleSearch`, …) is ignored by its name",
            value: #"[{"functionDeclarations":[{"name":"f"}]}]"#),
    ]

    private static let generation = [
        SetupField("generationConfig.temperature", .taken, "0 to 2", value: "0.5"),
        SetupField("generationConfig.topP", .taken, "more than 0, 1 at most", value: "0.5"),
        SetupField("generationConfig.topK", .taken, value: "40"),
        SetupField("generationConfig.seed", .taken, value: "7"),
        SetupField(
            "generationConfig.maxOutputTokens", .nearest, "at most `[stream] max_answer_tokens`; told as `…: 9000 -> 256`", value: "9000"),
        SetupField(
            "generationConfig.responseModalities", .nearest,
            "`TEXT`. There is no voice: `AUDIO` comes as its text; neither of the two is refused (`UNSUPPORTED_FIELD`)",
            value: #"["AUDIO"]"#),
        SetupField(
            "generationConfig.mediaResolution", .nearest,
            "the soft tokens of a frame, 64 of `MEDIA_RESOLUTION_LOW` and 256 of the others, from what the model can; a model that has one number keeps it",
            isPrivate: true, value: #""MEDIA_RESOLUTION_HIGH""#),
        SetupField(
            "generationConfig.thinkingConfig.includeThoughts", .taken,
            "of published checkpoints, which think then; models of this project do not, and ignore it", isPrivate: true, value: "true"),
        SetupField(
            "generationConfig.thinkingConfig.thinkingBudget", .nearest,
            "at most half of `maxOutputTokens`, which is also what -1 and none are; 0 is no thought", isPrivate: true, value: "100"),
        SetupField("generationConfig.thinkingConfig.thinkingLevel", .ignored, value: #""HIGH""#),
        SetupField("generationConfig.speechConfig", .ignored, value: #"{"voiceConfig":{}}"#),
        SetupField("generationConfig.enableAffectiveDialog", .ignored, value: "true"),
        SetupField("generationConfig.candidateCount", .ignored, "there is one answer", value: "1"),
        SetupField("generationConfig.presencePenalty", .ignored, value: "0.5"),
        SetupField("generationConfig.frequencyPenalty", .ignored, value: "0.5"),
        SetupField("generationConfig.responseLogprobs", .ignored, value: "true"),
        SetupField(
            "generationConfig.responseMimeType", .taken,
            "`text/plain`, `application/json`, `text/x.enum` ([answers under a schema](#answers-under-a-schema))",
            value: #""application/json""#),
        SetupField(
            "generationConfig.responseSchema", .taken, "with `application/json` or `text/x.enum`",
            value: #"{"type":"OBJECT"},"responseMimeType":"application/json""#),
        SetupField(
            "generationConfig.responseJsonSchema", .taken, "in its place",
            value: #"{"type":"object"},"responseMimeType":"application/json""#),
        SetupField("generationConfig.stopSequences", .refused, value: #"["x"]"#),
        SetupField("generationConfig.translationConfig", .refused, value: #"{"targetLanguageCode":"fr"}"#),
    ]

    private static let detection = "realtimeInputConfig.automaticActivityDetection"
    private static let input = [
        SetupField(
            "inputAudioTranscription", .taken, "transcripts of what is heard; ignored where `[stream] transcription` is off", value: "{}"),
        SetupField("inputAudioTranscription.languageCodes", .ignored, value: #"["en"]"#),
        SetupField("inputAudioTranscription.customVocabulary", .ignored, value: #"["mug"]"#),
        SetupField("inputAudioTranscription.wordTimestamp", .ignored, value: "true"),
        SetupField("inputAudioTranscription.diarization", .ignored, value: "true"),
        SetupField("inputAudioTranscription.mode", .ignored, value: #""SMART""#),
        SetupField(
            "outputAudioTranscription", .taken,
            "with `AUDIO` alone the text comes as `serverContent.outputTranscription`; with `TEXT` it is ignored", value: "{}",
            with: #","generationConfig":{"responseModalities":["AUDIO"]}"#),
        SetupField(
            detection + ".disabled", .taken, "`true`: the client says where speech begins and ends", isPrivate: true, value: "true"),
        SetupField(
            detection + ".startOfSpeechSensitivity", .taken, "what ends in `HIGH` or `LOW`; other words are ignored", isPrivate: true,
            value: #""START_SENSITIVITY_LOW""#),
        SetupField(detection + ".endOfSpeechSensitivity", .taken, "in the same way", isPrivate: true, value: #""END_SENSITIVITY_LOW""#),
        SetupField(detection + ".prefixPaddingMs", .nearest, "10 to 300", isPrivate: true, value: "5"),
        SetupField(detection + ".silenceDurationMs", .nearest, "50 to 10000", isPrivate: true, value: "20"),
        SetupField(
            "realtimeInputConfig.activityHandling", .taken,
            "`START_OF_ACTIVITY_INTERRUPTS`: speech that begins ends the answer under way, as it does where speech is answered; `NO_INTERRUPTION`: it is answered afterwards",
            isPrivate: true, value: #""NO_INTERRUPTION""#),
        SetupField(
            "realtimeInputConfig.turnCoverage", .nearest,
            "`TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO`, which `TURN_INCLUDES_ONLY_ACTIVITY` becomes: an agent that watches sees all the time; `TURN_INCLUDES_ALL_INPUT` takes in silence too",
            isPrivate: true, value: #""TURN_INCLUDES_ONLY_ACTIVITY""#),
        SetupField("realtimeInputConfig.interimTranscriptTimestampEnabled", .ignored, value: "true"),
        SetupField("explicitVadSignal", .ignored, value: "true"),
    ]

    private static let sessions = [
        SetupField("proactivity", .taken, "without a value both of the following", value: "{}"),
        SetupField(
            "proactivity.proactiveAudio", .taken, "turns that nobody asked for, about what is heard", value: "true"),
        SetupField("proactivity.proactiveVideo", .taken, "about what is seen", value: "true"),
        SetupField(
            "contextWindowCompression.triggerTokens", .nearest,
            "with more tokens of pictures, sounds and notes than this the session forgets the oldest; a frame and a sound have to fit, and no more than it may have",
            isPrivate: true, value: "1"),
        SetupField(
            "contextWindowCompression.slidingWindow.targetTokens", .nearest, "down to this; half of `triggerTokens` if it is absent",
            isPrivate: true, value: "1"),
        SetupField(
            "historyConfig.initialHistoryInClientContent", .taken,
            "`true`: the first `clientContent`, up to `turnComplete`, tells what was said before and is not answered; where its last turn "
                + "is the user's, a `realtimeInput.text` without words asks it", value: "true"),
        SetupField(
            "sessionResumption", .taken, "handles come after turns ([coming back](#coming-back)); ignored where `[live] session_ttl` is 0",
            value: "{}"),
        SetupField(
            "sessionResumption.handle", .taken, "the session goes on as it was left; one that is not known is refused (`UNKNOWN_HANDLE`)",
            value: #""h""#),
        SetupField("sessionResumption.transparent", .ignored, value: "true"),
        SetupField("safetySettings", .ignored, value: "[{}]"),
        SetupField("avatarConfig", .ignored, value: "{}"),
        SetupField(
            "labels", .taken,
            "`mm_attach`, `mm_role`, `mm_subscribe`; `mm_meta` (`1`: `mm` of an answer's piece stands in its part's `partMetadata`, too); "
                + "`mm_session_ttl_ms` (the connection ends then, with `goAway` before); another `mm_…`, or one whose field stands in "
                + "`mm` too, is ignored; other labels are the client's own",
            value: #"{"a":"b"}"#),
    ]

    private static let own = [
        SetupField("mm.version", .taken, "1", value: "1"),
        SetupField("mm.attach", .taken, "`main`", value: #""main""#),
        SetupField("mm.role", .taken, value: #""observer""#),
        SetupField("mm.subscribe", .taken, value: #"["turn"]"#),
        SetupField(
            "mm.after", .taken, "`mm.seq` of the last event that the client has; one that has not happened yet is refused (`OUT_OF_RANGE`)",
            value: "0"),
    ]
}
