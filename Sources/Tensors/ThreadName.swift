import CKernels

/// The calling thread's name where the system lists threads (`ps -L`, `top -H`, /proc).
public enum ThreadName {
    /// - Parameter name: at most 15 bytes of it are kept.
    public static func set(_ name: String) { kernels_name_thread(name) }
}
