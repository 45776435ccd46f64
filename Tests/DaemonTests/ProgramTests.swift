import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// The program itself, as a process: what a shell and a service manager see of it.
@Suite struct ProgramTests: ProgramSuite {
    /// What it hears and sees stays out of core files: of its own crash (also where the kernel hands them to a program, whatever
    /// the limit) and of `gcore`, which obeys the filter.
    @Test func nothingOfItGetsIntoACoreFile() async throws {
        let (folder, file, socket) = try configuration()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await run(["--config", file]) { process in
            defer { process.terminate() }
            try await waitForSocket(socket)
            func read(_ name: String) throws -> String {
                try String(contentsOfFile: "/proc/\(process.processIdentifier)/\(name)", encoding: .utf8)
            }
            #expect(try read("coredump_filter") == "00000000\n")
            let limit = try #require(try read("limits").split(separator: "\n").first { $0.hasPrefix("Max core file size") })
            #expect(limit.split(separator: " ").filter { $0 == "0" }.count == 2, "\(limit)")
        }
        let crashed = try await run(["--config", file]) { process in
            try await waitForSocket(socket)
            // Dumps core like a fault, and is not one that Swift's backtracer takes, which lets the program go on after a false one.
            kill(process.processIdentifier, SIGXCPU)
        }
        #expect(crashed.status == SIGXCPU)
        // "Core dumped" of the wait status is what a shell says; here: no file beside it, whatever it would be called.
        let left = try FileManager.default.contentsOfDirectory(atPath: FileManager.default.currentDirectoryPath)
        #expect(!left.contains { $0.hasPrefix("core") })
    }

    @Test func sigtermTellsClientsAndEndsWithZero() async throws {
        let (folder, file, socket) = try configuration()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await run(["--config", file]) { process in
            try await waitForSocket(socket)
            let client = try await AgentClient.connect(to: socket)
            var setup = Setup()
            setup.attach = "main"
            try await client.setUp(setup)
            process.terminate()
            let farewell = try await client.next(waitingFor: "goAway", timeout: .seconds(10))
            #expect(farewell.goAway != nil)
            await client.close()
        }
        #expect(outcome.status == 0)
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func sighupTakesOverWhatItCanAndKeepsWhatIsWrong() async throws {
        let (folder, file, socket) = try configuration()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await run(["--config", file]) { process in
            try await waitForSocket(socket)
            let good = try String(contentsOfFile: file, encoding: .utf8)
            try (good + "[stream]\nmax_answer_tokens = 3\n").write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            kill(process.processIdentifier, SIGHUP)
            let client = try await AgentClient.connect(to: socket)
            defer { process.terminate() }
            var tokens: Int64 = .max
            for _ in 0..<100 where tokens > 3 {
                // A client's limit is the one in force when it connects.
                let asking = try await AgentClient.connect(to: socket)
                try await asking.setUp(.native())
                tokens = try await asking.answer(to: "hello").end.json["usageMetadata"]?["responseTokenCount"]?.integer ?? .max
                await asking.close()
            }
            #expect(tokens <= 3)
            try (good + "[strem]\n").write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            kill(process.processIdentifier, SIGHUP)
            try await Task.sleep(for: .milliseconds(300))
            try (good + "[[[broken").write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            kill(process.processIdentifier, SIGHUP)
            try await Task.sleep(for: .milliseconds(300))
            try await client.setUp(.native(topics: [.turn, .health]))
            #expect(try await client.answer(to: "still there?").end.isTurnComplete)
            // Whoever looks at the daemon learns that the file is not in force, until one is.
            let status = try await client.waitForStatus { $0["message"]?.string?.contains("not TOML") == true }
            #expect(status["state"]?.string == "degraded")
            #expect(status["message"]?.string?.contains("mend that and reload") == true)
            try good.write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            kill(process.processIdentifier, SIGHUP)
            var health: JSONValue?
            while health?["component"]?.string != "configuration" || health?["state"]?.string != "ok" {
                health = try await client.next(waitingFor: "a health event of the configuration", timeout: .seconds(20)).native("health")
            }
            #expect(try await client.status()["state"]?.string == "ok")
            // The same by request.
            try (good + "[strem]\n").write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            try await client.send(ClientMessage(.native(.reload), id: "wrong"))
            let refused = await #expect(throws: AgentClientError.self) { _ = try await client.reply(to: "wrong") }
            #expect(refused?.description.contains("[strem]") == true)
            try good.write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            try await client.send(ClientMessage(.native(.reload), id: "right"))
            #expect(try await client.reply(to: "right").native("reload")?["message"]?.string == "reloaded")
            await client.close()
        }
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("there is no section [strem]"))
        #expect(outcome.errors.contains("the one before stays in force: ") && outcome.errors.contains(": not TOML: "))
    }

    /// An entrance that is open stays so until a restart, whatever the file says of it; what is wrong with its keys is said as it is.
    @Test func anEntranceThatLeavesTheFileWaitsForARestart() async throws {
        let (folder, file, socket) = try configuration()
        defer { try? FileManager.default.removeItem(at: folder) }
        let plain = try String(contentsOfFile: file, encoding: .utf8)
        let keys = folder.appendingPathComponent("keys")
        try "0123456789abcdef0123 owner tests\n".write(to: keys, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys.path)
        let listening = plain + "[listen]\ntcp = \"127.0.0.1:0\"\ntls = \"off\"\nkeys = \"\(keys.path)\"\n"
        try listening.write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
        let outcome = try await run(["--config", file]) { process in
            try await waitForSocket(socket)
            defer { process.terminate() }
            let client = try await AgentClient.connect(to: socket)
            try await client.setUp(.native())
            try plain.write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            try await client.send(ClientMessage(.native(.reload), id: "gone"))
            let said = try await client.reply(to: "gone").native("reload")?["message"]?.string ?? ""
            #expect(said.contains("restart for") && said.contains("listen"), "\(said)")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys.path)
            try listening.write(to: URL(fileURLWithPath: file), atomically: true, encoding: .utf8)
            try await client.send(ClientMessage(.native(.reload), id: "wide"))
            let refused = await #expect(throws: AgentClientError.self) { _ = try await client.reply(to: "wide") }
            #expect(refused?.description.contains("chmod 600") == true && refused?.description.contains("cannot be read") == false)
            await client.close()
        }
        #expect(outcome.status == 0)
    }

    /// Where it is not installed and nothing is named, the first words are how to name it.
    @Test(.enabled(if: !["/etc/mmagent/mmagentd.toml", "/usr/share/mmagent"].contains { FileManager.default.fileExists(atPath: $0) }))
    func withoutAConfigurationTheRemedyIsSaid() async throws {
        for arguments in [[], ["--check-config"]] {
            let outcome = try await run(arguments)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("no configuration was named and /etc/mmagent/mmagentd.toml is not there"))
            #expect(outcome.errors.contains("--config FILE") && outcome.errors.contains("mmagentd --demo"))
        }
        let empty = try await run(["--config", ""])
        #expect(empty.status == 2 && empty.errors.contains("--config is empty"))
        let demonstration = try await run(["--demo"], environment: ["XDG_RUNTIME_DIR": "/no/such", "TMPDIR": "/no/such"])
        #expect(demonstration.status == 1)
        #expect(
            demonstration.errors.contains("cannot be it (No such file or directory): set XDG_RUNTIME_DIR to a folder that you may write"))
        let long = "/tmp/" + String(repeating: "long", count: 30)
        let tooLong = try await run(["--demo"], environment: ["XDG_RUNTIME_DIR": "/no/such", "TMPDIR": long])
        #expect(tooLong.errors.contains("longer than the 107 bytes that the kernel allows"), "\(tooLong.errors)")
    }

    @Test func whatKeepsItFromStartingIsOneSentenceAndExitCodeOne() async throws {
        let (folder, file, _) = try configuration("[audio_]\n")
        defer { try? FileManager.default.removeItem(at: folder) }
        let wrong = try await run(["--config", file])
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("there is no section [audio_]; the nearest is [audio]"))
        let missing = try await run(["--config", folder.path + "/none.toml"])
        #expect(missing.status == 1)
        #expect(missing.errors.contains("none.toml"))
        let usage = try await run(["--no-such-option"])
        #expect(usage.status == 2)
    }

    @Test func checkConfigOnlyReads() async throws {
        let (folder, file, socket) = try configuration()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await run(["--config", file, "--check-config"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("ok"))
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    @Test func checkConfigTellsEverythingThatWouldNotWork() async throws {
        let (folder, file, _) = try configuration("group = \"no-such-group\"\n", model: "/nowhere/model")
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await run(["--config", file, "--check-config"])
        #expect(outcome.status == 1 && outcome.output == "")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 2, "\(lines)")
        #expect(lines.allSatisfy { $0.hasPrefix("mmagentd: \(file): ") })
        #expect(outcome.errors.contains("[model] path: /nowhere/model cannot be read"))
        #expect(outcome.errors.contains("groupadd --system no-such-group"))
    }

    /// What keeps it from listening is said before a model is read, which may take a minute.
    @Test func aSocketThatCannotBeIsSaidBeforeTheModelIsRead() async throws {
        let (folder, file, _) = try configuration("group = \"no-such-group\"\n", model: "/nowhere/model")
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await run(["--config", file])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("no-such-group") && !outcome.errors.contains("/nowhere/model"))
    }

    /// Lines of many megabytes, from several clients at once, and what is left of them when they are gone.
    @Test func memoryThatALoadTookIsGivenBack() async throws {
        let (folder, file, socket) = try configuration()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try await run(["--config", file]) { process in
            defer { process.terminate() }
            try await waitForSocket(socket)
            func anonymous() throws -> Int {
                let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
                return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
            }
            let before = try anonymous()
            let line = Array("{\"mm\":{\"id\":\"r\",\"status\":{},\"x\":\"\(String(repeating: "y", count: 12 << 20))\"}}".utf8)
            let clients = try await withThrowingTaskGroup(of: AgentClient.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let client = try await AgentClient.connect(to: socket)
                        try await client.setUp(.native())
                        for _ in 0..<3 {
                            try await client.send(line: line)
                            _ = try await client.reply(to: "r", timeout: .seconds(60))
                        }
                        return client
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let peak = try anonymous()
            for client in clients { await client.close() }
            var after = peak
            for _ in 0..<600 where after > before + HeapPolicy.worthwhile {
                try await Task.sleep(for: .milliseconds(100))
                after = try anonymous()
            }
            #expect(peak > before + 2 * HeapPolicy.worthwhile, "the load was none: \(before >> 20) to \(peak >> 20) MiB")
            #expect(after <= before + HeapPolicy.worthwhile, "\(before >> 20), then \(peak >> 20), now \(after >> 20) MiB")
        }
    }

    @Test func aModelThatIsNotAsItWasSignedIsRefusedByStartAndCheck() async throws {
        let model = try SignedModel()
        defer { model.remove() }
        let (folder, file, _) = try configuration(model: model.path, publicKey: model.publicKey)
        defer { try? FileManager.default.removeItem(at: folder) }
        let right = try await run(["--config", file, "--check-config"])
        #expect(right.status == 0)
        #expect(right.output.contains("ok, the model's \(model.files) files are as they were signed"))
        try model.add("mmagent.json", "{}")
        for arguments in [["--config", file], ["--config", file, "--check-config"]] {
            let wrong = try await run(arguments)
            #expect(wrong.status == 1)
            #expect(wrong.errors.contains("\(model.path)/mmagent.json is not in the manifest: remove it, or sign the model anew"))
        }
    }

    @Test func theDemonstrationNeedsNoDeviceAndLeavesNothing() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("runtime-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try await run(["--demo"], environment: ["XDG_RUNTIME_DIR": folder.path]) { process in
            defer { process.terminate() }
            let socket = "\(folder.path)/mmagent-demo-\(process.processIdentifier)/mmagentd.sock"
            try await waitForSocket(socket)
            let client = try await AgentClient.connect(to: socket)
            try await client.setUp(.native())
            #expect(try await client.answer(to: "what is on the desk?").text.isEmpty == false)
            await client.close()
        }
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("export MMAGENT_SOCKET=\(folder.path)/mmagent-demo-"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(try await run(["--demo", "--check-config"]).status == 2)
        #expect(try await run(["--demo", "--config", "c.toml"]).errors.contains("--demo has a configuration of its own"))
    }
}
