/// Ends a transcript that loops: speech that a model cannot follow makes some repeat themselves until their answer is cut.
package enum RepetitionGuard {
    /// Nobody says the same three words three times in one breath; a model that does has lost the sound.
    private static let words = 3
    private static let times = 3

    /// - Returns: the text up to where it begins to repeat itself; nil while it does not.
    package static func cut(_ text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= Self.words + Self.times - 1 else { return nil }
        var starts: [[Substring]: [Int]] = [:]
        for start in 0...words.count - Self.words {
            let run = Array(words[start..<start + Self.words])
            starts[run, default: []].append(start)
            if let all = starts[run], all.count == Self.times {
                return String(text[..<words[all[1]].startIndex]).trimmingSuffix()
            }
        }
        return nil
    }
}

extension String {
    fileprivate func trimmingSuffix() -> String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
