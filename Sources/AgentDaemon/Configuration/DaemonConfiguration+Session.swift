import AudioEncoder
import Checkpoint
import Decoder
package import Session
import VisionEncoder

extension DaemonConfiguration {
    /// The configured stream, for a model.
    package func streamOptions(model: AgentModel) -> StreamOptions {
        var options = StreamOptions()
        options.system = stream.system
        options.eviction = stream.budget.policy(for: model.configuration, name: model.name, softTokens: video.softTokens).policy
        options.audioGroup = audio.groupTokens
        options.activity.startOfSpeechSensitivity = audio.sensitivity == .high ? .high : .low
        options.activity.prerollMilliseconds = audio.prefixPaddingMilliseconds
        options.activity.silenceDurationMilliseconds = audio.silenceDurationMilliseconds
        options.softTokens = video.softTokens == 0 ? nil : video.softTokens
        switch video.mode {
        case .exact:
            options.visionMode = .exact
        case .sparse:
            options.visionMode = .sparse(
                SparseParameters(inputThreshold: Float(video.sparseThreshold), refreshSeconds: video.refreshSeconds))
        }
        options.changeGate = video.gate == .noise ? .camera : .anyDifference
        options.maximumAnswerTokens = stream.maximumAnswerTokens
        options.historyTokens = stream.historyTokens
        options.sampling = SamplingParameters(
            temperature: stream.temperature, topK: stream.topK, topP: stream.topP, seed: UInt64(stream.seed))
        // The models this project ships say in mmagent.json what they were trained for; Gemma checkpoints, which have none,
        // transcribe, and are too slow to be asked after every frame.
        let prompts = model.extras?.prompts
        options.transcribes = stream.transcription.isOn(
            auto: model.audioEncoder != nil && (model.extras == nil || prompts?.transcribe != nil))
        options.answersSpeech = options.transcribes && stream.answerSpeech.isOn(auto: prompts?.answersSpeech == true)
        options.notices = stream.notice.isOn(auto: model.visionEncoder != nil && prompts?.notice != nil)
        return options
    }

    /// The keys in which two configurations differ and that are read at the start only.
    func keysThatNeedRestart(comparedWith other: DaemonConfiguration) -> [String] {
        var keys: [String] = []
        if model != other.model { keys.append("[model]") }
        var audio = other.audio
        audio.sensitivity = self.audio.sensitivity
        audio.prefixPaddingMilliseconds = self.audio.prefixPaddingMilliseconds
        audio.silenceDurationMilliseconds = self.audio.silenceDurationMilliseconds
        if self.audio != audio { keys.append("[audio]") }
        if video != other.video { keys.append("[video]") }
        var stream = other.stream
        stream.maximumAnswerTokens = self.stream.maximumAnswerTokens
        stream.temperature = self.stream.temperature
        stream.topK = self.stream.topK
        stream.topP = self.stream.topP
        stream.seed = self.stream.seed
        if self.stream != stream { keys.append("[stream]") }
        if socket != other.socket { keys.append("[socket]") }
        var listen = other.listen
        (listen.keys, listen.hosts, listen.origins) = (self.listen.keys, self.listen.hosts, self.listen.origins)
        if self.listen != listen { keys.append("[listen]") }
        if state != other.state { keys.append("[state]") }
        if metrics != other.metrics { keys.append("[metrics]") }
        if live != other.live { keys.append("[live]") }
        if log != other.log { keys.append("[log]") }
        return keys
    }
}

extension DaemonConfiguration.Choice {
    fileprivate func isOn(auto: Bool) -> Bool {
        switch self {
        case .auto: auto
        case .on: true
        case .off: false
        }
    }
}
