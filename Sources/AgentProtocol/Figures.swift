extension Duration {
    /// As people write it, to what matters of it: `0.4 ms`, `0.08 s`, `2.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
    /// Programs read ``wire`` instead.
    public var figure: String {
        guard self >= .zero else { return "-" + (.zero - self).figure }
        let seconds = inSeconds
        switch seconds {
        case ..<0.000_05: return "0 s"
        case ..<0.000_95: return "\(Self.digits(seconds * 1000, decimals: 1)) ms"
        case ..<0.009_5: return "\(Self.digits(seconds * 1000, decimals: 0)) ms"
        case ..<0.995: return "\(Self.digits(seconds, decimals: 2)) s"
        case ..<9.95: return "\(Self.digits(seconds, decimals: 1)) s"
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

    /// `0.08`, `2`, `2.3`: no zeros at the end.
    private static func digits(_ value: Double, decimals: Int) -> String {
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        var fraction = String(scaled % scale + scale).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(scaled / scale)" : "\(scaled / scale).\(fraction)"
    }

    private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smaller: String) -> String {
        small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(smaller)"
    }
}
