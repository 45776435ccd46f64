public import AudioEncoder
public import Decoder
public import Interleaver
import Tools
public import VisionEncoder

/// How one stream takes in its media and answers.
public struct StreamOptions: Sendable {
    /// Empty: the model's own.
    public var system = ""
    /// Of functions that the client of this stream declared.
    var declarations = MarkedText()
    public var interleaver = Interleaver.Limits()
    /// nil: what the model was made for.
    public var eviction: EvictionPolicy?
    public var governor = OverloadGovernor.Limits()
    public var activity = ActivityParameters()
    /// How sound becomes turns.
    var listening = Listening()
    /// The model is asked to think before it answers.
    var thinks = false
    /// Audio tokens that wait for each other before the encoder runs.
    public var audioGroup = 4
    /// Soft tokens a frame; nil: what the model's files say.
    public var softTokens: Int?
    public var visionMode = FrameStream.Mode.exact
    /// What counts as a changed frame; by default what stands out of a camera's noise.
    public var changeGate = ChangeDetector.Gate.camera
    public var maximumAnswerTokens = 256
    /// Tokens of earlier turns that a client's next question carries along.
    public var historyTokens = 1024
    public var sampling = SamplingParameters()
    /// The model is asked, on a fork, what a sound that ended was.
    public var transcribes = false
    /// What was transcribed is asked as a question.
    public var answersSpeech = false
    /// The model is asked, on a fork, what is new in a frame that changed.
    public var notices = false

    public init() {}
}
