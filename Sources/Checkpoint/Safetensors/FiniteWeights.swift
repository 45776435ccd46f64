import Tensors

extension SafetensorsHeader.Entry {
    /// How its numbers are stored; nil: not as plain floats.
    var encoding: Finiteness.Encoding? {
        switch type {
        case .f32: .f32
        case .bf16: .bf16
        case .f16: .f16
        default: nil
        }
    }

    /// The bounds of a clipped linear layer, which are infinite where nothing is clipped.
    fileprivate var isClipBound: Bool {
        elementCount == 1 && ["input_min", "input_max", "output_min", "output_max"].contains(String(name.split(separator: ".").last ?? ""))
    }

    /// What is wrong with the tensor's values: the first that is not a number, or infinite where that means nothing.
    fileprivate func problem(in file: MappedFile, mayBeInfinite: Bool) -> CheckpointError? {
        guard let encoding, byteCount > 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + byteCount])
        guard var index = Finiteness.firstNotFinite(in: bytes, encoding) else { return nil }
        if mayBeInfinite {
            let values = floats(in: file) ?? []
            guard let first = values.firstIndex(where: \.isNaN) else { return nil }
            index = first
        }
        let size = type.bytes
        let bits = bytes[index * size..<(index + 1) * size].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let value =
            switch encoding {
            case .f32: Float(bitPattern: bits)
            case .bf16: Float(bitPattern: bits << 16)
            case .f16: Float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
            }
        let words = value.isNaN ? "NaN" : value > 0 ? "infinity" : "-infinity"
        return .notFinite(name: name, path: file.path, index: index, value: words)
    }
}

extension TensorCatalogue.Tensor {
    /// That a value is infinite or not a number; nil: all are finite.
    var notFinite: CheckpointError? { problem(mayBeInfinite: false) }

    func problem(mayBeInfinite: Bool) -> CheckpointError? { entry.problem(in: file, mayBeInfinite: mayBeInfinite) }
}

extension SafetensorsFile {
    /// Reads every weight of the file.
    /// - Throws: the first tensor, in the order of the data, that holds a value which is infinite or not a number.
    public func requireFinite() throws(CheckpointError) {
        for entry in header.entries {
            if let problem = entry.problem(in: file, mayBeInfinite: entry.isClipBound) { throw problem }
            // A checkpoint may be larger than the memory.
            file.region.discard(entry.offset..<entry.offset + entry.byteCount)
        }
    }
}
