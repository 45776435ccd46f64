import Capture
import Foundation
import Testing

/// A busy device's holder is named, as far as the kernel shows it.
@Suite struct DeviceHoldersTests {
    /// A /proc of two programs: `mpv` (process 812) captures by its thread 815 from card 1, `cheese` has the camera open.
    private func proc() throws -> URL {
        let proc = FileManager.default.temporaryDirectory.appendingPathComponent("proc-\(UUID().uuidString.prefix(8))")
        func write(_ path: String, _ text: String) throws {
            let url = proc.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        try write("asound/card0/pcm0c/sub0/status", "closed\n")
        try write("asound/card0/pcm0p/sub0/status", "state: RUNNING\nowner_pid   : 900\n")
        try write("asound/card1/pcm0c/sub0/status", "state: RUNNING\nowner_pid   : 815\ntrigger_time: 12.5\n")
        try write("815/status", "Name:\tao/alsa\nTgid:\t812\nPid:\t815\n")
        try write("812/comm", "mpv\n")
        try write("900/comm", "cheese\n")
        try write("900/fd/x", "")
        try FileManager.default.createSymbolicLink(atPath: proc.path + "/asound/USB", withDestinationPath: "card1")
        try FileManager.default.createSymbolicLink(atPath: proc.path + "/900/fd/7", withDestinationPath: "/dev/video2")
        // A kernel that does not tell of its substreams: the card's nodes are looked for.
        try write("asound/card2/id", "Loopback\n")
        try write("902/comm", "arecord\n")
        try write("902/fd/x", "")
        try write("903/fd/x", "")
        for (process, node) in [("902", "pcmC2D1c"), ("903", "pcmC2D1p")] {
            try FileManager.default.createSymbolicLink(atPath: proc.path + "/\(process)/fd/4", withDestinationPath: "/dev/snd/\(node)")
        }
        return proc
    }

    @Test(arguments: [
        ("alsa:hw:1,0", ["mpv (process 812)"]), ("alsa:plughw:CARD=USB,DEV=0", ["mpv (process 812)"]),
        ("alsa:default", ["mpv (process 812)"]),
        // Playing is no reason why capturing is busy.
        ("alsa:hw:0", []), ("alsa:hw:2,1", ["arecord (process 902)"]), ("v4l2:/dev/video2", ["cheese (process 900)"]),
        ("v4l2:/dev/video0", []), ("v4l2:HD Webcam", []),
    ])
    func holders(device: String, names: [String]) throws {
        let proc = try proc()
        defer { try? FileManager.default.removeItem(at: proc) }
        #expect(DeviceHolders(proc: proc.path).names(of: device) == names)
    }

    /// The kernel's own /proc: another program's open file is seen, and this process is never its own reason.
    @Test func aProgramThatHasItOpenIsSeen() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("node-\(UUID().uuidString.prefix(8))")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let own = try FileHandle(forReadingFrom: file)
        let sleep = { DeviceHolders().names(of: "v4l2:" + file.path).filter { $0.hasPrefix("sleep ") } }
        #expect(sleep() == [])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["60"]
        process.standardInput = own
        try process.run()
        defer { process.terminate() }
        // A program that another test starts meanwhile may have got the file, too.
        #expect(sleep() == ["sleep (process \(process.processIdentifier))"])
    }

    @Test func theFailureNamesThem() {
        let busy = DeviceFailure(
            code: EBUSY, device: "v4l2:/dev/video0", group: "video", action: "open", holders: ["mpv (process 812)", "cheese (process 900)"])
        #expect(busy.reason == "v4l2:/dev/video0: it is in use by mpv (process 812), cheese (process 900)")
        let unknown = DeviceFailure(code: EBUSY, device: "v4l2:/dev/video0", group: "video", action: "open", holders: [])
        #expect(unknown.reason == "v4l2:/dev/video0: it is in use by another program")
    }
}
