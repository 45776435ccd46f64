/// The syntax of a regular expression, as far as it is regular.
indirect enum Pattern: Equatable, Sendable {
    case set(ScalarSet)
    case sequence([Pattern])
    case alternatives([Pattern])
    /// `maximum` nil: any number.
    case repeated(Pattern, minimum: Int, maximum: Int?)
    /// `^` and `$`: the ends of the string, since a pattern without them is found anywhere in it.
    case start, end

    static let anything = Pattern.repeated(.set(.all), minimum: 0, maximum: nil)

    /// Every match begins with `^`.
    var isAnchoredAtStart: Bool {
        switch self {
        case .start: true
        case .sequence(let parts): parts.first?.isAnchoredAtStart ?? false
        case .alternatives(let parts): parts.allSatisfy(\.isAnchoredAtStart)
        default: false
        }
    }

    var isAnchoredAtEnd: Bool {
        switch self {
        case .end: true
        case .sequence(let parts): parts.last?.isAnchoredAtEnd ?? false
        case .alternatives(let parts): parts.allSatisfy(\.isAnchoredAtEnd)
        default: false
        }
    }

    /// Of the whole string: with anything around it, where nothing anchors it.
    var ofWholeString: Pattern {
        .sequence((isAnchoredAtStart ? [] : [.anything]) + [self] + (isAnchoredAtEnd ? [] : [.anything]))
    }
}
