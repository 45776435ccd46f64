package import Capture

/// What a device's remedy says of choosing another one, with the ones that this machine has.
package enum DeviceAdvice {
    /// The words of the device's owner, who does not look at other devices.
    package static let choice = "choose one that 'mmagentctl devices' lists"
    /// More names than these are in `mmagentctl devices`.
    private static let limit = 4

    /// - Parameters:
    ///   - text: of a finding.
    ///   - devices: those that are there.
    package static func concrete(_ text: String, isSound: Bool, devices: [CaptureDevice]) -> String {
        let usable = devices.filter(\.problem.isEmpty).map(\.source)
        let choice: String
        if usable.isEmpty {
            choice =
                "set [\(isSound ? "audio" : "video")] source = \"none\", since this machine has no "
                + (isSound ? "microphone" : "camera") + (devices.isEmpty ? "" : " that can be used")
        } else {
            choice = "choose one of " + usable.prefix(limit).joined(separator: ", ") + (usable.count > limit ? ", …" : "")
        }
        return text.replacing(Self.choice, with: choice)
    }

    /// The same, looking for the devices only where they are spoken of.
    static func concrete(_ finding: Finding, isSound: Bool) -> Finding {
        guard finding.text.contains(choice) else { return finding }
        let devices = isSound ? CaptureDevices.microphones() : CaptureDevices.cameras()
        return Finding(finding.name, finding.verdict, concrete(finding.text, isSound: isSound, devices: devices))
    }
}
