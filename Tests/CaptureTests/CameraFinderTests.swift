import Capture
import Testing

@Suite struct CameraFinderTests {
    private let left = CameraIdentity(card: "HD Webcam", bus: "usb-1"), right = CameraIdentity(card: "HD Webcam", bus: "usb-2")
    private let grabber = CameraIdentity(card: "Grabber", bus: "pci-3")

    /// What is remembered after `identity` was opened beside others.
    private func memory(_ wanted: String, of identity: CameraIdentity, beside others: [(String, CameraIdentity)] = []) -> CameraMemory {
        var memory = CameraMemory(wanted: wanted)
        memory.opened(identity, among: ([("/dev/video0", identity)] + others).map { (path: $0.0, identity: $0.1) })
        return memory
    }

    /// What is taken, one look after the other, at which these cameras can be opened.
    private func found(_ memory: CameraMemory, _ looks: [[(String, CameraIdentity)]]) -> [String?] {
        var memory = memory
        return looks.map { look in memory.node(among: look.map { (path: $0.0, identity: $0.1) }) }
    }

    @Test func aNodeIsTakenAsItIsWrittenUntilItsCameraIsKnown() {
        #expect(found(CameraMemory(wanted: "/dev/video7"), [[("/dev/video0", left)]]) == ["/dev/video7"])
    }

    @Test func aKnownCameraIsFoundUnderAnotherNumber() {
        let look = [("/dev/video0", grabber), ("/dev/video2", left)]
        #expect(found(memory("/dev/video0", of: left), [look]) == ["/dev/video2"])
    }

    @Test func inAnotherPlugItIsFoundIfThereIsNoDoubt() {
        #expect(found(memory("/dev/video0", of: left), [[], [("/dev/video3", right)]]) == ["/dev/video0", "/dev/video3"])
        let doubt = memory("/dev/video0", of: CameraIdentity(card: "HD Webcam", bus: "usb-9"))
        #expect(found(doubt, [[], [("/dev/video3", right), ("/dev/video4", left)]]) == ["/dev/video0", "/dev/video0"])
    }

    /// Of the same make, and there all the time: also when it has the number that ours had.
    @Test(arguments: ["/dev/video0", "HD Webcam"]) func theCameraBesideOursIsNotTakenForIt(wanted: String) {
        let gone: String? = wanted.hasPrefix("/") ? wanted : nil
        let beside = [("/dev/video1", right)]
        // Ours comes back, first without permission, which leaves it out; then with it.
        let looks = [beside, beside, [("/dev/video0", right)], beside + [("/dev/video2", grabber)], beside + [("/dev/video3", left)]]
        #expect(found(memory(wanted, of: left, beside: beside), looks) == [gone, gone, nil, gone, "/dev/video3"])
        // One that came later is seen at the first look after the loss.
        #expect(found(memory(wanted, of: left), [[("/dev/video4", right)], [("/dev/video4", right)]]) == [gone, gone])
    }

    /// Both hang on one hub; when it came back the first time, ours was opened before udev had permitted the other one.
    @Test func whoWasOnceBesideOursStaysAnother() {
        var memory = memory("/dev/video0", of: left, beside: [("/dev/video1", right)])
        memory.opened(left, among: [(path: "/dev/video0", identity: left)])
        let looks = [[], [("/dev/video1", right)], [("/dev/video1", right), ("/dev/video2", left)]]
        #expect(found(memory, looks) == ["/dev/video0", "/dev/video0", "/dev/video2"])
    }

    @Test func aNameFindsTheFirstCameraThatHasIt() {
        let looks = [[("/dev/video1", grabber)], [("/dev/video1", grabber), ("/dev/video2", right)]]
        #expect(found(CameraMemory(wanted: "HD Webcam"), looks) == [nil, "/dev/video2"])
    }
}
