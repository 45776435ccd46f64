import Files
import Foundation
import Glibc
import Testing

@Suite struct FilesTests {
    /// Runs `body` with a folder of its own.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("files-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func aRegularFileIsReadUpToItsLimit() throws {
        try inFolder { (folder) throws in
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/file"))
            #expect(try RegularFile.bytes(at: folder + "/file", limit: 3) == [1, 2, 3])
            #expect(throws: RegularFileError.tooLarge(bytes: 3)) { try RegularFile.bytes(at: folder + "/file", limit: 2) }
            #expect(try RegularFile.beginning(of: folder + "/file", count: 2) == [1, 2])
            #expect(try RegularFile.beginning(of: folder + "/file", count: 9) == [1, 2, 3])
            try Data().write(to: URL(fileURLWithPath: folder + "/empty"))
            #expect(try RegularFile.bytes(at: folder + "/empty", limit: 0) == [])
        }
    }

    /// A pipe would hold its reader for ever, a device has no end, and a folder is read otherwise.
    @Test(.timeLimit(.minutes(1))) func whatIsNoRegularFileIsRefusedAtOnce() throws {
        try inFolder { (folder) throws in
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            for path in [folder + "/pipe", "/dev/zero", folder] {
                #expect(throws: RegularFileError.notRegular) { try RegularFile.bytes(at: path, limit: 10) }
                #expect(throws: RegularFileError.notRegular) { try RegularFile.beginning(of: path, count: 10) }
            }
            #expect(throws: RegularFileError.system(ENOENT)) { try RegularFile.bytes(at: folder + "/none", limit: 10) }
        }
    }

    @Test func aFolderIsReadNameByName() throws {
        try inFolder { (folder) throws in
            #expect(try Folder.names(in: folder) == [])
            for name in ["a", ".hidden", "naïve.txt", String(repeating: "x", count: 255)] {
                try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            // What is no text has a name as well.
            let odd: [CChar] = folder.utf8CString.dropLast() + [0x2F, -1, -2, 0]
            #expect(open(odd, O_CREAT | O_WRONLY, 0o600) >= 0)
            #expect(Set(try Folder.names(in: folder)) == ["a", ".hidden", "naïve.txt", String(repeating: "x", count: 255)])
            var names: [[UInt8]] = []
            try Folder.each(folder) {
                names.append($0)
                return true
            }
            #expect(names.count == 5 && names.contains([0xFF, 0xFE]))
            var first = 0
            try Folder.each(folder) { _ in
                first += 1
                return false
            }
            #expect(first == 1)
            #expect(throws: RegularFileError.system(ENOENT)) { try Folder.names(in: folder + "/none") }
        }
    }
}
