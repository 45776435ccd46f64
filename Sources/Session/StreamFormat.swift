import Checkpoint
import Constraint
import Decoder
import Foundation
import Media
import Tensors
import Tools

/// The token format of the stream: what surrounds frames, audio and questions, exactly as the models were trained.
///
/// Text pieces are encoded one by one, special tokens are put in by id, so a piece never depends on its neighbour:
///
///     <bos><|turn>system\n{system}{declarations of functions}<turn|>\n<|turn>user\n
///     mm:ss <|image><|video|>…<image|>            a frame; one space separates it from what came before in the turn
///     <|audio><|audio|>…<audio|>                  a block of sound, at most 750 tokens (30 s)
///     mm:ss (camera off)                          a device muted or opened again; separated as frames are
///     {question}<turn|>\n<|turn>model\n{answer}<turn|>
///
/// This is the video and audio format of the Gemma 4 processor, one frame after the other as they are captured. Questions, and
/// sounds where they begin, of a model that was trained so (`stream.stamped` in its mmagent.json) have their time, too:
///
///     mm:ss <|audio><|audio|>…<audio|>            a sound; where it goes on after a frame that fell into it, without
///     mm:ss {question}<turn|>\n<|turn>model\n     tokenised together with the question's words
package struct StreamFormat: Sendable {
    let tokens: SpecialTokenIDs
    private let tokenizer: Tokenizer
    private let endOfTurn: Int32
    /// Between what a call and a function's response stand: a model that calls one waits where a response begins.
    package struct CallMarks: Sendable {
        let open: Int32
        let close: Int32
        let response: Int32
        let closeResponse: Int32

        package init(open: Int32, close: Int32, response: Int32, closeResponse: Int32) {
            self.open = open
            self.close = close
            self.response = response
            self.closeResponse = closeResponse
        }
    }

    /// nil: the vocabulary knows of no functions.
    let callMarks: CallMarks?
    /// Of a model whose vocabulary can think.
    let thoughts: ThoughtTokens?
    /// Questions and sounds have their time.
    private let isStamped: Bool

    init(tokenizer: Tokenizer, tokens: SpecialTokenIDs, isStamped: Bool) throws(SessionError) {
        self.tokenizer = tokenizer
        self.isStamped = isStamped
        callMarks = Self.callMarks(tokenizer)
        if let think = tokenizer.id(of: "<|think|>"), let begin = tokenizer.id(of: "<|channel>"), let end = tokenizer.id(of: "<channel|>") {
            thoughts = ThoughtTokens(think: think, begin: begin, end: end)
        } else {
            thoughts = nil
        }
        self.tokens = tokens
        guard let end = tokenizer.id(of: "<turn|>"), tokenizer.id(of: "<|turn>") != nil else {
            throw .missingSpecialToken("<turn|>")
        }
        endOfTurn = end
        // The ids come from config.json, the names from tokenizer.json: where both know a token they must agree.
        for (name, configured) in Self.named(tokens) {
            if let id = tokenizer.id(of: name), id != configured { throw .tokenMismatch(token: name, id: id, configured: configured) }
        }
    }

    /// Names and configured ids. Apart from the initialiser, in which the compiler made other instructions of it at every build, so that
    /// no two packages were the same.
    @inline(never)
    private static func named(_ tokens: SpecialTokenIDs) -> [(name: String, id: Int32)] {
        [
            ("<bos>", tokens.bos), ("<|image>", tokens.beginImage), ("<image|>", tokens.endImage), ("<|image|>", tokens.image),
            ("<|video|>", tokens.video), ("<|audio>", tokens.beginAudio), ("<audio|>", tokens.endAudio), ("<|audio|>", tokens.audio),
        ]
    }

    /// Ids that end what a model says: end of turn, the begin of a function's response, and the configured end-of-sequence ids.
    var stopTokens: Set<Int32> { Set(endsOfAnswer).union(callMarks.map { [$0.response] } ?? []) }

    /// Of these, those that end an answer.
    var endsOfAnswer: [Int32] { Set(tokens.eos).union([endOfTurn]).sorted() }

    private static func callMarks(_ tokenizer: Tokenizer) -> CallMarks? {
        let all = [
            "<|tool>", "<tool|>", CallSyntax.open, CallSyntax.close, CallSyntax.quote, CallText.openResponse, CallText.closeResponse,
        ]
        guard all.allSatisfy({ tokenizer.id(of: $0) != nil }), let open = tokenizer.id(of: CallSyntax.open),
            let response = tokenizer.id(of: CallText.openResponse),
            let close = tokenizer.id(of: CallSyntax.close), let closeResponse = tokenizer.id(of: CallText.closeResponse)
        else { return nil }
        return CallMarks(open: open, close: close, response: response, closeResponse: closeResponse)
    }

    /// An answer without its calls and what they returned; nothing, if that is all it was.
    func words(of answer: [Int32]) -> [Int32] {
        guard let callMarks, answer.contains(callMarks.open) || answer.contains(callMarks.response) else { return answer }
        var words: [Int32] = []
        var end: Int32?
        for token in answer {
            if let mark = end {
                if token == mark { end = nil }
            } else if token == callMarks.open {
                end = callMarks.close
            } else if token == callMarks.response {
                end = callMarks.closeResponse
            } else {
                words.append(token)
            }
        }
        return words.allSatisfy(stopTokens.contains) ? [] : words
    }

    /// The system turn, and the head of the stream's one user turn.
    /// - Parameters:
    ///   - declarations: of functions.
    ///   - thinks: the model is to think before it answers.
    func prefix(system: String, declarations: MarkedText = MarkedText(), thinks: Bool = false) -> [Int32] {
        let think = thinks ? thoughts.map { [$0.think] } ?? [] : []
        return tokenizer.encode("<bos><|turn>system\n") + think + tokenizer.encodePlain(system) + tokens(of: declarations)
            + tokenizer.encode("<turn|>\n<|turn>user\n")
    }

    /// Declarations, or a function's response, after which the model's turn goes on.
    func tokens(of text: MarkedText) -> [Int32] {
        text.pieces.flatMap { piece in
            switch piece {
            case .mark(let name): tokenizer.id(of: name).map { [$0] } ?? tokenizer.encodePlain(name)
            case .plain(let text): tokenizer.encodePlain(text)
            }
        }
    }

    /// A frame's rows.
    /// - Parameter seconds: media time since the stream began.
    func frame(_ softTokens: Matrix, seconds: Double, first: Bool) -> InputRows {
        var rows = InputRows.text(tokenizer.encode(stamp(seconds, first: first)) + [tokens.beginImage])
        rows.append(.soft(softTokens, placeholder: tokens.video))
        rows.append(.text([tokens.endImage]))
        return rows
    }

    /// What happened to a device, as text of the stream: " 01:05 (camera off)".
    func note(_ text: String, seconds: Double, first: Bool) -> InputRows {
        .text(tokenizer.encodePlain(stamp(seconds, first: first) + text))
    }

    /// The stamp starts again at 00:00 every hour: an endless stream would otherwise reach stamps of a form that no model
    /// was trained on.
    private func stamp(_ seconds: Double, first: Bool) -> String {
        let total = max(0, Int(seconds)) % 3600
        return (first ? "" : " ") + String(format: "%02d:%02d ", total / 60, total % 60)
    }

    /// A picture inside a question.
    func image(_ softTokens: Matrix) -> InputRows {
        var rows = InputRows.text([tokens.beginImage])
        rows.append(.soft(softTokens, placeholder: tokens.image))
        rows.append(.text([tokens.endImage]))
        return rows
    }

    func audio(_ softTokens: Matrix) -> InputRows { .soft(softTokens, placeholder: tokens.audio) }
    /// A sound goes on after a frame that fell into it.
    var openAudio: InputRows { .text([tokens.beginAudio]) }
    /// A sound begins.
    func openSound(seconds: Double, first: Bool) -> InputRows {
        .text((isStamped ? tokenizer.encode(stamp(seconds, first: first)) : []) + [tokens.beginAudio])
    }
    var closeAudio: InputRows { .text([tokens.endAudio]) }

    /// What a question begins with: its time, or nothing.
    /// - Parameter first: nothing was seen or heard yet.
    func questionStamp(_ seconds: Double, first: Bool) -> String { isStamped ? stamp(seconds, first: first) : "" }

    /// A question at the end of the open user turn, and the head of the answer. Special tokens in it stay plain text.
    func question(_ text: String) -> [Int32] { tokenizer.encodePlain(text) + endOfQuestion }

    var endOfQuestion: [Int32] { tokenizer.encode("<turn|>\n<|turn>model\n") }

    /// What stands between an answer and the next question of the same conversation.
    var nextTurn: [Int32] { tokenizer.encode("\n<|turn>user\n") }

    func answer(_ text: String) -> [Int32] { tokenizer.encodePlain(text) + [endOfTurn] }

    /// Ends a turn that was left open.
    var endOfAnswer: [Int32] { [endOfTurn] }

    func plain(_ text: String) -> [Int32] { tokenizer.encodePlain(text) }
}
// x
// x
// x
