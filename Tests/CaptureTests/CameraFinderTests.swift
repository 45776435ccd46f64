import Capture
import Testing

@Suite struct CameraFinderTests {
    private let left = CameraIdentity(card: "HD Webcam", bus: "usb-1"), right = CameraIdentity(card: "HD Webcam", bus: "usb-2")
    private let grabber = CameraIdentity(card: "Grabber", bus: "pci-3")

    @Test func aNodeIsTakenAsItIsWrittenUntilItsCameraIsKnown() {
        #expect(CameraFinder.node(wanted: "/dev/video7", known: nil, nodes: [("/dev/video0", left)]) == "/dev/video7")
    }

    @Test func aKnownCameraIsFoundUnderAnotherNumber() {
        #expect(
            CameraFinder.node(wanted: "/dev/video0", known: left, nodes: [("/dev/video0", grabber), ("/dev/video2", left)]) == "/dev/video2"
        )
    }

    @Test func inAnotherPlugItIsFoundIfThereIsNoDoubt() {
        #expect(CameraFinder.node(wanted: "/dev/video0", known: left, nodes: [("/dev/video3", right)]) == "/dev/video3")
        let doubt = CameraFinder.node(
            wanted: "/dev/video0", known: CameraIdentity(card: "HD Webcam", bus: "usb-9"),
            nodes: [("/dev/video3", right), ("/dev/video4", left)])
        #expect(doubt == "/dev/video0")
    }

    @Test func aNameFindsTheFirstCameraThatHasIt() {
        #expect(
            CameraFinder.node(wanted: "HD Webcam", known: nil, nodes: [("/dev/video1", grabber), ("/dev/video2", right)]) == "/dev/video2")
        #expect(CameraFinder.node(wanted: "HD Webcam", known: nil, nodes: [("/dev/video1", grabber)]) == nil)
    }
}
