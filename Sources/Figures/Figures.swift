extension Double {
    /// As people write it: `3`, `2.5`, `0.01`; whole numbers without a fraction.
    package var figure: String {
        let text = description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The same, to so many decimals and without zeros at the end: `0.08`, `2`, `2.3`.
    package func figure(decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        // Zero is added because -0 would be written with its sign.
        return ((self * scale).rounded() / scale + 0).figure
    }
}
