import Foundation
import Glibc

/// Who has a device open, as far as /proc shows it to this user: of sound cards to everybody where the kernel tells of its
/// substreams (CONFIG_SND_VERBOSE_PROCFS), of cameras and of other sound cards what the same user and root run. Nothing is opened
/// for it but files of /proc.
package struct DeviceHolders {
    /// Names beyond these say no more.
    private static let limit = 3

    private let proc: String

    /// - Parameter proc: where the kernel shows its processes.
    package init(proc: String = "/proc") {
        self.proc = proc
    }

    /// The holders of a device, as `mpv (process 812)`; empty where none is seen.
    /// - Parameter device: as the user wrote it, `alsa:hw:1,0` or `v4l2:/dev/video0`.
    package func names(of device: String) -> [String] {
        let processes: Set<Int>
        if device.hasPrefix("alsa:") {
            processes = capturing(String(device.dropFirst("alsa:".count)))
        } else if device.hasPrefix("v4l2:/") {
            let node = String(device.dropFirst("v4l2:".count))
            processes = holding { $0 == node }
        } else {
            // A camera by its name: the node is the one that this process has open.
            let nodes = Set(links("self").filter { $0.hasPrefix("/dev/video") })
            processes = nodes.isEmpty ? [] : holding(nodes.contains)
        }
        return processes.subtracting([Int(getpid())]).sorted().prefix(Self.limit).map { process in
            "\(name(of: process) ?? "a program") (process \(process))"
        }
    }

    // MARK: Sound cards

    /// Processes that capture from a card, or from any if the name says none: the kernel tells of every open substream its owner.
    private func capturing(_ name: String) -> Set<Int> {
        let cards = card(in: name).map { [$0] } ?? entries("asound").filter { $0.wholeMatch(of: /card\d+/) != nil }
        var owners: Set<Int> = []
        for card in cards {
            for device in entries("asound/\(card)") where device.wholeMatch(of: /pcm\d+c/) != nil {
                for substream in entries("asound/\(card)/\(device)") where substream.hasPrefix("sub") {
                    // A thread of its owner.
                    guard let status = text("asound/\(card)/\(device)/\(substream)/status"),
                        let thread = value("owner_pid", in: status)
                    else { continue }
                    owners.insert(text("\(thread)/status").flatMap { value("Tgid", in: $0) } ?? thread)
                }
            }
        }
        guard owners.isEmpty else { return owners }
        // card1 captures through /dev/snd/pcmC1D0c and the like.
        let nodes = cards.map { "/dev/snd/pcmC\($0.dropFirst("card".count))D" }
        return holding { link in link.hasSuffix("c") && nodes.contains { link.hasPrefix($0) } }
    }

    /// `card1` of `hw:1,0`, `plughw:CARD=USB,DEV=0`, `sysdefault:USB`; nil if the name says no card of this machine.
    private func card(in name: String) -> String? {
        guard let colon = name.firstIndex(of: ":") else { return nil }
        let first = name[name.index(after: colon)...].split(separator: ",").first ?? ""
        let card = first.hasPrefix("CARD=") ? first.dropFirst("CARD=".count) : first
        if Int(card) != nil { return "card\(card)" }
        // /proc/asound/USB is a link to card1.
        return try? FileManager.default.destinationOfSymbolicLink(atPath: "\(proc)/asound/\(card)")
    }

    private func value(_ key: String, in status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix(key) {
            return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
        }
        return nil
    }

    // MARK: Nodes

    private func holding(_ isOne: (String) -> Bool) -> Set<Int> {
        Set(entries("").compactMap { Int($0) }.filter { links("\($0)").contains(where: isOne) })
    }

    /// What a process has open; nothing of one that this user may not look at.
    private func links(_ process: String) -> [String] {
        entries("\(process)/fd").compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(proc)/\(process)/fd/\($0)") }
    }

    private func name(of process: Int) -> String? {
        text("\(process)/comm")?.split(separator: "\n").first.map(String.init)
    }

    private func entries(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(proc)/\(folder)")) ?? []).sorted()
    }

    private func text(_ file: String) -> String? { try? String(contentsOfFile: "\(proc)/\(file)", encoding: .utf8) }
}
