import AgentProtocol
import Foundation
import Testing

/// Every program says its name, its version and, where that is known, its commit.
@Suite struct VersionTests {
    @Test(arguments: ["mmagentd", "mmagentctl", "mmagent-model"]) func itIsOneLineOfOneForm(program: String) throws {
        let url: URL = try #require(Programs.url(program), "\(program) was not built")
        let process = Process()
        process.executableURL = url
        process.arguments = ["--version"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let found = try #require(said.wholeMatch(of: /([a-z-]+) ([0-9.]+)(?: \(([0-9a-f]{12})(, changed)?\))?\n/), "\(said)")
        #expect(found.1 == program && found.2 == Product.version)
    }

    @Test func aCommitThatIsNotKnownIsNotShown() {
        let commit = "0123456789abcdef0123456789abcdef01234567"
        #expect(Product.title("mmagentd", commit: commit) == "mmagentd \(Product.version) (0123456789ab)")
        #expect(Product.title("mmagentd", commit: commit + ", changed") == "mmagentd \(Product.version) (0123456789ab, changed)")
        #expect(Product.title("mmagentd", commit: "") == "mmagentd \(Product.version)")
    }
}

/// The programs, which lie beside the test bundle.
enum Programs {
    static func url(_ name: String) -> URL? {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appendingPathComponent(name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
