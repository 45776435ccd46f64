import Capture
import Foundation
import Testing

@Suite struct DeviceHealthTests {
    private let gone = DeviceFailure(reason: "gone", remedy: "plug in")

    @Test func theLadderIsBoundedAndForEver() {
        var health = DeviceHealth()
        let delays = (0..<100).map { _ in health.failed(gone).retryAfter }
        #expect(delays.prefix(6) == [0.25, 0.5, 1, 2, 4, 5])
        #expect(delays.dropFirst(6).allSatisfy { $0 == 5 })
    }

    @Test func anOutageIsToldOnceAndItsEndOnce() {
        var health = DeviceHealth()
        let forbidden = DeviceFailure(reason: "forbidden", remedy: "group")
        let before = health.delivered()
        let announced = [health.failed(gone).announce, health.failed(gone).announce, health.failed(forbidden).announce]
        let ends = [health.delivered(), health.delivered()]
        let next = health.failed(gone)
        #expect(!before)
        #expect(announced == [true, false, true])
        #expect(ends == [true, false])
        #expect(next == .init(announce: true, retryAfter: 0.25))
    }

    @Test func aDeviceThatHasJustAppearedMayBeForbiddenForAMoment() {
        var health = DeviceHealth()
        let forbidden = DeviceFailure(code: EACCES, device: "v4l2:/dev/video0", group: "video", action: "open")
        var fresh = DeviceHealth()
        let atStart = fresh.failed(forbidden).announce
        let lost = health.failed(gone).announce
        health.deviceAppeared()
        let tries = (0..<4).map { _ in health.failed(forbidden) }
        #expect(atStart && lost)
        #expect(tries.map(\.announce) == [false, false, false, true])
        #expect(tries.map(\.retryAfter) == [0.25, 0.5, 1, 2])
    }

    @Test(arguments: [
        (ENOENT, "no such device", "mmagentctl devices"), (EACCES, "permission denied", "group audio"),
        (EBUSY, "in use by another program", "stop that program"), (ENODEV, "gone", "connect it again"),
        (EMFILE, "failed", "file descriptors"), (EINVAL, "failed", "kernel's log"),
    ])
    func everyFailureHasItsRemedy(code: Int32, reason: String, remedy: String) {
        let failure = DeviceFailure(code: code, device: "alsa:hw:9", group: "audio", action: "open")
        #expect(failure.reason.contains(reason))
        #expect(failure.reason.contains("alsa:hw:9"))
        #expect(failure.remedy.contains(remedy))
    }
}
