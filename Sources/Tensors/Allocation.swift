import CKernels

/// Settings of the C library's memory allocator.
public enum Allocation {
    /// Keeps freed blocks of up to 32 MB for the next activation of that size. For programs that run models: call it once,
    /// at the start.
    public static func keepBlocks() { kernels_keep_blocks() }

    /// Gives the pages of freed blocks back to the system: pictures and sound that stood in them cannot be found any more.
    public static func forgetFreed() { kernels_forget_freed() }

    /// Keeps what was heard and seen out of core files, whoever makes them. For programs that hear and see: call it once, at
    /// the start.
    public static func forbidDumps() { kernels_forbid_dumps() }
}
