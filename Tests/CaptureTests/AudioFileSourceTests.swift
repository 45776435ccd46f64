import Capture
import Foundation
import Media
import Testing

@Suite struct AudioFileSourceTests {
    private func blocks(_ events: [AudioCaptureEvent]) -> [AudioBlock] {
        events.compactMap { if case .block(let block) = $0 { block } else { nil } }
    }

    private func player(_ bytes: [UInt8], _ options: AudioOptions, start: MediaTime = .zero) throws -> AudioFilePlayer {
        AudioFilePlayer(file: SoundTrack(wav: try WAVFile(ByteReader(bytes), path: "x.wav")), options: options, start: start)
    }

    @Test func asFastAsPossibleGivesExactlyTheFileForAnyPieces() throws {
        let samples = sine(440, rate: 44_100, count: 44_100)
        for most in [1_000_000, 640, 77] {
            var player = try player(wav(samples, rate: 44_100, channels: 2), AudioOptions(realtime: false, origin: MediaTime(seconds: 3)))
            var output: [Float] = []
            var ended = false
            while !ended {
                for event in player.read(maximumSamples: most, now: .zero) {
                    if case .block(let block) = event {
                        #expect(block.start == MediaTime(seconds: 3) + MediaTime(index: output.count, rate: 16_000))
                        output += block.samples
                    }
                    if event == .ended { ended = true }
                }
            }
            #expect(output.count == 16_000)
            let expected = sine(440, rate: 16_000, count: 16_000)
            #expect(zip(output, expected).dropFirst(600).dropLast(600).allSatisfy { abs($0 - $1) < 1e-3 })
            #expect(player.read(maximumSamples: 10, now: .zero).isEmpty)
        }
    }

    @Test func realTimeGivesWhatIsDueAndNoMore() throws {
        var player = try player(wav(sine(440, rate: 16_000, count: 16_000)), AudioOptions(), start: MediaTime(seconds: 100))
        #expect(blocks(player.read(maximumSamples: 9999, now: MediaTime(seconds: 100))).isEmpty)
        let first = blocks(player.read(maximumSamples: 99_999, now: MediaTime(seconds: 100.25)))
        #expect(first.map(\.samples.count) == [4_000])
        #expect(first[0].start == MediaTime(seconds: 100))
        #expect(blocks(player.read(maximumSamples: 99_999, now: MediaTime(seconds: 100.25))).isEmpty)
        let second = player.read(maximumSamples: 99_999, now: MediaTime(seconds: 107))
        #expect(blocks(second).map(\.samples.count) == [12_000])
        #expect(blocks(second)[0].start == MediaTime(seconds: 100.25))
        #expect(second.last == .ended)
    }

    @Test func loopingContinuesTime() throws {
        let samples = sine(440, rate: 16_000, count: 1000)
        var player = try player(wav(samples), AudioOptions(loop: true, realtime: false, origin: .zero))
        let block = blocks(player.read(maximumSamples: 2500, now: .zero))[0]
        #expect(block.samples.count == 2500)
        #expect(Array(block.samples[1000..<2000]) == Array(block.samples[..<1000]))
        let next = blocks(player.read(maximumSamples: 10, now: .zero))[0]
        #expect(next.start == MediaTime(index: 2500, rate: 16_000))
        #expect(next.samples[0] == block.samples[500])
    }

    /// A recording that is emptied while it loops ends, and its reader is told; it must not spin.
    @Test func aFileCutWhileItLoopsEnds() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.wav", wav(sine(440, rate: 16_000, count: 100_000)))
        let source = try Sources.audio(.file(path), AudioOptions(loop: true, realtime: false))
        try await source.start()
        #expect(blocks(source.read(maximumSamples: 1000)).count == 1)
        truncate(path, 44)
        let events = source.read(maximumSamples: 1_000_000)
        #expect(events.last == .ended)
        #expect(source.status.state == .lost && source.status.detail.contains("nothing of it can be heard any more"))
        await source.stop()
    }

    /// A reader that slept loses the oldest, sees the gap, and goes on at the right place.
    @Test func aSlowReaderOfARealTimeFileSeesAGap() throws {
        var player = try player(wav(sine(3, rate: 16_000, count: 16_000)), AudioOptions(loop: true), start: .zero)
        let events = player.read(maximumSamples: 100, now: MediaTime(seconds: 100))
        #expect(events.first == .gap(start: .zero, seconds: 85, reason: GapCause.overflow.description))
        #expect(blocks(events).first?.start == MediaTime(seconds: 85))
    }

    @Test func aSourceStartsStopsAndStartsAgain() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.wav", wav(sine(440, rate: 16_000, count: 500)))
        let source = try Sources.audio(.file(path), AudioOptions(realtime: false, origin: .zero))
        #expect(source.status.state == .stopped)
        #expect(source.read(maximumSamples: 10).isEmpty)
        var runs: [[AudioCaptureEvent]] = []
        for _ in 0..<2 {
            try await source.start()
            try await source.start()  // a second time does nothing
            #expect(source.status.state == .running)
            #expect(source.status.detail.contains("16000 Hz"))
            runs.append(source.read(maximumSamples: 1000))
            #expect(source.status.state == .ended)
            #expect(source.status.delivered == 500)
            await source.stop()
            #expect(source.status.state == .stopped)
            #expect(source.read(maximumSamples: 10).isEmpty)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].count == 2)
    }

    @Test func badFilesAreErrorsAtOnce() async throws {
        let folder = try TemporaryFolder()
        func failure(_ specification: SourceSpecification) -> String {
            do {
                _ = try Sources.audio(specification)
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(failure(.file(folder.path + "/missing.wav")).contains("No such file"))
        #expect(failure(.file(folder.path)).contains("not a source of sound"))
        #expect(failure(.file("/dev/null")).contains("not a regular file"))
        #expect(failure(.file(try folder.write("a", Array("OggS....".utf8)))).contains("an Ogg file"))
        #expect(failure(.file(try folder.write("a", Array("fLaC....".utf8)))).contains("ffmpeg"))
        #expect(failure(.file(try folder.write("a", y4m("W1 H1 Cmono", frames: [[0]])))).contains("it holds pictures"))
        #expect(failure(.file(try folder.write("a", []))).contains("an empty file"))
        let path = try folder.write("b.wav", wav([0, 0]))
        let source = try Sources.audio(.file(path))
        try FileManager.default.removeItem(atPath: path)
        await #expect(throws: CaptureError.self) { try await source.start() }
        #expect(source.status.state == .stopped)
    }

    @Test func aFileThatLiesIsPlayedWithAWarning() async throws {
        let folder = try TemporaryFolder()
        let bytes = riff(formatChunk(channels: 1, rate: 16_000, bits: 16) + chunk("data", [0, 1, 0, 1], length: 9_999))
        let source = try Sources.audio(.file(try folder.write("a.wav", bytes)), AudioOptions(realtime: false))
        try await source.start()
        #expect(source.status.detail.contains("claims 9999 bytes of sound, the file has 4"))
        #expect(blocks(source.read(maximumSamples: 100)).map(\.samples.count) == [2])
        await source.stop()
    }
}
