import Files
package import ImageFiles

/// A folder of JPEG and PNG pictures, in the order of their names (byte by byte), as a film.
package struct FrameFolder: Sendable {
    package let path: String
    package let names: [String]
    private var index = 0

    /// More pictures than that are a mistake; half a day at 1 a second fits.
    package static let limit = 100_000
    private static let endings = [".jpg", ".jpeg", ".png"]

    package init(path: String) throws(CaptureError) {
        var names: [String] = []
        do {
            try Folder.each(path) { bytes in
                guard let name = String(validating: bytes, as: UTF8.self), !name.hasPrefix("."),
                    Self.endings.contains(where: name.lowercased().hasSuffix)
                else { return true }
                names.append(name)
                return names.count <= Self.limit
            }
        } catch {
            throw .cannotOpen(path: path, reason: error.description)
        }
        guard names.count <= Self.limit else {
            throw .malformed(path: path, what: "it holds more than \(Self.limit) pictures", remedy: "split the folder")
        }
        guard !names.isEmpty else {
            throw .malformed(
                path: path, what: "the folder holds no picture (\(Self.endings.joined(separator: ", ")))",
                remedy: "put JPEG or PNG frames there, named in the order of time")
        }
        self.path = path
        self.names = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// One picture only.
    package init(file path: String) {
        let slash = path.lastIndex(of: "/")
        self.path = slash.map { String(path[..<$0]) } ?? "."
        names = [slash.map { String(path[path.index(after: $0)...]) } ?? path]
    }

    package mutating func rewind() { index = 0 }

    /// - Returns: false at the end.
    package mutating func skip() -> Bool {
        guard index < names.count else { return false }
        index += 1
        return true
    }

    /// The next picture, or nil at the end. After an error the next call goes on with the next picture.
    package mutating func next() throws(CaptureError) -> DecodedPicture? {
        guard index < names.count else { return nil }
        let file = "\(path)/\(names[index])"
        index += 1
        do throws(ImageFileError) {
            return try ImageFiles.picture(ImageFiles.contents(of: file))
        } catch {
            if case .cannotOpen(_, let reason) = error { throw .cannotOpen(path: file, reason: reason) }
            throw .malformed(path: file, what: error.description, remedy: "remove or replace this picture")
        }
    }
}
