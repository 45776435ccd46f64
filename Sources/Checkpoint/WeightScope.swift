public import Tensors

/// A place in the tree of tensor names, from which a layer reads its weights by name and expected shape.
///
/// Reading marks a tensor as used; `Checkpoint.requireAllRead()` reports the rest. Values are cheap to copy.
public struct WeightScope: Sendable {
    /// Dotted path of the scope, as `model.language_model.layers.3`; empty for the root.
    public let path: String
    /// The format that `matrix` converts to.
    public let format: WeightFormat
    public let pool: ThreadPool
    private let catalogue: TensorCatalogue
    /// False: only names, shapes and types are looked at, and everything reads as zeros.
    private let readsData: Bool

    /// Tables are read where they are mapped; one that has to be copied after all (F16, or misaligned) may take this much.
    package static let maximumTableCopy = 1 << 30

    init(path: String, format: WeightFormat, pool: ThreadPool, catalogue: TensorCatalogue, readsData: Bool = true) {
        self.path = path
        self.format = format
        self.pool = pool
        self.catalogue = catalogue
        self.readsData = readsData
    }

    /// The scope below; `name` may have several parts, as `layers.3.mlp`.
    public func scope(_ name: String) -> WeightScope {
        WeightScope(path: full(name), format: format, pool: pool, catalogue: catalogue, readsData: readsData)
    }

    public func has(_ name: String) -> Bool { catalogue.peek(full(name)) != nil }

    /// The stored shape, or nil if there is no such tensor. Does not count as reading it.
    public func shape(_ name: String) -> [Int]? { catalogue.peek(full(name))?.entry.shape }

    /// Marks the tensor of that name, and every tensor below it, as deliberately unread: keys of layers that share another
    /// layer's cache, for example.
    public func ignore(_ prefixOrName: String) { catalogue.ignore(full(prefixOrName)) }

    // MARK: Reading

    /// A tensor of any rank as f32 values in row-major order.
    /// - Parameter mayBeInfinite: an infinity has a meaning; a value that is not a number never has one.
    public func tensor(_ name: String, shape: [Int], mayBeInfinite: Bool = false) throws(CheckpointError) -> [Float] {
        try floats(catalogue.read(full(name), expected: shape), mayBeInfinite: mayBeInfinite)
    }

    public func vector(_ name: String, count: Int) throws(CheckpointError) -> [Float] {
        try tensor(name, shape: [count])
    }

    /// One number, stored with shape [] or [1].
    public func scalar(_ name: String, mayBeInfinite: Bool = false) throws(CheckpointError) -> Float {
        let values = try tensor(name, shape: shape(name) == [1] ? [1] : [], mayBeInfinite: mayBeInfinite)
        return values[0]
    }

    /// A weight matrix `[outputs, inputs]` in the scope's format.
    ///
    /// BF16 stays in the memory map when bf16 is asked for, and F32 when f32 is; everything else is converted once, here
    /// (F32 to bf16 rounds to nearest even). After a conversion the stored pages are dropped from memory. What is converted must be
    /// finite; what stays in the map is not read here.
    public func matrix(_ name: String, outputs: Int, inputs: Int) throws(CheckpointError) -> WeightMatrix {
        let tensor = try catalogue.read(full(name), expected: [outputs, inputs])
        let entry = tensor.entry
        guard readsData else { return try mapped(tensor, outputs: outputs, inputs: inputs).matrix }
        tensor.file.advise(.willNeed, offset: entry.offset, count: entry.byteCount)
        let stored = try mapped(tensor, outputs: outputs, inputs: inputs)
        if !stored.isMapped { tensor.file.region.discard(entry.offset..<entry.offset + entry.byteCount) }
        var isFinite = true
        let matrix = stored.matrix.converted(to: format, pool: pool, isFinite: &isFinite)
        // It is read a second time only to say where.
        if !isFinite { throw tensor.notFinite ?? .notFinite(name: entry.name, path: tensor.file.path, index: nil, value: "no number") }
        return matrix
    }

    /// A table `[rows, columns]` of which single rows are gathered: it stays in the memory map as stored (F32 or BF16).
    ///
    /// Tables stored as F16 or at an odd address are copied if they are small (`maximumTableCopy`), else refused.
    public func table(_ name: String, rows: Int, columns: Int) throws(CheckpointError) -> WeightMatrix {
        try table(name, shape: [rows, columns])
    }

    /// The same for a table of more dimensions, as `[2, positions, width]`: its rows are all but the last, flattened.
    public func table(_ name: String, shape: [Int]) throws(CheckpointError) -> WeightMatrix {
        precondition(!shape.isEmpty, "a table has rows")
        let rows = shape.dropLast().reduce(1, *)
        let columns = shape[shape.count - 1]
        let tensor = try catalogue.read(full(name), expected: shape)
        let reason: String? =
            switch tensor.entry.type {
            case .f16: "F16 is not computed with"
            case .f32, .bf16: tensor.isAligned ? nil : "it lies at an odd address of the file"
            default: nil
            }
        if let reason {
            let bytes = tensor.entry.elementCount.multipliedReportingOverflow(by: MemoryLayout<Float>.size)
            if bytes.overflow || bytes.partialValue > Self.maximumTableCopy {
                throw .tableTooLarge(
                    name: tensor.entry.name, bytes: bytes.overflow ? .max : bytes.partialValue, limit: Self.maximumTableCopy,
                    reason: reason)
            }
        } else {
            if readsData { tensor.file.advise(.random, offset: tensor.entry.offset, count: tensor.entry.byteCount) }
        }
        return try mapped(tensor, outputs: rows, inputs: columns).matrix
    }

    // MARK: Storage

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func floats(_ tensor: TensorCatalogue.Tensor, mayBeInfinite: Bool = false) throws(CheckpointError) -> [Float] {
        guard tensor.entry.encoding != nil else {
            throw .unsupportedType(name: tensor.entry.name, type: tensor.entry.type, path: tensor.file.path)
        }
        guard readsData else { return [Float](repeating: 0, count: tensor.entry.elementCount) }
        if let problem = tensor.problem(mayBeInfinite: mayBeInfinite) { throw problem }
        return tensor.entry.floats(in: tensor.file) ?? []
    }

    /// The matrix over the mapped bytes where they can be computed with in place, else an f32 copy.
    private func mapped(
        _ tensor: TensorCatalogue.Tensor, outputs: Int, inputs: Int
    ) throws(CheckpointError) -> (matrix: WeightMatrix, isMapped: Bool) {
        guard readsData else {
            guard let encoding = tensor.entry.encoding else {
                throw .unsupportedType(name: tensor.entry.name, type: tensor.entry.type, path: tensor.file.path)
            }
            // Of the same size, which is all that matters of what is never looked at.
            let matrix = WeightMatrix(
                region: tensor.file.region, offset: tensor.entry.offset, format: encoding == .f32 ? .f32 : .bf16, outputs: outputs,
                inputs: inputs)
            return (matrix, true)
        }
        let stored: WeightFormat? =
            switch tensor.entry.type {
            case .f32: .f32
            case .bf16: .bf16
            default: nil
            }
        if let stored, tensor.isAligned {
            let matrix = WeightMatrix(
                region: tensor.file.region, offset: tensor.entry.offset, format: stored, outputs: outputs, inputs: inputs)
            return (matrix, true)
        }
        return (WeightMatrix(f32: try floats(tensor), outputs: outputs, inputs: inputs), false)
    }
}

extension TensorCatalogue.Tensor {
    /// Whether the elements can be loaded where they are mapped (the mapping itself starts on a page).
    var isAligned: Bool { entry.offset % entry.type.bytes == 0 }
}
