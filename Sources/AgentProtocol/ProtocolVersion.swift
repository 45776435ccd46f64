/// The integer version of this project's own part of the protocol (`setup.mm.version`).
public enum ProtocolVersion {
    public static let current = 1
    public static let supported = [1]

    /// Refuses a version this daemon does not speak; absent means the current one.
    public static func check(_ version: Int?) throws(StatusError) {
        guard let version, !supported.contains(version) else { return }
        let list = supported.map(String.init).joined(separator: ", ")
        throw StatusError(
            .failedPrecondition, "setup.mm.version is \(version): supported is \(list); update the daemon or ask for one of these",
            reason: "UNSUPPORTED_VERSION", isFatal: true)
    }
}
