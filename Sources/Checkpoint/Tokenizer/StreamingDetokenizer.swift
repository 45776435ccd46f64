/// Turns ids into text as they come, without ever giving out part of a character.
///
/// Byte tokens wait until they form whole characters. A run of them that is interrupted, or can no longer become UTF-8, gives
/// one U+FFFD for each byte that waited, as `Tokenizer.decode`; only characters that were complete before stay as they are,
/// where `decode`, which sees the whole run, gives up all of it.
public struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skipSpecial: Bool
    /// Special tokens that are shown nevertheless.
    private let shown: Set<Int32>
    /// Bytes of one unfinished character: 0 to 3.
    private var waiting: [UInt8] = []

    public init(_ tokenizer: Tokenizer, skipSpecial: Bool = true, showing shown: Set<Int32> = []) {
        self.tokenizer = tokenizer
        self.shown = shown
        self.skipSpecial = skipSpecial
    }

    /// The text that is certain after this id; often empty.
    public mutating func push(_ id: Int32) -> String {
        switch tokenizer.piece(id, skipSpecial: skipSpecial && !shown.contains(id)) {
        case nil: return ""
        case .text(let text): return finish() + String(decoding: text, as: UTF8.self)
        case .byte(let byte):
            waiting.append(byte)
            if String(validating: waiting, as: UTF8.self) == nil, Self.canBecomeCharacter(waiting) { return "" }
            return finish()
        }
    }

    /// What still waited, as U+FFFD, when no more ids come.
    public mutating func finish() -> String {
        defer { waiting.removeAll(keepingCapacity: true) }
        return String(decoding: Tokenizer.text(ofByteRun: waiting), as: UTF8.self)
    }

    /// Whether `bytes` begin a UTF-8 character that is not complete yet (Unicode standard, table 3-7).
    private static func canBecomeCharacter(_ bytes: [UInt8]) -> Bool {
        guard let lead = bytes.first else { return false }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return false
        }
        guard bytes.count < length else { return false }
        return bytes.count < 2 || (second.contains(bytes[1]) && bytes.dropFirst(2).allSatisfy { (0x80...0xBF).contains($0) })
    }
}
