import ImageFiles
import Session

/// Makes pictures of what clients send, on a thread of its own, so that neither the service nor the engine waits for it.
///
/// One picture at a time in the whole daemon, in the order in which they were asked for. A client has one message in work at
/// most (see `DaemonService`), so clients take turns picture by picture.
actor MediaIntake {
    private nonisolated let thread = EngineThread(name: "mmagent-media")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    nonisolated let limits: DaemonConfiguration.Live
    /// Pixels of the messages that were let in and are not done with yet.
    private var held = 0
    private var waiting: [(ticket: Int, pixels: Int, resume: CheckedContinuation<Bool, Never>)] = []
    private var tickets = 0

    init(limits: DaemonConfiguration.Live) {
        self.limits = limits
    }

    deinit { thread.stop() }

    /// Waits until there is room for a message's pictures, first come first served; a message that is larger than all the
    /// room is let in alone.
    /// - Returns: whether it is in, and has to leave; not if it was given up while it waited, or has no pictures.
    func enter(pixels: Int) async -> Bool {
        guard pixels > 0 else { return false }
        let pixels = min(pixels, limits.maximumDaemonPixels)
        if waiting.isEmpty, held + pixels <= limits.maximumDaemonPixels {
            held += pixels
            return true
        }
        tickets += 1
        let ticket = tickets
        return await withTaskCancellationHandler {
            await withCheckedContinuation { resume in
                if Task.isCancelled { resume.resume(returning: false) } else { waiting.append((ticket, pixels, resume)) }
            }
        } onCancel: {
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: Int) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiting.remove(at: index).resume.resume(returning: false)
        letIn()
    }

    func leave(pixels: Int) {
        held -= min(pixels, limits.maximumDaemonPixels)
        letIn()
    }

    private func letIn() {
        while let next = waiting.first, held + next.pixels <= limits.maximumDaemonPixels {
            held += next.pixels
            waiting.removeFirst().resume.resume(returning: true)
        }
    }

    /// - Throws: `CancellationError` when the message was given up meanwhile, `ImageFileError`.
    func picture(_ bytes: [UInt8]) throws -> DecodedPicture {
        try Task.checkCancellation()
        return try ImageFiles.picture(bytes, pixels: limits.maximumLinePixels)
    }
}
