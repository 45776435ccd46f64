package import AgentProtocol
import Decoder

/// Functions that a trusted program declares (`StreamOptions.functions`) and answers: for measuring; clients have no part in it.
extension AgentEngine {
    /// What a function returned that the client's last answer called: the model's turn goes on after it.
    /// - Parameter response: in the model's own syntax, `<|tool_response>response:…<tool_response|>`.
    /// - Returns: the turn of the words that follow.
    @discardableResult
    package func respond(_ response: String, from client: ClientContext.ID) throws(StatusError) -> String {
        guard let asker = clients[client], let call = asker.history.last, call.isOpen else {
            throw StatusError(
                .failedPrecondition, "the last answer of this client was no call, so there is nothing to respond to", reason: "NO_CALL")
        }
        var rows = call.question
        rows.append(call.answer)
        rows.append(.text(model.format.response(response)))
        try requireRoom(for: rows.count, said: .question)
        guard let sampler = try? Sampler(asker.answers.sampling), let fork = sessions[asker.session]?.stream.fork() else {
            throw Self.withoutSession
        }
        clients[client]?.history.removeLast()
        guard
            let turn = start(
                in: asker.session, on: fork, history: clients[client].map(history(of:)) ?? InputRows(),
                historySenses: asker.history.reduce(into: []) { $0.formUnion($1.senses) }, question: rows, sampler: sampler,
                maximumTokens: asker.answers.maximumTokens, purpose: .answer(client))
        else { throw Self.withoutSession }
        runAsks()
        return turn
    }
}
