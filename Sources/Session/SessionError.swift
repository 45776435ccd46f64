/// Why a model or a request was refused by the session.
public enum SessionError: Error, Equatable, CustomStringConvertible {
    case missingSpecialToken(String)
    case noEncoder(modality: String, model: String)
    case emptyQuestion
    case questionTooLong(tokens: Int, limit: Int)
    case tooManyAsks(limit: Int)
    case tooManySessions(limit: Int)
    case unknownSession(String)
    case noFrameYet

    public var description: String {
        switch self {
        case .missingSpecialToken(let token):
            "tokenizer.json has no special token \(token): it does not belong to a model of this family"
        case .noEncoder(let modality, let model):
            "the model \(model) has no \(modality) encoder; set [\(modality)] source = \"none\" or choose a model that has one"
        case .emptyQuestion:
            "the question is empty"
        case .questionTooLong(let tokens, let limit):
            "the question has \(tokens) tokens, at most \(limit) are taken; shorten it"
        case .tooManyAsks(let limit):
            "\(limit) questions are being answered already; try again, or raise [stream] max_asks"
        case .tooManySessions(let limit):
            "\(limit) private sessions are open already; attach to \"main\", or raise [live] max_private_sessions"
        case .unknownSession(let id):
            "there is no session \(id)"
        case .noFrameYet:
            "the camera has not delivered a frame yet"
        }
    }
}
