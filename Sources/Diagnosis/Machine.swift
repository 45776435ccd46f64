import AgentDaemon
import Capture
package import Foundation
import Glibc
import Tensors

/// What the machine itself has to offer.
package enum Machine {
    static func processor() -> Finding {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let path = Kernels.path
        let text = "\(cores) core\(cores == 1 ? "" : "s"), \(path.rawValue) kernels"
        guard path == .scalar else { return Finding("processor", .ok, text) }
        return Finding("processor", .note, text + ": without AVX2 or NEON everything is many times slower")
    }

    /// - Parameter needed: bytes of the model's weights.
    static func memory(needed: Int?) -> Finding {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8), let available = available(text) else {
            return Finding("memory", .note, "/proc/meminfo does not say how much is available")
        }
        return memory(available: available, needed: needed)
    }

    package static func memory(available: Int, needed: Int?) -> Finding {
        func gigabytes(_ bytes: Int) -> String { String(format: "%.1f GB", Double(bytes) / 1e9) }
        // The cache, buffers and the code beside the weights: measured with nano and E2B at their default budgets.
        guard let needed else { return Finding("memory", .ok, "\(gigabytes(available)) available") }
        let want = needed + 300_000_000
        guard available < want else { return Finding("memory", .ok, "\(gigabytes(available)) available, about \(gigabytes(want)) wanted") }
        return Finding(
            "memory", .problem,
            "\(gigabytes(available)) available, about \(gigabytes(want)) wanted: choose a smaller model or [model] weights = \"q8\"")
    }

    package static func available(_ meminfo: String) -> Int? {
        for line in meminfo.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    /// The stream runs by the monotonic clock; the time of day is only in the log.
    package static func clock(realtime: Date, isSynchronised: Bool?) -> Finding {
        let year = Calendar(identifier: .gregorian).component(.year, from: realtime)
        guard year >= 2024 else {
            return Finding(
                "clock", .problem, "it says the year is \(year): set it, or the log's times mean nothing (timedatectl set-ntp true)")
        }
        return switch isSynchronised {
        case true?: Finding("clock", .ok, "set by the network")
        case false?: Finding("clock", .note, "not set by the network; the stream does not need it, the log's times may be off")
        case nil: Finding("clock", .ok, "the year is \(year); systemd-timesyncd does not run")
        }
    }

    /// What systemd-timesyncd says; nil where it does not run.
    static var isClockSynchronised: Bool? {
        let folder = "/run/systemd/timesync"
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        return FileManager.default.fileExists(atPath: folder + "/synchronized")
    }

    /// Whether the user that will run the daemon may open devices. Only devices that are configured count.
    static func groups(_ configuration: DaemonConfiguration) -> [Finding] {
        var wanted: [(String, String)] = []
        if configuration.audio.source.hasPrefix("alsa:") { wanted.append(("audio", "microphone")) }
        if configuration.video.source.hasPrefix("v4l2:") { wanted.append(("video", "camera")) }
        let user = getpwnam("mmagent") == nil ? Self.user : "mmagent"
        return wanted.map { group, device in
            guard let isMember = isMember(user, of: group) else { return Finding("groups", .note, "there is no group \(group) here") }
            if isMember { return Finding("groups", .ok, "\(user) may open the \(device)") }
            // The unit gives its user the groups; a user of one's own needs them.
            if user == "mmagent" { return Finding("groups", .ok, "\(user) gets the group \(group) from its unit") }
            return Finding(
                "groups", .problem,
                "\(user) is not in the group \(group), so the \(device) stays closed: adduser \(user) \(group), then log in anew")
        }
    }

    private static var user: String { getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(getuid())" }

    /// nil: there is no such group.
    private static func isMember(_ user: String, of name: String) -> Bool? {
        guard let group = getgrnam(name) else { return nil }
        let id = group.pointee.gr_gid
        guard user != "root", let entry = getpwnam(user) else { return true }
        var count: Int32 = 64
        var groups = [gid_t](repeating: 0, count: Int(count))
        return getgrouplist(user, entry.pointee.pw_gid, &groups, &count) >= 0 && groups.prefix(Int(count)).contains(id)
    }
}
