import Checkpoint
import Foundation

/// The committed goldens and fixtures.
enum Fixtures {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/golden")

    static func path(_ name: String) -> String { directory.appending(path: name).path() }

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: directory.appending(path: name))) }
}

/// A directory that goes away with the value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "mmagent-checkpoint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}

/// A safetensors file in memory.
struct SafetensorsImage {
    struct Tensor {
        var name: String
        var type: String
        var shape: [Int]
        var data: [UInt8]
    }

    var tensors: [Tensor] = []
    /// Further spaces after the JSON, to move the data to an odd address.
    var padding = 0

    mutating func add(_ name: String, _ type: String, _ shape: [Int], _ data: [UInt8]) {
        tensors.append(Tensor(name: name, type: type, shape: shape, data: data))
    }

    mutating func addFloats(_ name: String, _ shape: [Int], _ values: [Float]) {
        add(name, "F32", shape, values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    }

    mutating func addHalves(_ name: String, _ type: String, _ shape: [Int], _ bits: [UInt16]) {
        add(name, type, shape, bits.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) })
    }

    var bytes: [UInt8] {
        var offset = 0
        let entries = tensors.map { tensor in
            defer { offset += tensor.data.count }
            return "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
                + "\"data_offsets\":[\(offset),\(offset + tensor.data.count)]}"
        }
        let header = "{" + entries.joined(separator: ",") + "}"
        // As writers of the format do: the data begins at a multiple of 8.
        let spaces = (8 - header.utf8.count % 8) % 8 + padding
        return Self.file(header: header + String(repeating: " ", count: spaces), data: tensors.flatMap(\.data))
    }

    static func file(header: String, data: [UInt8] = []) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + data
    }
}

/// A small seeded generator (SplitMix64, Steele et al. 2014), so that a failing fuzz case can be repeated.
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

/// Damages a document in the ways files get damaged, and in some they only get by malice.
struct Mutator {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let tokens = [
        "null", "-1", "0", "1e999", "9223372036854775807", "9223372036854775808", "1000000000000", "{}", "[]", "\"\"", "true",
        "\"\\ud800\"",
        "[[[[", "}}", ",", ":", "\"", "\\u0000", "{\"a\":", "0.5", "\u{FEFF}",
    ]

    mutating func mutate(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard !bytes.isEmpty else { return bytes }
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes.removeLast(bytes.count - at)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes[at] = UInt8.random(in: 0...255, using: &generator)
            case 3:
                let end = min(bytes.count, at + Int.random(in: 1...40, using: &generator))
                bytes.removeSubrange(at..<end)
            case 4:
                let end = min(bytes.count, at + Int.random(in: 1...40, using: &generator))
                bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 5:
                bytes.insert(contentsOf: Array(Self.tokens.randomElement(using: &generator)!.utf8), at: at)
            default: replaceNumber(in: &bytes, near: at)
            }
        }
        return bytes
    }

    /// Replaces the digits after `near` by another token: sizes, offsets and ids are where parsers trust too much.
    private mutating func replaceNumber(in bytes: inout [UInt8], near: Int) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let start = bytes[near...].firstIndex(where: digits.contains) else { return }
        let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Array(Self.tokens.randomElement(using: &generator)!.utf8))
    }
}

/// How many inputs a fuzz test tries: `MMAGENT_FUZZ`, which scripts/fuzz sets, or what is enough for every day.
func fuzzCount(_ everyday: Int) -> Int { ProcessInfo.processInfo.environment["MMAGENT_FUZZ"].flatMap(Int.init) ?? everyday }
