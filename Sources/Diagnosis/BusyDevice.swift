package import Capture

/// Who holds a device that a daemon calls busy.
///
/// The installed daemon sees no process but its own. Who asks for a diagnosis is outside of its sandbox, and sees what the
/// user may see: as root everything.
package struct BusyDevice {
    private let holders: DeviceHolders
    private let cameras: () -> [CaptureDevice]

    /// - Parameter cameras: those of this machine, which are asked for a camera that is configured by its name.
    package init(holders: DeviceHolders = DeviceHolders(), cameras: @escaping () -> [CaptureDevice] = CaptureDevices.cameras) {
        self.holders = holders
        self.cameras = cameras
    }

    /// - Parameters:
    ///   - detail: what the daemon says of the device.
    ///   - source: as it is configured.
    /// - Returns: the same, with the holders' names where the daemon did not see them and this user may.
    package func named(_ detail: String, source: String) -> String {
        let unknown = DeviceFailure.inUse(by: [])
        guard detail.contains(unknown) else { return detail }
        return detail.replacing(unknown, with: DeviceFailure.inUse(by: holders.names(of: node(of: source))))
    }

    /// A camera's node: of a name only this process' own open nodes would be known, and a daemon's is another process.
    private func node(of source: String) -> String {
        let camera = "v4l2:"
        guard source.hasPrefix(camera), !source.hasPrefix(camera + "/") else { return source }
        return cameras().first { $0.name == source.dropFirst(camera.count) }?.source ?? source
    }
}
