import Capture
import Foundation
import Media

/// A small seeded generator (Steele, Lea and Flood's SplitMix64), so that every run tests the same.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A folder of its own, removed at the end of the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "mmagent-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func chunk(_ name: String, _ body: [UInt8], length: UInt32? = nil) -> [UInt8] {
    Array(name.utf8) + littleEndian(length ?? UInt32(body.count)) + body + (body.count % 2 == 1 ? [0] : [])
}

func riff(_ chunks: [UInt8], length: UInt32? = nil, magic: String = "RIFF") -> [UInt8] {
    Array(magic.utf8) + littleEndian(length ?? UInt32(4 + chunks.count)) + Array("WAVE".utf8) + chunks
}

func formatChunk(code: UInt16 = 1, channels: UInt16, rate: UInt32, bits: UInt16, extensible: Bool = false) -> [UInt8] {
    let frame = channels * (bits / 8)
    var body = littleEndian(extensible ? 0xFFFE as UInt16 : code) + littleEndian(channels) + littleEndian(rate)
    body += littleEndian(rate &* UInt32(frame)) + littleEndian(frame) + littleEndian(bits)
    if extensible {
        body += littleEndian(22 as UInt16) + littleEndian(bits) + littleEndian(0 as UInt32) + littleEndian(code)
        body += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    }
    return chunk("fmt ", body)
}

/// A WAV of 16 bits with the same samples in every channel.
func wav(_ samples: [Float], rate: Int = 16_000, channels: Int = 1) -> [UInt8] {
    var data: [UInt8] = []
    for sample in samples {
        let value = littleEndian(Int16((sample * 32_767).rounded()))
        for _ in 0..<channels { data += value }
    }
    return riff(formatChunk(channels: UInt16(channels), rate: UInt32(rate), bits: 16) + chunk("data", data))
}

func sine(_ frequency: Double, rate: Double, count: Int, amplitude: Double = 0.5, phase: Double = 0) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * Double.pi * frequency * Double($0) / rate + phase)) }
}

/// A Y4M film whose frames are given as planes.
func y4m(_ header: String, frames: [[UInt8]], frameHeader: String = "FRAME") -> [UInt8] {
    var bytes = Array("YUV4MPEG2 \(header)\n".utf8)
    for frame in frames { bytes += Array("\(frameHeader)\n".utf8) + frame }
    return bytes
}

/// Waits until `condition` holds; false when it still does not after 20 s (a stuck test, not a slow one).
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<4000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return condition()
}

/// Cuts `count` into random pieces of at most `most`.
func pieces(of count: Int, most: Int, seed: UInt64) -> [Range<Int>] {
    var generator = SplitMix(seed: seed)
    var ranges: [Range<Int>] = []
    var start = 0
    while start < count {
        let end = min(count, start + Int.random(in: 1...most, using: &generator))
        ranges.append(start..<end)
        start = end
    }
    return ranges
}

/// Changes some bytes, cuts, repeats or inserts: what a damaged or hostile file looks like.
func mutated(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...8, using: &generator) {
        guard !result.isEmpty else { break }
        let index = Int.random(in: 0..<result.count, using: &generator)
        // The headers are where the trouble is.
        let early = min(index, Int.random(in: 0..<min(128, result.count), using: &generator))
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: result[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: result[early] = UInt8.random(in: 0...255, using: &generator)
        case 2: result[early] = [0, 0xFF, 0x7F, 0x80].randomElement(using: &generator)!
        case 3: result.removeLast(result.count - index)
        case 4: result.remove(at: early)
        case 5: result.insert(UInt8.random(in: 0...255, using: &generator), at: early)
        default:
            let end = min(result.count, early + 4)
            for place in early..<end { result[place] = 0xFF }
        }
    }
    return result
}

/// How many inputs a fuzz test tries: `MMAGENT_FUZZ`, which scripts/fuzz sets, or what is enough for every day.
func fuzzCount(_ everyday: Int) -> Int { ProcessInfo.processInfo.environment["MMAGENT_FUZZ"].flatMap(Int.init) ?? everyday }
