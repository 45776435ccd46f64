import Foundation

/// A copy of the tiny checkpoint in which something is changed.
final class AlteredModel {
    let path: String
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("altered-\(UUID().uuidString.prefix(8))")

    init(_ kind: String = "e2b") throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/golden/\(kind)").path
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
        for name in try FileManager.default.contentsOfDirectory(atPath: golden) where !name.hasPrefix("golden") {
            try FileManager.default.copyItem(atPath: golden + "/" + name, toPath: path + "/" + name)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Changes the text of a file.
    func change(_ file: String, _ old: String, to new: String) throws {
        let url = folder.appendingPathComponent(file)
        let text = try String(contentsOf: url, encoding: .utf8)
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        guard changed != text else { throw CocoaError(.formatting) }
        try changed.write(to: url, atomically: true, encoding: .utf8)
    }

    /// The header of the weights, and their data.
    private func weights() throws -> (header: [String: Any], data: Data) {
        let file = try Data(contentsOf: folder.appendingPathComponent("model.safetensors"))
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any] ?? [:]
        return (header, Data(file[(8 + length)...]))
    }

    private func write(_ header: [String: Any], _ data: Data) throws {
        var text = try JSONSerialization.data(withJSONObject: header)
        // As writers of the format do: aligned data stay in the memory map.
        text += Data(repeating: 0x20, count: (8 - text.count % 8) % 8)
        var file = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
        file += text + data
        try file.write(to: folder.appendingPathComponent("model.safetensors"))
    }

    /// Adds a tensor of one number.
    func add(_ name: String) throws {
        var (header, data) = try weights()
        header[name] = ["dtype": "F32", "shape": [1], "data_offsets": [data.count, data.count + 4]] as [String: Any]
        data += Data(count: 4)
        try write(header, data)
    }

    /// Puts a value in the place of an element of a tensor of F32.
    func set(_ name: String, element: Int = 0, to value: Float) throws {
        var (header, data) = try weights()
        guard let entry = header[name] as? [String: Any], let offsets = entry["data_offsets"] as? [Int] else {
            throw CocoaError(.coderValueNotFound)
        }
        let at = offsets[0] + 4 * element
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.replaceSubrange(at..<at + 4, with: $0) }
        try write(header, data)
    }
}
