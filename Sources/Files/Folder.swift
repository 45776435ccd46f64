import Glibc

/// What lies in a folder itself.
package enum Folder {
    /// Calls `body` with the name of each entry but `.` and `..`, in no order, until it returns false. Names are bytes: a file system
    /// does not care whether they are UTF-8.
    package static func each(_ path: String, _ body: ([UInt8]) -> Bool) throws(RegularFileError) {
        guard let stream = opendir(path) else { throw .system(errno) }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            guard body(name) else { return }
        }
    }

    /// The names that are texts, in no order.
    package static func names(in path: String) throws(RegularFileError) -> [String] {
        var names: [String] = []
        try each(path) { bytes in
            if let name = String(validating: bytes, as: UTF8.self) { names.append(name) }
            return true
        }
        return names
    }
}
