import CKernels

/// Looks for numbers that are none: one NaN or infinity in the weights makes everything that is computed with them NaN.
package enum Finiteness {
    /// How numbers are stored.
    package enum Encoding: Sendable {
        case f32, bf16, f16

        var bytes: Int { self == .f32 ? 4 : 2 }
    }

    /// - Parameter bytes: whole numbers, little endian; they may lie at any address.
    /// - Returns: the index of the first that is infinite or not a number; nil: all are finite.
    package static func firstNotFinite(in bytes: UnsafeRawBufferPointer, _ encoding: Encoding) -> Int? {
        let count = bytes.count / encoding.bytes
        guard count > 0, let base = bytes.baseAddress else { return nil }
        guard Int(bitPattern: base) % encoding.bytes == 0 else {
            // A file's tensor at an odd address: in pieces that are copied to an even one.
            return firstNotFinite(copying: bytes, encoding)
        }
        let first =
            switch encoding {
            case .f32: kernels_f32_first_not_finite(base.assumingMemoryBound(to: Float.self), count)
            case .bf16: kernels_half_first_not_finite(base.assumingMemoryBound(to: UInt16.self), count, 0x7F80)
            case .f16: kernels_half_first_not_finite(base.assumingMemoryBound(to: UInt16.self), count, 0x7C00)
            }
        return first < count ? first : nil
    }

    package static func firstNotFinite(in values: [Float]) -> Int? {
        values.withUnsafeBytes { firstNotFinite(in: $0, .f32) }
    }

    private static func firstNotFinite(copying bytes: UnsafeRawBufferPointer, _ encoding: Encoding) -> Int? {
        let piece = 1 << 16
        for start in stride(from: 0, to: bytes.count / encoding.bytes * encoding.bytes, by: piece) {
            let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)])
            let found = withUnsafeTemporaryAllocation(byteCount: piece, alignment: 64) { copy in
                copy.copyMemory(from: part)
                return firstNotFinite(in: UnsafeRawBufferPointer(rebasing: copy[..<part.count]), encoding)
            }
            if let found { return start / encoding.bytes + found }
        }
        return nil
    }
}
