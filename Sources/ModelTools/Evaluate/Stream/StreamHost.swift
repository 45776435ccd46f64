/// What a recording is played to and asked of: an engine faster than real time, or a daemon in real time.
package protocol StreamHost: AnyObject {
    /// Plays on until this much of the recording has been taken in.
    func advance(to seconds: Double) async throws
    /// Asks as a client that has just come, with the turns it tells of before.
    func ask(_ question: String, after: [StreamTruth.Turn]) async throws -> StreamAnswer
    /// Asks the same on a stream of its own that holds one frame, or one sound, and nothing else.
    func askAfresh(_ question: String, _ glimpse: Glimpse) async throws -> StreamAnswer
    /// A client with a standing instruction joins.
    func follow(_ instruction: String, number: Int) async throws
    func unfollow(number: Int) async throws
    func setMuted(_ mute: Bool, _ device: StreamTruth.Mute.Device) async throws
    /// Plays to the end and lets everything come to its end.
    func finish() async throws -> StreamCost
    /// What it said unasked, so far.
    var notes: [StreamNote] { get }
}

/// The newest frame or sound, to be looked at afresh.
package enum Glimpse: Sendable {
    /// The path of its file.
    case frame(String)
    case sound(StreamSound.Span)
}

package struct StreamAnswer: Sendable {
    let text: String
    /// Seconds from the question to the first token.
    let firstToken: Double?

    package init(text: String, firstToken: Double? = nil) {
        self.text = text
        self.firstToken = firstToken
    }
}

/// What playing it took.
package struct StreamCost: Sendable {
    /// Dense passes of the vision tower, by how many frames were encoded.
    var visionWork: Double?
    /// Milliseconds that each frame took; empty if it was not measured.
    var frameMilliseconds: [Double] = []

    package init() {}
}
