import Foundation
import Glibc
import ModelTools
import Testing

/// Results never take the place of what is no regular file.
@Suite struct OutputFileTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("output-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func kind(_ path: String) -> mode_t {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_mode & S_IFMT : 0
    }

    @Test func aPipeIsWrittenIntoAndStaysOne() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        // Open for both, so that neither end waits for the other.
        let reader = open(pipe, O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        try OutputFile.begin(pipe).write(contentsOf: Data("a line\n".utf8))
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(reader, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "a line\n")
        #expect(kind(pipe) == S_IFIFO)
    }

    @Test func aLinkStaysOneAndAFileIsBegunAnew() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, link) = (folder.path + "/file", folder.path + "/link")
        try Data("what was there before".utf8).write(to: URL(fileURLWithPath: file))
        #expect(symlink(file, link) == 0)
        try OutputFile.begin(link).write(contentsOf: Data("new".utf8))
        #expect(kind(link) == S_IFLNK)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "new")
    }

    @Test func whatIsReadIsNotEmptied() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let label = folder.path + "/set.json"
        try "the truth".write(toFile: label, atomically: true, encoding: .utf8)
        let error = #expect(throws: EvaluationError.self) { try OutputFile.begin(label, sparing: [folder.path]) }
        #expect("\(try #require(error))".contains(folder.lastPathComponent))
        #expect(try String(contentsOfFile: label, encoding: .utf8) == "the truth")
        // What is not there yet may be made there.
        try OutputFile.begin(folder.path + "/failures.jsonl", sparing: [folder.path]).close()
    }

    @Test func whatCannotBeWrittenIsNamed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: EvaluationError.self) { try FailureFile(folder.path) }
        #expect("\(try #require(error))".contains("Is a directory"))
        let nowhere = #expect(throws: EvaluationError.self) { try FailureFile(folder.path + "/no/f") }
        #expect("\(try #require(nowhere))".contains("No such file"))
    }
}
