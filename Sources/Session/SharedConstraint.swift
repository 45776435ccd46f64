package import Constraint
import Synchronization

/// A grammar with the masks it remembers, for all answers of one client. Only the engine's thread uses it; the lock is for the compiler.
package final class SharedConstraint: Sendable {
    let start: GrammarState
    /// Tokens of the shortest whole that can be said; nil: very many.
    let shortest: Int?
    /// The token that ends what is whole; nil: something else follows it.
    let end: Int32?
    private let constraint: Mutex<TokenConstraint>

    package init(_ constraint: TokenConstraint) {
        start = constraint.start
        end = constraint.ends.first
        var constraint = constraint
        shortest = constraint.ending(of: start)?.count
        self.constraint = Mutex(constraint)
    }

    func mask(for state: GrammarState) -> TokenMask { constraint.withLock { $0.mask(for: state) } }
    func advance(_ state: GrammarState, _ token: Int32) -> GrammarState? { constraint.withLock { $0.advance(state, token) } }
    func ending(of state: GrammarState) -> [Int32]? { constraint.withLock { $0.ending(of: state) } }
    func canEnd(_ state: GrammarState, within tokens: Int) -> Bool { constraint.withLock { $0.canEnd(state, within: tokens) } }
    func isComplete(_ state: GrammarState) -> Bool { constraint.withLock { $0.isComplete(state) } }
}
