package import AgentProtocol

/// Declarations in the model's own syntax, as labelled sets hold them.
package enum DeclarationReader {
    /// - Returns: nil: the text is something else.
    package static func read(_ text: String) -> [FunctionDeclaration]? {
        let (head, end) = ("<|tool>declaration:", "<tool|>")
        var declared: [FunctionDeclaration] = []
        for part in text.split(separator: end, omittingEmptySubsequences: true) {
            guard let (name, value) = CallText.read(part + end, from: head, to: end) else { return nil }
            declared.append(
                FunctionDeclaration(
                    name: name, description: value["description"]?.string ?? "", parameters: value["parameters"],
                    response: value["response"]))
        }
        return declared
    }
}
