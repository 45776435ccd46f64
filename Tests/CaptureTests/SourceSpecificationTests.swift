import Capture
import Testing

@Suite struct SourceSpecificationTests {
    @Test func allKindsAreReadAndWrittenBack() throws {
        for (text, expected) in [
            ("alsa:hw:1,0", SourceSpecification.alsa("hw:1,0")), ("v4l2:/dev/video0", .v4l2("/dev/video0")),
            ("v4l2:HD Webcam", .v4l2("HD Webcam")),
            ("file:a:b.wav", .file("a:b.wav")), ("none", .none),
        ] {
            let specification = try SourceSpecification(text)
            #expect(specification == expected)
            #expect(specification.description == text)
        }
    }

    @Test(arguments: [
        ("", "empty"), ("default", "before the name"), ("alsa:", "device name is missing"), ("v4l2:video0", "absolute path"),
        ("v4l2:", "camera is missing"),
        ("file:", "path is missing"), ("rtsp://x", "'rtsp' is not a kind"), ("file:a\0b", "NUL"), ("ALSA:x", "'ALSA'"),
        (String(repeating: "x", count: 5000), "5000 bytes"),
    ])
    func whatIsWrongIsNamed(text: String, part: String) {
        let error = #expect(throws: CaptureError.self) { try SourceSpecification(text) }
        #expect(error?.description.contains(part) == true)
        #expect(error?.description.contains("alsa:NAME, v4l2:/dev/videoN, file:PATH or none") == true)
    }

    @Test func mediaAreNotMixedUp() throws {
        #expect(throws: CaptureError.self) { try Sources.audio(.v4l2("/dev/video0")) }
        #expect(throws: CaptureError.self) { try Sources.video(.alsa("default")) }
        #expect(throws: CaptureError.self) { try Sources.video(.v4l2("/dev/video0"), VideoOptions(width: 0)) }
        #expect(throws: CaptureError.self) { try Sources.video(.v4l2("/dev/video0"), VideoOptions(fps: .nan)) }
        #expect(throws: CaptureError.self) { try Sources.audio(.alsa("default"), AudioOptions(channel: -1)) }
    }

    @Test func noneIsSilentAndHealthy() async throws {
        let source = try Sources.audio(.none)
        try await source.start()
        #expect(source.read(maximumSamples: 100).isEmpty)
        #expect(source.status.state == .stopped)
        #expect(source.status.source == "none")
        await source.stop()
    }
}
