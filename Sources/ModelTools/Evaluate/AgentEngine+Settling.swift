import Session

extension AgentEngine {
    /// Takes in all that waits, and after each step waits for what it made the model ask itself: in real time a sound is
    /// interpreted before the next one ends.
    /// - Returns: how long the first step took; zero if nothing waited.
    @discardableResult
    nonisolated func settle(session: String = mainSession) async -> Duration {
        await waitUntilIdle()
        let begin = ContinuousClock.now
        guard await step(session: session, now: nil) else { return .zero }
        let first = ContinuousClock.now - begin
        await waitUntilIdle()
        while await step(session: session, now: nil) { await waitUntilIdle() }
        return first
    }

    private nonisolated func waitUntilIdle() async {
        while let status = await status(), status.runningAsks > 0 { try? await Task.sleep(for: .microseconds(100)) }
    }
}
