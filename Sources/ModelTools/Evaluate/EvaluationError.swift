/// Why a model cannot be evaluated on a set.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    /// A set of the other form; `protocol` is the one that plays it.
    case otherForm(path: String, found: String, protocol: String)
    case empty(path: String)
    /// A line that is not a row; `problem` says key, value and remedy.
    case row(path: String, line: Int, problem: String)
    /// A file that a row names.
    case media(path: String, line: Int, file: String, reason: String)
    /// A set of long recordings that cannot be used; `problem` says key, value and remedy.
    case stream(path: String, problem: String)
    case cannot(model: String, measure: String, path: String, line: Int, lacks: String)
    case compare(String)
    case measures(String)
    case rows(String)
    case daemon(path: String, reason: String)
    case unwritable(path: String, reason: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "\(path) does not exist: `python -m training.run evaluation --out DIR` makes a set of clips, `python -m training.run stream "
                + "--out DIR` one of long recordings"
        case .otherForm(let path, let found, let form):
            "\(path) is not there, and \(found) is: play that set with --protocol \(form)"
        case .empty(let path):
            "\(path) has no row that is to be measured: choose other --measures, or make a larger set"
        case .row(let path, let line, let problem):
            "\(path):\(line): \(problem)"
        // Most reasons begin with the file's name.
        case .media(let path, let line, let file, let reason):
            "\(path):\(line): \(reason.hasPrefix(file) ? reason : "\(file): \(reason)")"
        case .stream(let path, let problem):
            "\(path): \(problem)"
        case .cannot(let model, let measure, let path, let line, let lacks):
            "\(path):\(line): \(measure) cannot be measured of \(model), which has no \(lacks): leave it out of --measures"
        case .compare(let text):
            "--compare is \"\(text)\": give two weight formats (f32,q8) or two vision modes (exact,sparse)"
        case .measures(let name):
            "--measures names \"\(name)\": the measures are "
                + EvaluationMeasure.allCases.map(\.rawValue).joined(separator: ", ")
        case .daemon(let path, let reason):
            "\(path) \(reason): build mmagentd, or say where it is with --daemon"
        case .rows(let list):
            "--rows is \"\(list)\": give four numbers above 0, in all, of video, audio and text, as 4096,2048,2048,1024"
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason)"
        }
    }
}
