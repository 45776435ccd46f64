/// What can be wrong with rows given to the decoder.
public enum DecoderError: Error, Equatable, CustomStringConvertible {
    case token(id: Int32, row: Int, vocabulary: Int)
    case softWidth(row: Int, width: Int, hidden: Int)
    case placeholders(id: Int32, found: Int, embeddings: Int)

    public var description: String {
        switch self {
        case .token(let id, let row, let vocabulary):
            "token \(id) in row \(row) is outside the vocabulary of \(vocabulary) entries: the tokenizer and the checkpoint belong to different models"
        case .softWidth(let row, let width, let hidden):
            "the media rows from row \(row) on are \(width) wide, the decoder's hidden size is \(hidden): the encoder belongs to a different model"
        case .placeholders(let id, let found, let embeddings):
            "the prompt has \(found) placeholders of token \(id) for \(embeddings) media rows: repeat the placeholder once for each row"
        }
    }
}
