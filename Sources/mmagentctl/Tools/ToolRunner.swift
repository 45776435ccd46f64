import AgentProtocol
import AgentSocket
import Synchronization

/// Runs what the model calls, several at once, and sends what came of it.
final class ToolRunner: Sendable {
    private let folder: ToolFolder
    private let limits: ToolProcess.Limits
    private let running = Mutex<[String: ToolProcess]>([:])

    init(_ folder: ToolFolder, limits: ToolProcess.Limits) {
        self.folder = folder
        self.limits = limits
    }

    /// Calls whose responses have not been sent.
    var isIdle: Bool { running.withLock { $0.isEmpty } }

    /// Starts what was called.
    /// - Parameter onEnd: what was called, and what came of it.
    func start(_ calls: [FunctionCall], _ client: AgentClient, onEnd: @escaping @Sendable (FunctionCall, JSONValue) -> Void) {
        for call in calls {
            let process = ToolProcess()
            running.withLock { $0[call.id] = process }
            Task {
                let response = await run(call, process)
                // Cancelled: nobody waits for it.
                guard running.withLock({ $0.removeValue(forKey: call.id) }) != nil else { return }
                onEnd(call, response)
                try? await client.send(
                    ClientMessage(.toolResponse([FunctionResponse(id: call.id, name: call.name, response: response)]), id: .string(call.id))
                )
            }
        }
    }

    private func run(_ call: FunctionCall, _ process: ToolProcess) async -> JSONValue {
        guard let tool = folder.tool(call.name) else { return ["error": .string("there is no tool \(call.name)")] }
        let outcome = await process.run(tool.path, [], input: JSONText.encode(call.arguments) + [UInt8(ascii: "\n")], limits: limits)
        return ToolReport.response(outcome, limits)
    }

    func cancel(_ ids: [String]) {
        for id in ids { running.withLock { $0.removeValue(forKey: id) }?.kill() }
    }

    func cancelAll() { cancel(running.withLock { Array($0.keys) }) }

    func isNonBlocking(_ name: String) -> Bool { folder.tool(name)?.declaration.behavior == .nonBlocking }
}
