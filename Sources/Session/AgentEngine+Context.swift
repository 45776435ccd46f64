public import AgentProtocol

/// What a client changes of its session while that goes on.
extension AgentEngine {
    /// Another system instruction, for what is asked from now on: answers under way keep theirs.
    ///
    /// On a private session it takes the place of the system prompt, on the main one that of what is said before the client's questions;
    /// a standing instruction is asked from now on in these words.
    /// - Returns: what is ignored, since the model was made for no such instruction.
    @discardableResult
    public func update(instruction: String, of client: ClientContext.ID) async throws(StatusError) -> [String] {
        guard let user = clients[client]?.user else { throw Self.withoutSession }
        await intakeTurn(of: user)
        let rows = try rows(ofInstruction: instruction)
        guard let asker = clients[client] else { throw Self.withoutSession }
        guard asker.watch != nil || model.followsInstructions else { return ["contextUpdate.\(SetupRemarks.unfollowed)"] }
        clients[client]?.setup.systemInstruction = instruction.isEmpty ? nil : .text(instruction)
        guard asker.watch == nil else {
            // Without words there is nothing to tell.
            if instruction.contains(where: { !$0.isWhitespace }) {
                clients[client]?.watch?.instruction = instruction
            } else {
                end(reason: .cancelled) { $0.watcher == client }
                clients[client]?.watch = nil
            }
            return []
        }
        guard asker.session != Self.mainSession else {
            clients[client]?.instruction = rows
            return []
        }
        let system = !instruction.isEmpty ? instruction : options.system.isEmpty ? model.defaultSystem : options.system
        guard var draft = sessions[asker.session]?.stream.draftPrefix(system: system) else { throw Self.withoutSession }
        while !draft.step(Ask.rowsPerStep) { await Task.yield() }
        sessions[asker.session]?.stream.take(draft)
        // One that came with a handle was said before the questions.
        clients[client]?.instruction = QuestionRows()
        return []
    }

    /// As it is said before a client's questions; none of an empty one.
    /// - Throws: where it is longer than a question may be.
    func rows(ofInstruction instruction: String) throws(StatusError) -> QuestionRows {
        var rows = QuestionRows()
        if !instruction.isEmpty { rows.append(instruction + "\n", try tokens(of: instruction + "\n", said: .instruction)) }
        try requireRoom(for: rows.count, said: .instruction)
        return rows
    }
}
