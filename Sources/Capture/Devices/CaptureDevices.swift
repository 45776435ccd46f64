import CALSA
import CV4L2
import Glibc

/// A device that could be a source, for people to choose from.
public struct CaptureDevice: Sendable, Equatable {
    /// As the configuration wants it, for example `alsa:hw:CARD=USB,DEV=0` or `v4l2:/dev/video0`.
    public var source: String
    /// What the driver calls it.
    public var name: String
    /// Why it cannot be used as it is, for example missing permission; empty when nothing is known against it.
    public var problem: String

    package init(source: String, name: String, problem: String = "") {
        self.source = source
        self.name = name
        self.problem = problem
    }
}

/// What microphones and cameras this machine has.
public enum CaptureDevices {
    /// At most so many of each are listed.
    private static let limit = 256

    /// The capture PCMs that libasound's configuration names and that are there: those of a card, and of the others, as of sound
    /// servers and converters, those that can be opened.
    public static func microphones() -> [CaptureDevice] {
        mm_alsa_be_quiet()
        var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        guard snd_device_name_hint(-1, "pcm", &hints) == 0, let hints else { return [] }
        defer { snd_device_name_free_hint(hints) }
        var devices: [CaptureDevice] = []
        var index = 0
        while let hint = hints[index], devices.count < limit {
            index += 1
            // No direction means both.
            if let direction = text(hint, "IOID"), direction != "Input" { continue }
            guard let name = text(hint, "NAME"), name != "null" else { continue }
            guard exists(name) else { continue }
            let description = text(hint, "DESC") ?? ""
            devices.append(
                CaptureDevice(source: "alsa:\(name)", name: description.replacing("\n", with: ", "), problem: ""))
        }
        return devices
    }

    /// The nodes /dev/video* that capture and stream, and those that could not be asked.
    public static func cameras() -> [CaptureDevice] {
        CameraFinder.paths().compactMap { path in
            let handle = V4L2Handle(path: path)
            defer { handle.close() }
            do throws(SystemError) {
                let abilities = try handle.open()
                return abilities.isCapture ? CaptureDevice(source: "v4l2:\(path)", name: abilities.card, problem: "") : nil
            } catch {
                let failure = DeviceFailure(code: error.code, device: "v4l2:\(path)", group: "video", action: "open")
                return CaptureDevice(source: "v4l2:\(path)", name: "", problem: "\(failure.reason): \(failure.remedy)")
            }
        }
    }

    /// libasound names PCMs of cards only where the card is; all others it names whether there is anything behind them or not.
    private static func exists(_ name: String) -> Bool {
        guard !name.contains("CARD=") else { return true }
        var pcm: OpaquePointer?
        let code = snd_pcm_open(&pcm, name, SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK)
        if let pcm { snd_pcm_close(pcm) }
        return code >= 0 || [EBUSY, EAGAIN, EACCES, EPERM].contains(-code)
    }

    private static func text(_ hint: UnsafeMutableRawPointer, _ key: String) -> String? {
        guard let value = snd_device_name_get_hint(hint, key) else { return nil }
        defer { free(value) }
        return String(cString: value)
    }
}
