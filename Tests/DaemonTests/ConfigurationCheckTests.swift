import AgentDaemon
import Foundation
import Testing

/// `--check-config` finds what a start would fail on, or would do otherwise than it was meant; all of it at once.
@Suite struct ConfigurationCheckTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("check-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func configuration(_ folder: URL) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.model.path = RunningDaemon.tinyModel
        configuration.audio.source = "none"
        configuration.video.source = "none"
        configuration.socket.path = folder.path + "/s"
        return configuration
    }

    @Test func whatIsRightHasNoFaults() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = configuration(folder)
        configuration.state.path = folder.path + "/state"
        configuration.metrics.textfile = folder.path + "/m.prom"
        configuration.socket.group = "0"
        let check = ConfigurationCheck(configuration)
        #expect(check.faults == [] && check.warnings == [])
        // It only looks.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    /// One fault each, with words of its remedy.
    @Test(arguments: [
        ("model", "is not a directory"), ("missing model", "No such file"), ("gguf", "GGUF"), ("group", "groupadd --system no-such-group"),
        ("role", "[socket] owners = \"no-such-group\""), ("long socket", "has 125 bytes, the kernel allows 107"),
        ("socket folder", "does not exist; create it"), ("socket file", "is not a socket"), ("state", "is no folder"),
        ("metrics folder", "there is no folder"), ("metrics", "is no regular file"),
        ("metrics in /proc", "/proc/a.prom: no file can be made in /proc"), ("state in /proc", "start muted: name another folder"),
        ("new state in /proc", "[state] path /proc/new can be neither used nor made"),
        ("socket in /proc", "/proc/s: no socket can be made in /proc"), ("recording", "No such file"),
        ("keys", "name a file in [listen] keys"), ("missing keys", "keys /nowhere cannot be read"), ("readable keys", "chmod 600"),
        ("no key", "has no key"), ("short key", "the key has 5 bytes"), ("half a pair", "private_key is missing"),
        ("unreadable pictures", "remove or replace this picture"), ("open pair", "private_key"), ("pair", "cannot be used together"),
        ("host", "is no name of a machine"),
        ("origin", "scheme and host alone"), ("plain", "reached from outside"),
        ("pace", "no common time"), ("source", "write alsa:NAME"),
    ])
    func eachFaultIsNamed(what: String, words: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.path + "/file"
        try Data((what == "gguf" ? "GGUF" : "text").utf8).write(to: URL(fileURLWithPath: file))
        var configuration = configuration(folder)
        switch what {
        case "model", "gguf": configuration.model.path = file
        case "missing model": configuration.model.path = "/nowhere/model"
        case "group": configuration.socket.group = "no-such-group"
        case "role": configuration.socket.owners = "no-such-group"
        case "long socket": configuration.socket.path = "/tmp/" + String(repeating: "s", count: 120)
        case "socket folder": configuration.socket.path = folder.path + "/a/b/s"
        case "socket file": configuration.socket.path = file
        case "state": configuration.state.path = file
        case "metrics folder": configuration.metrics.textfile = folder.path + "/none/m.prom"
        case "metrics in /proc": configuration.metrics.textfile = "/proc/a.prom"
        case "state in /proc": configuration.state.path = "/proc"
        case "new state in /proc": configuration.state.path = "/proc/new"
        case "socket in /proc": configuration.socket.path = "/proc/s"
        case "metrics": configuration.metrics.textfile = "/dev/null"
        case "keys": configuration.listen.tcp = "127.0.0.1:8443"
        case "missing keys": configuration.listen.keys = "/nowhere"
        case "readable keys":
            chmod(file, 0o640)
            configuration.listen.keys = file
        case "no key", "short key":
            try Data((what == "no key" ? "# none\n" : "short owner me\n").utf8).write(to: URL(fileURLWithPath: file))
            chmod(file, 0o600)
            configuration.listen.keys = file
        case "half a pair", "pair", "open pair", "plain", "host", "origin":
            let keys = folder.path + "/keys"
            try Data("0123456789abcdef owner me\n".utf8).write(to: URL(fileURLWithPath: keys))
            chmod(keys, 0o600)
            configuration.listen.keys = keys
            configuration.listen.tcp = what == "plain" ? "0.0.0.0:8443" : "127.0.0.1:8443"
            switch what {
            case "plain": configuration.listen.tls = .off
            case "host": configuration.listen.hosts = "robot.local robot.local:8443"
            case "origin": configuration.listen.origins = "https://panel.example/"
            default: configuration.listen.certificate = file
            }
            chmod(file, what == "open pair" ? 0o644 : 0o640)
            if what == "pair" || what == "open pair" { configuration.listen.privateKey = file }
        case "recording": configuration.audio.source = "file:\(folder.path)/none.wav"
        case "unreadable pictures":
            try FileManager.default.createDirectory(atPath: folder.path + "/frames", withIntermediateDirectories: true)
            for name in ["1.jpg", "2.png"] { try Data("text".utf8).write(to: folder.appendingPathComponent("frames/" + name)) }
            configuration.video.source = "file:\(folder.path)/frames"
        case "pace":
            configuration.audio.source = "file:\(RunningDaemon.desk)/microphone.wav"
            configuration.video.source = "file:\(RunningDaemon.desk)/frames"
            configuration.video.realtime = false
        case "source": configuration.audio.source = "default"
        default: Issue.record("no such case: \(what)")
        }
        let faults = ConfigurationCheck(configuration).faults
        #expect(faults.count == 1 && faults[0].contains(words), "\(faults)")
    }

    /// node_exporter passes over every other name, so nobody would see the figures.
    @Test func aMetricsFileThatNoCollectorReadsIsAWarning() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = configuration(folder)
        configuration.metrics.textfile = folder.path + "/mmagent.txt"
        let check = ConfigurationCheck(configuration)
        #expect(check.faults == [] && check.warnings.count == 1 && check.warnings[0].contains("does not end in .prom"))
    }

    /// What is configured and does nothing is said.
    @Test func whatIsIgnoredOfTheNetworkIsAWarning() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = configuration(folder)
        configuration.listen.origins = "https://panel.example"
        configuration.listen.certificate = "/c"
        var warnings = ConfigurationCheck(configuration, parts: .settings).warnings
        #expect(warnings.count == 1 && warnings[0].contains("certificate, origins are ignored, since nothing listens"), "\(warnings)")
        configuration.listen.tcp = "127.0.0.1:8443"
        configuration.listen.tls = .off
        warnings = ConfigurationCheck(configuration, parts: .settings).warnings
        #expect(warnings.count == 1 && warnings[0].contains("certificate is ignored, since tls is off"), "\(warnings)")
    }

    @Test func allFaultsAreToldAtOnce() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = configuration(folder)
        configuration.model.path = "/nowhere"
        configuration.socket.group = "no-such-group"
        configuration.socket.owners = "no-such-group"
        configuration.metrics.textfile = "/nowhere/m.prom"
        #expect(ConfigurationCheck(configuration).faults.count == 4)
        #expect(ConfigurationCheck(configuration, parts: .model).faults.count == 1)
        // Nor does one source hide the other, or an option what is missing.
        configuration.audio.source = "alsa:"
        configuration.video.source = "file:/nowhere/film.avi"
        configuration.video.pixelFormat = "MJPGX"
        let faults = ConfigurationCheck(configuration, parts: .sources).faults
        #expect(faults.count == 3 && faults[0].contains("alsa:"), "\(faults)")
        #expect(faults.contains { $0.contains("MJPGX") } && faults.contains { $0.contains("/nowhere/film.avi") }, "\(faults)")
        #expect(ConfigurationCheck(configuration).faults.count == 7)
    }

    /// Every key and value that is wrong is told, by its line; the text of another program is told shortly.
    @Test func allFaultsOfAFileAreToldAtOnce() throws {
        func faults(_ text: String) -> [ConfigurationError] {
            do throws(ConfigurationError) { _ = try DaemonConfiguration(text: text, file: "t") } catch { return error.faults }
            return []
        }
        let text = """
            stray = 1
            [stream]
            temperature = 5
            top_k = "many"
            [vidoe]
            [audio]
            sorce = "none"
            """
        let found = faults(text)
        #expect(found.map(\.line) == [1, 3, 4, 5, 7], "\(found)")
        #expect(faults("[audio]\nloop = 1\n") == [.wrongType(file: "t", line: 2, section: "audio", key: "loop", expected: "true or false")])
        let foreign = "[audio]\n" + (0..<10_000).map { "key\($0) = 1\n" }.joined()
        #expect(faults(foreign).count == 20)
    }

    @Test func aStreamThatTheModelWasNotMadeForIsAWarning() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = configuration(folder)
        configuration.model.path = RunningDaemon.nano
        configuration.stream.budget[.frames] = 4_000
        let check = ConfigurationCheck(configuration)
        #expect(check.faults == [])
        #expect(check.warnings.count == 1 && check.warnings[0].hasPrefix("[stream] frames = 4000 is more than the"))
    }

    @Test func temperaturesAboveTwoAreRefused() {
        #expect(throws: ConfigurationError.self) { try DaemonConfiguration(text: "[stream]\ntemperature = 5\n", file: "t") }
        #expect(throws: Never.self) { try DaemonConfiguration(text: "[stream]\ntemperature = 2.0\n", file: "t") }
    }
}
