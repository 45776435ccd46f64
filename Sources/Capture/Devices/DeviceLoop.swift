import Synchronization

/// How a device's thread lives: it opens and streams, and after a loss tries again, until it is told to stop.
struct DeviceLoop {
    let signal: StopSignal
    let board: StatusBoard
    /// Where the device's node appears.
    let folders: [String]

    /// - Parameters:
    ///   - session: one opening of the device; nil, or any failure, at its end.
    ///   - close: called after each session.
    ///   - lost: is told each failure, and whether it is news.
    func run(
        _ session: (inout DeviceHealth) throws(DeviceFailure) -> DeviceFailure?, close: () -> Void, lost: (DeviceFailure, Bool) -> Void
    ) {
        var health = DeviceHealth()
        var outage = DeviceOutage(folders: folders)
        while !signal.isAsked {
            board.beats.add(1, ordering: .relaxed)
            let failure: DeviceFailure?
            do throws(DeviceFailure) {
                failure = try session(&health)
            } catch {
                failure = error
            }
            close()
            guard let failure, !signal.isAsked else { break }
            if health.isHealthy { outage = DeviceOutage(folders: folders) }
            let response = health.failed(failure)
            lost(failure, response.announce)
            outage.wait(signal, &health, seconds: response.retryAfter)
        }
        close()
    }
}

/// What a device thread does between a loss and the next try.
private struct DeviceOutage {
    let folders: [String]
    private var watch: HotPlugWatch?

    init(folders: [String]) {
        self.folders = folders
    }

    /// Waits as long as the ladder says, but no longer than until a device appears.
    mutating func wait(_ signal: StopSignal, _ health: inout DeviceHealth, seconds: Double) {
        // The watch outlives the next try: what appears while that fails is not missed.
        let watch = self.watch ?? HotPlugWatch(folders: folders)
        self.watch = watch
        guard signal.sleep(seconds: seconds, or: watch) else { return }
        health.deviceAppeared()
        // Folders that were made meanwhile are watched from now on.
        self.watch = HotPlugWatch(folders: folders)
        signal.sleep(seconds: HotPlugWatch.settling)
    }
}
