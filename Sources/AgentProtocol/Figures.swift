import Figures

extension Duration {
    /// As people write it, to what matters of it: `0.4 ms`, `0.08 s`, `2.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    /// Programs read ``wire`` instead.
    public var figure: String {
        guard self >= .zero else { return "-" + (.zero - self).figure }
        let seconds = inSeconds
        switch seconds {
        case ..<0.000_05: return "0 s"
        case ..<0.000_95: return "\((seconds * 1000).figure(decimals: 1)) ms"
        case ..<0.009_5: return "\((seconds * 1000).figure(decimals: 0)) ms"
        case ..<0.995: return "\(seconds.figure(decimals: 2)) s"
        case ..<9.95: return "\(seconds.figure(decimals: 1)) s"
        default: break
        }
        let whole = Int64(seconds.rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3_600: return Self.pair(whole / 60, "min", whole % 60, "s")
        case ..<86_400: return Self.pair(whole / 3_600, "h", whole % 3_600 / 60, "min")
        default: return Self.pair(whole / 86_400, "d", whole % 86_400 / 3_600, "h")
        }
    }

    private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smaller: String) -> String {
        small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(smaller)"
    }
}
