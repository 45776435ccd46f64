import CMapping

/// The mapped files of all models of the process, watched for being cut or written over.
public enum WeightFiles {
    /// From now on a file that is cut gives zeros, and does not end the process: whoever computes asks ``changed`` before it tells
    /// a result.
    public static func surviveChanges() { mapping_survive(true) }

    /// How many are mapped now; each holds an open file.
    public static var count: Int { Int(mapping_count()) }

    /// Looks at the files; costs a system call each.
    /// - Returns: the path of the first that changed.
    public static func look() -> String? {
        mapping_look()
        return changed
    }

    /// The path of the first file that somebody touched: written at another time, and with the same content as far as samples of it
    /// tell; nil: none was.
    public static var touched: String? { mapping_touched().map { String(cString: $0) } }

    /// The path of the first file that changed since the process began; nil: none has.
    public static var changed: String? { mapping_changed().map { String(cString: $0) } }
}
