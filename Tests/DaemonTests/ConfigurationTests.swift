import AgentDaemon
import Foundation
import Testing

@Suite struct ConfigurationTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func everyShippedConfigurationLoads() throws {
        let folder = Self.root.appendingPathComponent("config")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".toml") }
        #expect(files.contains("mmagentd.toml"))
        for file in files {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            #expect(throws: Never.self) { try DaemonConfiguration(text: text, file: file) }
        }
    }

    @Test func theCommentedConfigurationShowsTheDefaults() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("config/mmagentd.toml"), encoding: .utf8)
        #expect(try DaemonConfiguration(text: text, file: "mmagentd.toml") == DaemonConfiguration())
    }

    @Test func theCommentedConfigurationHasEveryKey() throws {
        // Each known key, set to a value of an impossible type, must be refused by its own name: then it is known.
        let text = try String(contentsOf: Self.root.appendingPathComponent("config/mmagentd.toml"), encoding: .utf8)
        var section = ""
        var keys = 0
        for line in text.split(separator: "\n") {
            if line.hasPrefix("[") { section = line.filter { $0 != "[" && $0 != "]" } }
            guard let equals = line.firstIndex(of: "="), !line.hasPrefix("#") else { continue }
            keys += 1
            let key = line[..<equals].trimmingCharacters(in: .whitespaces)
            #expect {
                try DaemonConfiguration(text: "[\(section)]\n\(key) = [[]]\n", file: "t")
            } throws: { error in
                guard case .wrongType(_, let at, section, key, _) = error as? ConfigurationError else { return false }
                return at == 2
            }
        }
        #expect(keys == 67)
    }

    @Test func anUnknownKeyNamesLineAndNearest() {
        let text = "[model]\npath = \"x\"\n\n[audio]\nsorce = \"none\"\n"
        #expect(throws: ConfigurationError.unknownKey(file: "c.toml", line: 5, section: "audio", key: "sorce", nearest: "source")) {
            try DaemonConfiguration(text: text, file: "c.toml")
        }
        #expect(throws: ConfigurationError.unknownSection(file: "c.toml", line: 1, name: "vidoe", nearest: "video")) {
            try DaemonConfiguration(text: "[vidoe]\nfps = 1\n", file: "c.toml")
        }
    }

    @Test func wrongValuesNameWhatIsAllowed() throws {
        func message(_ text: String) -> String {
            do {
                _ = try DaemonConfiguration(text: text, file: "c.toml")
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(message("[video]\nfps = 0") == "c.toml:2: [video] fps = 0 is out of range; allowed: 0.01 to 120")
        #expect(message("[model]\nweights = \"q3\"") == "c.toml:2: [model] weights = \"q3\" is out of range; allowed: f32, bf16, q8")
        #expect(message("[socket]\nmode = \"0999\"").contains("0000"))
        #expect(message("[audio]\nloop = 1") == "c.toml:2: [audio] loop must be true or false")
        #expect(message("\nfps = 3\n").hasPrefix("c.toml:2: 'fps' stands outside of a section"))
        #expect(message("[audio\n").hasPrefix("c.toml:1: not TOML"))
    }

    @Test func aFileThatIsNoConfigurationIsRefusedUnread() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("large-\(UUID().uuidString.prefix(8)).toml")
        try Data(repeating: UInt8(ascii: "#"), count: DaemonConfiguration.maximumFileBytes + 1).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let error = #expect(throws: ConfigurationError.self) { try DaemonConfiguration(file: file.path) }
        #expect(error?.description.contains("larger than 262144 bytes") == true)
    }

    @Test func relativePathsAreRelativeToTheFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-config-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a.toml")
        try "[model]\npath = \"nano\"\n[audio]\nsource = \"file:../a.wav\"\n[video]\nsource = \"none\"".write(
            to: file, atomically: true, encoding: .utf8)
        let configuration = try DaemonConfiguration(file: file.path)
        #expect(configuration.model.path == folder.path + "/nano")
        #expect(configuration.audio.source == "file:" + folder.deletingLastPathComponent().path + "/a.wav")
        #expect(configuration.video.source == "none")
        #expect(throws: ConfigurationError.self) { try DaemonConfiguration(file: folder.path + "/missing.toml") }
    }
}
