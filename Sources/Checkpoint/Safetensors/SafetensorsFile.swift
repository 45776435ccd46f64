import Tensors

/// One safetensors file, memory-mapped, with its header validated.
public struct SafetensorsFile: Sendable {
    package let file: MappedFile
    package let header: SafetensorsHeader
    private let indices: [String: Int]

    public var path: String { file.path }

    /// In the order of their data.
    public var names: [String] { header.entries.map(\.name) }

    public init(path: String) throws(CheckpointError) {
        file = try MappedFile(path: path)
        if let kind = ForeignFile(first: file.bytes.prefix(64)) { throw .foreign(path: path, kind) }
        do {
            header = try SafetensorsHeader(prefix: file.bytes, fileBytes: file.bytes.count)
        } catch {
            throw .malformedWeights(path: path, error)
        }
        indices = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
    }

    public func has(_ name: String) -> Bool { indices[name] != nil }

    public func shape(_ name: String) -> [Int]? { entry(name)?.shape }

    public func type(_ name: String) -> TensorType? { entry(name)?.type }

    package func entry(_ name: String) -> SafetensorsHeader.Entry? {
        indices[name].map { header.entries[$0] }
    }

    /// A tensor of F32, BF16 or F16 as f32 values in row-major order.
    public func floats(_ name: String) throws(CheckpointError) -> [Float] {
        let entry = try existing(name)
        guard let values = entry.floats(in: file) else {
            throw .malformedWeights(path: path, .wrongType(tensor: name, type: entry.type, wanted: "F32, BF16 or F16"))
        }
        return values
    }

    /// A tensor of U8, I8, I32 or I64 as integers in row-major order.
    public func integers(_ name: String) throws(CheckpointError) -> [Int] {
        let entry = try existing(name)
        let bytes = file.bytes
        func load<T: FixedWidthInteger>(_: T.Type) -> [Int] {
            (0..<entry.elementCount).map {
                Int(
                    truncatingIfNeeded: T(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: entry.offset + $0 * entry.type.bytes, as: T.self)))
            }
        }
        return switch entry.type {
        case .u8: load(UInt8.self)
        case .i8: load(Int8.self)
        case .i32: load(Int32.self)
        case .i64: load(Int64.self)
        default: throw .malformedWeights(path: path, .wrongType(tensor: name, type: entry.type, wanted: "U8, I8, I32 or I64"))
        }
    }

    private func existing(_ name: String) throws(CheckpointError) -> SafetensorsHeader.Entry {
        guard let entry = entry(name) else { throw .malformedWeights(path: path, .missingTensor(name: name)) }
        return entry
    }
}

extension SafetensorsHeader.Entry {
    /// The values widened to f32; nil for types that are not plain floats.
    package func floats(in file: MappedFile) -> [Float]? {
        let source = UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + byteCount])
        switch type {
        case .f32:
            return [Float](unsafeUninitializedCapacity: elementCount) { destination, count in
                UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
                count = elementCount
            }
        case .bf16:
            return widen(source) { Float(bitPattern: UInt32($0) << 16) }
        case .f16:
            return widen(source) { Float(Float16(bitPattern: $0)) }
        default:
            return nil
        }
    }

    private func widen(_ source: UnsafeRawBufferPointer, _ convert: (UInt16) -> Float) -> [Float] {
        [Float](unsafeUninitializedCapacity: elementCount) { destination, count in
            for index in 0..<elementCount {
                let bits = UInt16(littleEndian: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                destination.initializeElement(at: index, to: convert(bits))
            }
            count = elementCount
        }
    }
}
