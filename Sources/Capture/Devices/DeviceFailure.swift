import Glibc

/// Why a device cannot be used at the moment, and what its owner can do about it.
package struct DeviceFailure: Error, Equatable {
    package var reason: String
    package var remedy: String
    /// The device is there, and this process may not open it.
    package private(set) var isForbidden = false

    package init(reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }

    /// What is said of a busy device.
    /// - Parameter holders: who has it open; empty where that is not seen, as by a daemon in its sandbox.
    package static func inUse(by holders: [String]) -> String {
        "it is in use by \(holders.isEmpty ? "another program" : holders.joined(separator: ", "))"
    }

    /// - Parameters:
    ///   - code: a positive errno.
    ///   - device: as the user wrote it.
    ///   - group: who may open such devices (`audio`, `video`).
    ///   - action: what was tried, for example "open".
    ///   - holders: who has it open, if it is busy; nil: looked for.
    package init(code: Int32, device: String, group: String, action: String, holders: [String]? = nil) {
        let said = String(cString: strerror(code))
        switch code {
        case ENOENT, ENXIO, ENOTDIR:
            reason = "\(device): there is no such device (\(said))"
            remedy = "connect it, or choose one that 'mmagentctl devices' lists"
        case ENODEV, ESHUTDOWN:
            reason = "\(device): the device is gone (\(said))"
            remedy = "connect it again, or choose one that 'mmagentctl devices' lists"
        case EACCES, EPERM:
            reason = "\(device): permission denied"
            remedy = "add the daemon's user to the group \(group), then start it again"
            isForbidden = true
        case EBUSY:
            let holders = holders ?? DeviceHolders().names(of: device)
            reason = "\(device): \(Self.inUse(by: holders))"
            remedy =
                group == "audio"
                ? "stop that program, or use a device that is shared, if 'mmagentctl devices' lists one" : "stop that program"
        case EMFILE, ENFILE, ENOMEM:
            reason = "\(device): \(action) failed (\(said))"
            remedy = "the machine or this process is short of memory or of file descriptors"
        default:
            reason = "\(device): \(action) failed (\(said))"
            remedy = "connect the device again, and look at the kernel's log"
        }
    }
}

/// What a device's owner does about failures: a value that says when to announce and how long to wait.
package struct DeviceHealth: Sendable {
    /// Seconds before the first, second ... retry; the last one is kept for ever.
    package static let ladder: [Double] = [0.25, 0.5, 1, 2, 4, 5]

    /// Tries for which a device that has just appeared may be forbidden without a word: its node is there before udev has given it
    /// its group.
    private static let triesUntilPermitted = 3

    private var attempts = 0
    private var announced: DeviceFailure?
    private var hasAppeared = false

    package init() {}

    package struct Response: Equatable, Sendable {
        /// Whether to tell the reader: the first failure, and one whose reason is new.
        package var announce: Bool
        package var retryAfter: Double

        package init(announce: Bool, retryAfter: Double) {
            self.announce = announce
            self.retryAfter = retryAfter
        }
    }

    package mutating func failed(_ failure: DeviceFailure) -> Response {
        let delay = Self.ladder[min(attempts, Self.ladder.count - 1)]
        attempts += 1
        if failure.isForbidden, hasAppeared, attempts <= Self.triesUntilPermitted { return Response(announce: false, retryAfter: delay) }
        let announce = announced != failure
        announced = failure
        return Response(announce: announce, retryAfter: delay)
    }

    /// No failure has been announced since data came last.
    package var isHealthy: Bool { announced == nil }

    /// Something was plugged in: the next tries follow each other quickly again.
    package mutating func deviceAppeared() {
        attempts = 0
        hasAppeared = true
    }

    /// Data came. True when that ends an outage that was announced.
    package mutating func delivered() -> Bool {
        attempts = 0
        hasAppeared = false
        guard announced != nil else { return false }
        announced = nil
        return true
    }
}
