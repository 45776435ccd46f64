import Capture
import Figures
import Foundation

/// Opens a device until it gives data, and closes it again.
struct DeviceProbe {
    let name: String
    let source: String
    let isSound: Bool
    let patience: Double

    func finding() async -> Finding {
        do {
            let specification = try SourceSpecification(source)
            switch specification {
            case .none:
                return Finding(name, .note, "none is configured")
            case .file:
                if isSound { try Sources.requireSound(specification) } else { try Sources.requirePictures(specification) }
                return Finding(name, .ok, "\(source) can be read")
            case .alsa, .v4l2:
                return isSound ? try await probe(Sources.audio(specification)) : try await probe(Sources.video(specification))
            }
        } catch {
            return Finding(name, .problem, "\(error)")
        }
    }

    private func probe(_ source: any AudioSource) async throws -> Finding {
        try await source.start()
        let finding = await wait {
            (source.status, source.read(maximumSamples: 16_000).contains { if case .block = $0 { true } else { false } })
        }
        await source.stop()
        return finding
    }

    private func probe(_ source: any VideoSource) async throws -> Finding {
        try await source.start()
        let finding = await wait { (source.status, source.read().contains { if case .frame = $0 { true } else { false } }) }
        await source.stop()
        return finding
    }

    private func wait(_ look: () -> (SourceStatus, gave: Bool)) async -> Finding {
        let end = ContinuousClock.now + .seconds(patience)
        while true {
            let (status, gave) = look()
            if gave { return Finding(name, .ok, "\(status.source): \(status.detail)") }
            if status.state == .lost { return Finding(name, .problem, status.detail) }
            guard ContinuousClock.now < end else {
                return Finding(
                    name, .problem,
                    "\(status.source) opens but gives nothing for \(patience.figure) s: connect it again, or choose another")
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
