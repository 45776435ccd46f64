import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// Weights that change under a running daemon: what is answered, logged and told to the service manager.
@Suite struct ChangedWeightsTests: ProgramSuite {
    /// On a copy of the model.
    /// - Parameter change: what happens to the weight file under the running daemon, and what is asked.
    private func run(
        weights: String = "q8", extra: String = "", environment: [String: String] = [:],
        change: (_ file: URL, _ client: AgentClient) async throws -> Void
    ) async throws -> ProgramOutcome {
        let model = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID().uuidString.prefix(8))")
        try FileManager.default.copyItem(atPath: RunningDaemon.tinyModel, toPath: model.path)
        let (folder, file, socket) = try configuration(extra, model: model.path, weights: weights)
        defer { for folder in [folder, model] { try? FileManager.default.removeItem(at: folder) } }
        return try await run(["--config", file], environment: environment) { process in
            defer { process.terminate() }
            try await waitForSocket(socket)
            let client = try await AgentClient.connect(to: socket)
            try await client.setUp(.native())
            try await change(model.appendingPathComponent("model.safetensors"), client)
            await client.close()
        }
    }

    private static let isCut = "model.safetensors was cut or written over while it was in use"

    /// The answer under way ends with the reason, and log and service manager have it too: weights that are used where they lie in the
    /// file, and such as were made of it.
    @Test(arguments: ["q8", "bf16", "f32"]) func weightsThatAreCutAreNamedAndEndTheDaemonInOrder(weights: String) async throws {
        let manager = try NotifySocket()
        defer { manager.close() }
        let environment = ["NOTIFY_SOCKET": manager.path]
        let outcome = try await run(weights: weights, extra: "[stream]\nmax_answer_tokens = 8192", environment: environment) {
            file, client in
            var (error, turn, isCut) = (StatusError?.none, String?.none, false)
            // One answer after the other, so that one is under way when it is noticed.
            while error == nil {
                let question = ClientContent(turns: [.text("what is on the desk?")], turnComplete: true)
                try await client.send(ClientMessage(.clientContent(question), id: "q"))
                turn = try await client.reply(to: "q", timeout: .seconds(60)).turn
                var isOver = false
                while !isOver {
                    let message = try await client.next(waitingFor: "the answer", timeout: .seconds(60))
                    guard message.turn == turn else { continue }
                    if message.text != nil, !isCut {
                        let handle = try FileHandle(forWritingTo: file)
                        try handle.truncate(atOffset: 4_096)
                        try handle.close()
                        isCut = true
                    }
                    error = message.error ?? error
                    isOver = message.isTurnComplete
                }
            }
            #expect(error?.status == .internal && error?.reason == "MODEL_FILE_CHANGED", "\(String(describing: error))")
            #expect(error?.message.contains(file.path + " was cut or written over") == true)
            // Nothing is answered from weights that are not there.
            await #expect(throws: (any Error).self) { _ = try await client.answer(to: "what is on the desk?") }
        }
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(Self.isCut))
        let stopping = manager.texts.first { $0.hasPrefix("STOPPING=1\nSTATUS=") }
        #expect(stopping?.contains(Self.isCut) == true, "\(manager.texts)")
    }

    /// As a copy over the file does that keeps its length: weights of another training have the same header and size.
    @Test func weightsThatAreWrittenOverEndTheDaemonThoughTheirSizeIsTheSame() async throws {
        let outcome = try await run { file, _ in
            let handle = try FileHandle(forWritingTo: file)
            let size = try handle.seekToEnd()
            try handle.seek(toOffset: size / 2)
            try handle.write(contentsOf: Data(repeating: 0, count: Int(size / 4)))
            try handle.close()
            try await Task.sleep(for: .seconds(3))
        }
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(Self.isCut))
    }

    @Test func weightsThatAreTouchedAreToldOnceAndServeOn() async throws {
        let outcome = try await run { file, client in
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: 10)], ofItemAtPath: file.path)
            try await Task.sleep(for: .seconds(3))
            #expect(try await client.answer(to: "what is on the desk?").end.isTurnComplete)
        }
        #expect(outcome.status == 0)
        #expect(outcome.errors.components(separatedBy: "model.safetensors was touched while it is in use").count == 2)
    }

    @Test func weightsThatAreReplacedByRenamingDoNotMatter() async throws {
        let outcome = try await run { file, client in
            let other = file.deletingLastPathComponent().appendingPathComponent("other")
            try Data("something else".utf8).write(to: other)
            #expect(rename(other.path, file.path) == 0)
            try await Task.sleep(for: .seconds(2))
            #expect(try await client.answer(to: "what is on the desk?").end.isTurnComplete)
        }
        #expect(outcome.status == 0)
    }
}
