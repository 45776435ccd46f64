import AgentProtocol

/// Why a model or a request was refused by the session.
public enum SessionError: Error, Equatable, CustomStringConvertible {
    case missingSpecialToken(String)
    case tokenMismatch(token: String, id: Int32, configured: Int32)
    case cannotSee(model: String)
    case emptyQuestion
    case questionTooLong(tokens: Int, limit: Int)
    case tooManyAsks(limit: Int)
    case tooManySessions(limit: Int)
    case tooManyWatches(limit: Int)
    case tooManyOfOneUser(what: String, share: Int, limit: Int, setting: String)
    case tooManyInterruptions(wait: Duration)
    case unknownSession(String)
    case noFrameYet
    case notFinite(model: String)

    public var description: String {
        switch self {
        case .missingSpecialToken(let token):
            "tokenizer.json has no special token \(token): it does not belong to a model of this family"
        case .tokenMismatch(let token, let id, let configured):
            "\(token) has the id \(id) in tokenizer.json and \(configured) in config.json: the two files belong to different models"
        case .cannotSee(let model):
            "the model \(model) has no vision tower, so pictures cannot be asked about; choose a model that has one ([model] path)"
        case .emptyQuestion:
            "the question is empty"
        case .questionTooLong(let tokens, let limit):
            "the question has \(tokens) tokens, at most \(limit) are taken; shorten it"
        case .tooManyAsks(let limit):
            "\(limit) questions are being answered already; try again, or raise [stream] max_asks"
        case .tooManySessions(let limit):
            "\(limit) private sessions are open already; attach to \"main\", or raise [live] max_private_sessions"
        case .tooManyWatches(let limit):
            "\(limit) clients have a standing instruction already; close one (mmagentctl watch), or raise [stream] max_watches"
        case .tooManyOfOneUser(let what, let share, let limit, let setting):
            "your user holds \(share) \(what) already, his share of the \(limit) places; end one, or raise \(setting)"
        case .tooManyInterruptions(let wait):
            "you began many questions and let none end; let the answer under way end, or ask again in \(wait.figure)"
        case .unknownSession(let id):
            "there is no session \(id)"
        case .noFrameYet:
            "the camera has not delivered a frame since it was started or unmuted; see `mmagentctl devices`"
        case .notFinite(let model):
            "the outputs of the model \(model) are not numbers, so there is no answer: its weights are damaged; look at them with "
                + "`mmagent-model inspect`, and fetch the model again"
        }
    }
}
