import Foundation
import ImageFiles
import Media

/// An evaluation set of a few rows, and the tiny checkpoint with random weights, in a temporary directory.
struct TinySet {
    static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/golden/e2b").path

    let path: String
    var model: String { path + "/model" }

    /// - Parameters:
    ///   - rows: lines of evaluation.jsonl. `a.jpg` and `b.jpg` are different pictures, `sound.wav` is a second of sound between
    ///     silences, `silence.wav` is none.
    ///   - isSilent: the model ends every answer at once, else it says anything.
    init(_ rows: [String], isSilent: Bool) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("evaluate-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
        for name in ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"] {
            try FileManager.default.createSymbolicLink(atPath: "\(model)/\(name)", withDestinationPath: "\(Self.golden)/\(name)")
        }
        try Self.extras().write(toFile: model + "/mmagent.json", atomically: true, encoding: .utf8)
        let eos = isSilent ? (0..<512).map(String.init).joined(separator: ",") : "1"
        try #"{"eos_token_id":[\#(eos)]}"#.write(toFile: model + "/generation_config.json", atomically: true, encoding: .utf8)
        try rows.joined(separator: "\n").write(toFile: path + "/evaluation.jsonl", atomically: true, encoding: .utf8)
        for (name, seed) in [("a.jpg", 1), ("b.jpg", 5)] {
            let bytes = try ImageFiles.encodeJPEG(Self.picture(seed), quality: 90)
            try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        }
        try Self.wave(Self.sound(0.4, loud: false) + Self.sound(1) + Self.sound(0.4, loud: false)).write(
            to: URL(fileURLWithPath: path + "/sound.wav"))
        try Self.wave(Self.sound(3, loud: false)).write(to: URL(fileURLWithPath: path + "/silence.wav"))
    }

    /// Gives the model a match head whose weights mean nothing.
    func addHead() throws {
        let widths = [
            "frame": try width("vision_config", "hidden_size"), "sound": try width("audio_config", "output_proj_dims"),
            "text": try width("text_config", "hidden_size"),
        ]
        var header: [String: Any] = [:]
        var values: [Float] = []
        func add(_ name: String, _ shape: [Int]) {
            let begin = 4 * values.count
            for _ in 0..<shape.reduce(1, *) { values.append(Float(sin(Double(values.count) * 1.7))) }
            header[name] = ["dtype": "F32", "shape": shape, "data_offsets": [begin, 4 * values.count]]
        }
        for (side, width) in widths.sorted(by: { $0.key < $1.key }) {
            add("\(side).hidden.weight", [5, width])
            add("\(side).hidden.bias", [5])
            add("\(side).output.weight", [3, 5])
        }
        var text = try JSONSerialization.data(withJSONObject: header)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text
        values.withUnsafeBytes { file.append(contentsOf: $0) }
        try file.write(to: URL(fileURLWithPath: model + "/match.safetensors"))
        try Self.extras(#","match":{"logit_scale":10,"logit_bias":-2,"frame_weight":1,"sound_weight":1}"#)
            .write(toFile: model + "/mmagent.json", atomically: true, encoding: .utf8)
    }

    private func width(_ part: String, _ key: String) throws -> Int {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.golden + "/config.json"))
        let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (document?[part] as? [String: Any])?[key] as? Int ?? 0
    }

    private static func extras(_ more: String = "") -> String {
        #"{"prompts":{"transcribe":"transcribe.","answersSpeech":true},"kinds":["mug"],"vision":{"max_soft_tokens":4}\#(more)}"#
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func picture(_ seed: Int) -> RGBImage {
        var image = RGBImage(width: 96, height: 96)
        for index in image.pixels.indices {
            let (x, y) = (index / 3 % 96, index / 288)
            image.pixels[index] = UInt8((x / 24 * 5 + y / 24 * 3 + seed * 11) * 37 % 200 + index % 3 * 10)
        }
        return image
    }

    /// Seconds of a loud harmonic sound, or of digital silence.
    private static func sound(_ seconds: Double, loud: Bool = true) -> [Float] {
        (0..<Int(seconds * 16_000)).map { index in
            let t = Double(index) / 16_000
            return loud ? Float([150.0, 450, 1200, 2500].reduce(0) { $0 + 0.12 * sin(2 * .pi * $1 * t) }) : 0
        }
    }

    /// 16 kHz, mono, 16 bits.
    private static func wave(_ samples: [Float]) -> Data {
        func little<T: FixedWidthInteger>(_ value: T) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
        let bytes = UInt32(2 * samples.count)
        var data = Data("RIFF".utf8) + little(36 + bytes) + Data("WAVEfmt ".utf8) + little(UInt32(16)) + little(UInt16(1))
        data += little(UInt16(1)) + little(UInt32(16_000)) + little(UInt32(32_000)) + little(UInt16(2)) + little(UInt16(16))
        data += Data("data".utf8) + little(bytes)
        for sample in samples { data += little(Int16(sample * 32_767)) }
        return data
    }
}
