import Constraint
import Synchronization

/// A grammar with the masks it remembers, for all answers of one client. Only the engine's thread uses it; the lock is for the compiler.
final class SharedConstraint: Sendable {
    let start: GrammarState
    private let constraint: Mutex<TokenConstraint>

    init(_ constraint: TokenConstraint) {
        start = constraint.start
        self.constraint = Mutex(constraint)
    }

    func mask(for state: GrammarState) -> TokenMask { constraint.withLock { $0.mask(for: state) } }
    func advance(_ state: GrammarState, _ token: Int32) -> GrammarState? { constraint.withLock { $0.advance(state, token) } }
    func isComplete(_ state: GrammarState) -> Bool { constraint.withLock { $0.isComplete(state) } }
}
