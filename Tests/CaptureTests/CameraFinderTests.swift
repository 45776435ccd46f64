import Capture
import Testing

@Suite struct CameraFinderTests {
    private let left = CameraIdentity(card: "HD Webcam", bus: "usb-1"), right = CameraIdentity(card: "HD Webcam", bus: "usb-2")
    private let grabber = CameraIdentity(card: "Grabber", bus: "pci-3")

    /// What is remembered after `identity` was opened beside others.
    private func memory(_ wanted: String, of identity: CameraIdentity, beside others: [(String, CameraIdentity)] = []) -> CameraMemory {
        var memory = CameraMemory(wanted: wanted)
        memory.opened(identity, among: [("/dev/video0", identity)] + others)
        return memory
    }

    @Test func aNodeIsTakenAsItIsWrittenUntilItsCameraIsKnown() {
        var memory = CameraMemory(wanted: "/dev/video7")
        #expect(memory.node(among: [("/dev/video0", left)]) == "/dev/video7")
    }

    @Test func aKnownCameraIsFoundUnderAnotherNumber() {
        var memory = memory("/dev/video0", of: left)
        #expect(memory.node(among: [("/dev/video0", grabber), ("/dev/video2", left)]) == "/dev/video2")
    }

    @Test func inAnotherPlugItIsFoundIfThereIsNoDoubt() {
        var moved = memory("/dev/video0", of: left)
        #expect(moved.node(among: []) == "/dev/video0")
        #expect(moved.node(among: [("/dev/video3", right)]) == "/dev/video3")
        var doubt = memory("/dev/video0", of: CameraIdentity(card: "HD Webcam", bus: "usb-9"))
        #expect(doubt.node(among: []) == "/dev/video0")
        #expect(doubt.node(among: [("/dev/video3", right), ("/dev/video4", left)]) == "/dev/video0")
    }

    /// Of the same make, and there all the time: also when it has the number that ours had.
    @Test(arguments: ["/dev/video0", "HD Webcam"]) func theCameraBesideOursIsNotTakenForIt(wanted: String) {
        var memory = memory(wanted, of: left, beside: [("/dev/video1", right)])
        let gone: String? = wanted.hasPrefix("/") ? wanted : nil
        for _ in 0..<3 { #expect(memory.node(among: [("/dev/video1", right)]) == gone) }
        #expect(memory.node(among: [("/dev/video0", right)]) == nil)
        // Ours comes back, first without permission, which leaves it out; then with it.
        #expect(memory.node(among: [("/dev/video1", right), ("/dev/video2", grabber)]) == gone)
        #expect(memory.node(among: [("/dev/video1", right), ("/dev/video3", left)]) == "/dev/video3")
        memory.opened(left, among: [("/dev/video3", left)])
        // One that came later is seen at the first look after the loss.
        #expect(memory.node(among: [("/dev/video4", right)]) == gone)
        #expect(memory.node(among: [("/dev/video4", right)]) == gone)
    }

    @Test func aNameFindsTheFirstCameraThatHasIt() {
        var memory = CameraMemory(wanted: "HD Webcam")
        #expect(memory.node(among: [("/dev/video1", grabber)]) == nil)
        #expect(memory.node(among: [("/dev/video1", grabber), ("/dev/video2", right)]) == "/dev/video2")
    }
}
