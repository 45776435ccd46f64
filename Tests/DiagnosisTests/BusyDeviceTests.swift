import AgentProtocol
import Capture
import Diagnosis
import Foundation
import Testing

/// A daemon in its sandbox does not see who holds a device; the doctor says it, where the kernel tells.
@Suite struct BusyDeviceTests {
    /// What the doctor makes of a daemon's word that a device is busy. In its /proc `arecord` (process 812) captures from card 1,
    /// `cheese` (process 900) has a camera open.
    private func finding(_ source: String, detail: String, state: String = "lost") throws -> String {
        let proc = FileManager.default.temporaryDirectory.appendingPathComponent("proc-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: proc) }
        let files = [
            "asound/card1/pcm0c/sub0/status": "state: RUNNING\nowner_pid   : 812\n", "812/comm": "arecord\n", "900/comm": "cheese\n",
            "900/fd/x": "",
        ]
        for (path, text) in files {
            let url = proc.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        try FileManager.default.createSymbolicLink(atPath: proc.path + "/900/fd/7", withDestinationPath: "/dev/video2")
        let busy = BusyDevice(holders: DeviceHolders(proc: proc.path)) { [CaptureDevice(source: "v4l2:/dev/video2", name: "HD Webcam")] }
        let report: JSONValue = ["state": .string(state), "source": .string(source), "detail": .string(detail)]
        return Examination.finding("device", report: report, busy: busy).text
    }

    @Test(arguments: [
        ("alsa:hw:1,0", "arecord (process 812)"), ("v4l2:/dev/video2", "cheese (process 900)"),
        // By its name: the daemon's node is found among the machine's.
        ("v4l2:HD Webcam", "cheese (process 900)"),
        // Nobody is seen.
        ("alsa:hw:0,0", "another program"), ("v4l2:/dev/video0", "another program"), ("v4l2:Other", "another program"),
    ])
    func theHolderIsNamedWhereItIsSeen(source: String, holder: String) throws {
        let said = DeviceFailure(code: EBUSY, device: source, group: "video", action: "open", holders: [])
        let found = try finding(source, detail: "\(said.reason): \(said.remedy)")
        #expect(found == "\(source): it is in use by \(holder): stop that program")
    }

    @Test func whatTheDaemonNamedAndWhatIsNotBusyStaysAsItIs() throws {
        for detail in ["alsa:hw:1,0: it is in use by mpv (process 5): stop that program", "alsa:hw:1,0: the device is gone"] {
            #expect(try finding("alsa:hw:1,0", detail: detail) == detail)
        }
    }
}
