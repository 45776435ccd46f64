import Foundation

/// Memory of this process as the kernel counts it.
public enum ResidentMemory {
    /// Bytes resident now, file-mapped pages included; nil where /proc does not say.
    public static var current: Int? { value("VmRSS") }
    /// The most it ever was.
    public static var peak: Int? { value("VmHWM") }
    /// Bytes resident that belong to no file: what the process itself allocated.
    public static var anonymous: Int? { value("RssAnon") }

    private static func value(_ key: String) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        for line in status.split(separator: "\n") where line.hasPrefix(key + ":") {
            return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }
}
