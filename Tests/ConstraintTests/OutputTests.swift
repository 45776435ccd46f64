import Constraint
import Foundation
import Testing

/// Ten thousand outputs with random weights, for a validator that is not ours: `Tests/constraint/test` asks for the file.
@Suite struct OutputTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["MMAGENT_CONSTRAINT_OUTPUTS"] != nil)) func outputsForAnotherValidator() throws {
        let path = ProcessInfo.processInfo.environment["MMAGENT_CONSTRAINT_OUTPUTS"] ?? ""
        var lines: [UInt8] = []
        var count = 0
        var seed: UInt64 = 1 << 60
        while count < 10_000 {
            seed += 1
            var random = Seeded(seed)
            var source = RandomSchema(random: random)
            let isCall = count % 4 == 3
            let schema = isCall ? source.object(0) : source.text()
            var constraint = try isCall ? TokenConstraint.call("f", schema) : TokenConstraint.json(schema)
            for _ in 0..<5 {
                var said = SmallVocabulary.text(try constraint.say(&random))
                if isCall { said = try #require(CallReader.read(said)).arguments }
                lines += Array("[\(schema),".utf8) + JSONEncoded.string(said) + Array("]\n".utf8)
                count += 1
            }
        }
        try Data(lines).write(to: URL(filePath: path))
    }
}

/// A text as a JSON string.
private enum JSONEncoded {
    static func string(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case 0..<0x20: bytes += Array("\\u00".utf8) + Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }
}
