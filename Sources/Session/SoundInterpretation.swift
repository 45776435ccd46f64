import Foundation

/// What the model says that a sound was: it writes words as they are and puts the name of any other sound in brackets.
package enum SoundInterpretation: Equatable, Sendable {
    case words(String)
    /// A sound with a name, as "knock".
    case event(String)
    /// Nothing worth telling: noise, silence, or no answer at all.
    case nothing

    private static let unremarkable: Set<String> = ["", "noise", "silence"]

    /// - Parameter answer: the answer to the transcription prompt.
    package init(_ answer: String) {
        let text = answer.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("("), text.hasSuffix(")"), text.count >= 2 else {
            self = text.isEmpty ? .nothing : .words(text)
            return
        }
        let name = text.dropFirst().dropLast().trimmingCharacters(in: .whitespaces).lowercased()
        // "(knock) who is there (bell)" is a sentence with sounds in it, not the name of one.
        guard !name.contains(where: { "()".contains($0) }) else {
            self = .words(text)
            return
        }
        self = Self.unremarkable.contains(name) ? .nothing : .event(name)
    }
}
