import Checkpoint
import Decoder
import Foundation
import Media
import Tensors

/// The token format of the stream: what surrounds frames, audio and questions, exactly as the models were trained.
///
/// Text pieces are encoded one by one, special tokens are put in by id, so a piece never depends on its neighbour:
///
///     <bos><|turn>system\n{system}<turn|>\n<|turn>user\n
///     mm:ss <|image><|video|>…<image|>            a frame; one space separates it from what came before in the turn
///     <|audio><|audio|>…<audio|>                  a block of sound, at most 750 tokens (30 s)
///     mm:ss (camera off)                          a device muted or opened again; separated as frames are
///     {question}<turn|>\n<|turn>model\n{answer}<turn|>
///
/// This is the video and audio format of the Gemma 4 processor, one frame after the other as they are captured.
struct StreamFormat: Sendable {
    let tokens: SpecialTokenIDs
    private let tokenizer: Tokenizer
    private let endOfTurn: Int32

    init(tokenizer: Tokenizer, tokens: SpecialTokenIDs) throws(SessionError) {
        self.tokenizer = tokenizer
        self.tokens = tokens
        guard let end = tokenizer.id(of: "<turn|>"), tokenizer.id(of: "<|turn>") != nil else {
            throw .missingSpecialToken("<turn|>")
        }
        endOfTurn = end
        // The ids come from config.json, the names from tokenizer.json: where both know a token they must agree.
        let pairs = [
            ("<bos>", tokens.bos), ("<|image>", tokens.beginImage), ("<image|>", tokens.endImage), ("<|image|>", tokens.image),
            ("<|video|>", tokens.video), ("<|audio>", tokens.beginAudio), ("<audio|>", tokens.endAudio), ("<|audio|>", tokens.audio),
        ]
        for (name, configured) in pairs {
            if let id = tokenizer.id(of: name), id != configured { throw .tokenMismatch(token: name, id: id, configured: configured) }
        }
    }

    /// Ids that end an answer: end of turn and the configured end-of-sequence ids.
    var stopTokens: Set<Int32> { Set(tokens.eos).union([endOfTurn]) }

    func prefix(system: String) -> [Int32] {
        tokenizer.encode("<bos><|turn>system\n") + tokenizer.encodePlain(system) + tokenizer.encode("<turn|>\n<|turn>user\n")
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
    var openAudio: InputRows { .text([tokens.beginAudio]) }
    var closeAudio: InputRows { .text([tokens.endAudio]) }

    /// A question at the end of the open user turn, and the head of the answer. Special tokens in it stay plain text.
    func question(_ text: String) -> [Int32] {
        tokenizer.encodePlain(text) + tokenizer.encode("<turn|>\n<|turn>model\n")
    }

    /// What stands between an answer and the next question of the same conversation.
    var nextTurn: [Int32] { tokenizer.encode("\n<|turn>user\n") }

    func answer(_ text: String) -> [Int32] { tokenizer.encodePlain(text) + [endOfTurn] }

    func plain(_ text: String) -> [Int32] { tokenizer.encodePlain(text) }
}
