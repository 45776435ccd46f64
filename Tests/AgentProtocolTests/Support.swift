import AgentProtocol
import Foundation
import Testing

/// Decodes one message or records why it could not be.
func decode(_ text: String) throws -> ClientMessage {
    try ClientMessage(Array(text.utf8))
}

/// The refusal of a message; nil when it is accepted.
func refusal(of text: String) -> StatusError? {
    do {
        _ = try ClientMessage(Array(text.utf8))
        return nil
    } catch {
        return error
    }
}

func json(_ text: String) throws -> JSONValue {
    try JSONText.parse(Array(text.utf8))
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// SplitMix64, for reproducible random tests.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// How many inputs a fuzz test tries: `MMAGENT_FUZZ`, which scripts/fuzz sets, or what is enough for every day.
func fuzzCount(_ everyday: Int) -> Int { ProcessInfo.processInfo.environment["MMAGENT_FUZZ"].flatMap(Int.init) ?? everyday }
