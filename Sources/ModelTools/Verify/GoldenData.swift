import Checkpoint
import Foundation
import Tensors

/// What the reference implementation gave for one checkpoint: `golden.safetensors` and `golden.json` in its directory.
///
/// Tensors are named `audio.*`, `vision.*` and `text.*`; the JSON holds the prompt, the greedily generated ids and the
/// tokenizer cases `[[text, [ids]]]`. `Tests/Fixtures/regenerate.py` writes this format.
struct GoldenData {
    struct Description: Decodable {
        struct TokenizerCase: Decodable {
            let text: String
            let ids: [Int32]

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                text = try container.decode(String.self)
                ids = try container.decode([Int32].self)
            }
        }

        let prompt: String?
        let greedy: [Int32]?
        let greedy_text: String?
        let tokenizer_cases: [TokenizerCase]?
    }

    let file: SafetensorsFile
    let description: Description

    init(directory: String) throws {
        let tensors = directory + "/golden.safetensors"
        guard FileManager.default.fileExists(atPath: tensors) else { throw VerificationError.missing(path: tensors) }
        file = try SafetensorsFile(path: directory + "/golden.safetensors")
        let path = directory + "/golden.json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw VerificationError.missing(path: path)
        }
        do {
            description = try JSONDecoder().decode(Description.self, from: data)
        } catch {
            throw VerificationError.malformed(path: path, reason: "\(error)")
        }
    }

    func has(_ name: String) -> Bool { file.has(name) }

    /// A tensor as a matrix: the last dimension is columns, the others together rows.
    func matrix(_ name: String) throws -> Matrix {
        let values = try file.floats(name)
        let columns = file.shape(name)?.last ?? 1
        return Matrix(rows: columns == 0 ? 0 : values.count / columns, columns: columns, values: values)
    }

    func integers(_ name: String) throws -> [Int] { try file.integers(name) }

    /// Token ids, at least one.
    func ids(_ name: String) throws -> [Int32] {
        let ids = try integers(name).map { id throws -> Int32 in
            guard let id = Int32(exactly: id) else {
                throw VerificationError.malformed(path: file.path, reason: "\(name) has \(id), which is no token's id")
            }
            return id
        }
        guard !ids.isEmpty else { throw shape(name, "[tokens]") }
        return ids
    }

    func shape(_ name: String, _ expected: String) -> VerificationError {
        .shape(tensor: name, shape: file.shape(name) ?? [], expected: expected)
    }
}

/// Why a verification could not even begin.
public enum VerificationError: Error, CustomStringConvertible {
    case missing(path: String)
    case malformed(path: String, reason: String)
    case shape(tensor: String, shape: [Int], expected: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "\(path) does not exist: `verify` needs golden data beside the checkpoint; Tests/Fixtures/regenerate.py makes it"
        case .malformed(let path, let reason):
            "\(path) is not golden data: \(reason)"
        case .shape(let tensor, let shape, let expected):
            "golden tensor \(tensor) has shape \(shape), expected \(expected): make the golden data anew from this checkpoint"
        }
    }
}
