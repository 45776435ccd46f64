import Capture
import Foundation
import Media
import Testing

/// The real libasound, on its own `file` and `null` plugins: a recording stands for the microphone, every call is the real one.
@Suite(.serialized) struct ALSADeviceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var rate: Int
        var channels: Int
        var encoding: PCMFormat.Encoding
        var testDescription: String { "\(rate) Hz x \(channels) \(encoding.rawValue)" }
    }

    static let cases: [Case] =
        [8_000, 16_000, 44_100, 48_000].flatMap { rate in
            [1, 2].flatMap { channels in
                [PCMFormat.Encoding.s16, .s32].map { Case(rate: rate, channels: channels, encoding: $0) }
            }
        } + [Case(rate: 48_000, channels: 6, encoding: .f32), Case(rate: 96_000, channels: 2, encoding: .s24)]

    /// One configuration for all, in place of the machine's: set before the first PCM is opened.
    private static let folder: TemporaryFolder? = {
        guard let folder = try? TemporaryFolder() else { return nil }
        var text = "pcm.null { type null }\n"
        // What `microphones` finds: one with something behind it, one of a card that is not there.
        text += "pcm.live { type null hint { show on description \"there\" } }\n"
        text += "pcm.dead { type hw card 31 hint { show on description \"not there\" } }\n"
        for (index, test) in cases.enumerated() {
            let path = "\(folder.path)/\(index).raw"
            text += "pcm.mic\(index) { type file slave.pcm null file /dev/null infile \"\(path)\" format raw }\n"
            try? Data(recording(test)).write(to: URL(fileURLWithPath: path))
        }
        let path = "\(folder.path)/asound.conf"
        try? Data(text.utf8).write(to: URL(fileURLWithPath: path))
        setenv("ALSA_CONFIG_PATH", path, 1)
        return folder
    }()

    /// Half a second of 440 Hz, the same in all channels.
    private static func recording(_ test: Case) -> [UInt8] {
        sine(440, rate: Double(test.rate), count: test.rate / 2).flatMap { sample -> [UInt8] in
            let one: [UInt8] =
                switch test.encoding {
                case .s16: littleEndian(Int16((sample * 32_767).rounded()))
                case .s24: Array(littleEndian(Int32((Double(sample) * 8_388_607).rounded()))[..<3])
                case .f32: littleEndian(sample.bitPattern)
                default: littleEndian(Int32((Double(sample) * 2_147_483_647).rounded()))
                }
            return (0..<test.channels).flatMap { _ in one }
        }
    }

    @Test(arguments: cases.indices)
    func theRecordingComesThrough(index: Int) async throws {
        let test = Self.cases[index]
        try #require(Self.folder != nil)
        var preferences = PCMPreferences()
        preferences.encodings = [test.encoding]
        preferences.rates = [test.rate]
        preferences.channels = [test.channels]
        // No stall: at the end of its recording the plugin gives nothing more, and a slow machine reads late.
        let source = ALSASource(device: "mic\(index)", options: AudioOptions(), stall: .infinity) { [preferences] in
            ALSAHandle(name: "mic\(index)", preferences: preferences)
        }
        let before = MediaTime.now()
        try await source.start()
        var samples: [Float] = []
        var first: MediaTime?
        var events: [AudioCaptureEvent] = []
        let arrived = await eventually {
            for event in source.read(maximumSamples: 16_000) {
                guard case .block(let block) = event else {
                    events.append(event)
                    continue
                }
                if first == nil { first = block.start }
                samples += block.samples
            }
            return samples.count >= 7_000
        }
        let status = source.status
        await source.stop()
        #expect(arrived, "\(status)")
        #expect(events.isEmpty, "\(events)")
        #expect(status.detail == PCMFormat(encoding: test.encoding, rate: test.rate, channels: test.channels).description)
        #expect(status.overruns == 0)
        // The same sine at 16 kHz, from the first sample on (away from the edge, where it begins out of silence).
        let expected = sine(440, rate: 16_000, count: 7_000)
        let worst = (600..<7_000 - 600).map { abs(samples[$0] - expected[$0]) }.max() ?? 1
        #expect(worst < 2e-4, "\(worst)")
        // Media time is this machine's monotonic clock.
        let start = try #require(first)
        #expect(start >= before.adding(seconds: -1) && start <= MediaTime.now())
    }

    @Test func aDeviceThatDoesNotExistIsLostWithAReason() async throws {
        try #require(Self.folder != nil)
        let source = try Sources.audio(.alsa("nosuch"))
        try await source.start()
        var events: [AudioCaptureEvent] = []
        #expect(
            await eventually {
                events += source.read(maximumSamples: 100)
                return !events.isEmpty
            })
        #expect(source.status.state == .lost)
        #expect(source.status.detail.contains("alsa:nosuch: there is no such device"))
        await source.stop()
        guard case .lost(let reason, let remedy) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(reason.contains("no such device"))
        #expect(remedy.contains("mmagentctl devices"))
    }

    /// A device without a clock gives sound at once and without end: it must be held to about real time.
    @Test func aDeviceWithoutAClockIsHeldBack() async throws {
        try #require(Self.folder != nil)
        let source = try Sources.audio(.alsa("null"))
        let begin = MediaTime.now()
        try await source.start()
        var count = 0
        for _ in 0..<40 {
            try await Task.sleep(for: .milliseconds(10))
            for event in source.read(maximumSamples: 1 << 20) {
                if case .block(let block) = event { count += block.samples.count }
            }
        }
        let elapsed = (MediaTime.now() - begin).seconds
        let status = source.status
        await source.stop()
        #expect(status.dropped == 0)
        #expect(count > 0)
        // The allowance of a second, 1 % of drift, and what one read brings.
        #expect(Double(count) / 16_000 < 1.1 + elapsed * 1.01, "\(count) samples in \(elapsed) s")
    }

    @Test func microphonesAreListed() throws {
        try #require(Self.folder != nil)
        let devices = CaptureDevices.microphones()
        #expect(devices.allSatisfy { $0.source.hasPrefix("alsa:") && $0.source != "alsa:null" })
        let names = devices.map(\.source)
        #expect(names.contains("alsa:live") && !names.contains("alsa:dead"), "\(names)")
        _ = CaptureDevices.cameras()  // there may be none
    }
}
