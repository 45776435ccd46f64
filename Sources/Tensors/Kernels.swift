import CKernels

/// Which implementation of the kernels runs; chosen at the first use from what the processor offers.
///
/// Unchecked because it holds the address of a constant table of functions.
public struct Kernels: @unchecked Sendable {
    public enum Path: String, Sendable, CaseIterable {
        case scalar
        /// AVX2 and FMA.
        case avx2
        /// AVX2 with the 256-bit integer dot products of AVX-512 VNNI.
        case vnni
        case neon

        var code: kernels_path {
            switch self {
            case .scalar: KERNELS_SCALAR
            case .avx2: KERNELS_AVX2
            case .vnni: KERNELS_VNNI
            case .neon: KERNELS_NEON
            }
        }
    }

    let table: kernels_table

    static var current: Kernels { Kernels(table: kernels_current().pointee) }

    /// The path in use.
    public static var path: Path {
        Path.allCases.first { $0.code == current.table.path } ?? .scalar
    }

    /// The paths this processor can run.
    public static var available: [Path] {
        Path.allCases.filter { kernels_table_for($0.code) != nil }
    }

    /// Makes the whole process use `path`: for benchmarks and tests. False, and nothing changes, where it cannot run.
    @discardableResult
    public static func select(_ path: Path) -> Bool {
        kernels_select(path.code) != 0
    }
}
