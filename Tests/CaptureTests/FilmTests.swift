import Capture
import Foundation
import ImageFiles
import Media
import Testing

/// Films of more kinds than Y4M, some of them written by ffmpeg itself.
@Suite struct FilmTests {
    /// Frame i is grey of value 20 i + 30.
    private func picture(_ index: Int) -> RGBImage {
        RGBImage(width: 32, height: 16, pixels: [UInt8](repeating: UInt8(20 * index + 30), count: 3 * 32 * 16))
    }

    private func jpeg(_ index: Int) throws -> [UInt8] { try ImageFiles.encodeJPEG(picture(index), quality: 95) }

    private func value(_ image: RGBImage?) -> Int {
        guard let pixels = image?.pixels, !pixels.isEmpty else { return -1 }
        return pixels.reduce(0) { $0 + Int($1) } / pixels.count
    }

    /// All frames, decoded.
    private func values(_ path: String) throws -> [Int] {
        var film = try Film.open(path: path, fps: nil)
        var values: [Int] = []
        while let image = try film.next() { values.append(value(image)) }
        return values
    }

    private func expect(_ values: [Int], near expected: [Int], within distance: Int = 3) {
        #expect(values.count == expected.count)
        for (value, wanted) in zip(values, expected) { #expect(abs(value - wanted) <= distance, "\(values) \(expected)") }
    }

    /// How `material`'s luma, of limited range, is shown.
    private static let shown = (0..<8).map { Int((Double(20 * $0 + 30 - 16) * 255 / 219).rounded()) }

    /// Runs ffmpeg in a folder; its errors are the test's.
    private func ffmpeg(_ folder: TemporaryFolder, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-nostdin", "-v", "error", "-y"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ffmpeg \(arguments.joined(separator: " "))")
    }

    /// A film of eight grey frames at 4 a second, and two seconds of a tone.
    private func material(_ folder: TemporaryFolder) throws {
        _ = try folder.write(
            "in.y4m",
            y4m(
                "W32 H16 F4:1 C420jpeg",
                frames: (0..<8).map { [UInt8](repeating: UInt8(20 * $0 + 30), count: 512) + [UInt8](repeating: 128, count: 256) }))
        _ = try folder.write("in.wav", wav(sine(440, rate: 16_000, count: 32_000)))
    }

    // MARK: MJPEG

    @Test func picturesInOneFileAreAFilm() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.mjpeg", try (0..<5).flatMap(jpeg))
        expect(try values(path), near: [30, 50, 70, 90, 110])
        var film = try Film.open(path: path, fps: 5)
        #expect(film.rate.numerator == 5_000 && film.detail == "MJPEG, 5.0 frames/s")
        let skipped = try film.skip()
        #expect(skipped)
        let second = try film.next()
        #expect(abs(value(second) - 50) <= 3)
        try film.rewind()
        let first = try film.next()
        #expect(abs(value(first) - 30) <= 3)
    }

    @Test func onePictureIsNoFilm() throws {
        let folder = try TemporaryFolder()
        let film = try Film.open(path: try folder.write("a.jpg", try jpeg(2)), fps: nil)
        #expect(film.detail == "1 picture, 1.0 frames/s")
    }

    @Test func aCutFrameIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.mjpeg", try jpeg(0) + jpeg(1) + jpeg(2).dropLast(40))
        var film = try Film.open(path: path, fps: nil)
        _ = try film.next()
        _ = try film.next()
        #expect { _ = try film.next() } throws: { "\($0)".contains("frame 2") && "\($0)".contains("cut off") }
    }

    // MARK: AVI

    @Test(arguments: [[String](), ["-vf", "scale=64:32"]]) func anAVIOfFFmpegIsReadWithItsSound(extra: [String]) throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-i", "in.wav"] + extra + ["-c:v", "mjpeg", "-q:v", "2", "-c:a", "pcm_s16le", "a.avi"])
        let path = folder.path + "/a.avi"
        expect(try values(path), near: Self.shown)
        var film = try Film.open(path: path, fps: nil)
        #expect(film.rate.numerator == 4 * film.rate.denominator && film.detail.hasPrefix("AVI, \(extra.isEmpty ? "32x16" : "64x32"), 4.0"))
        for _ in 0..<8 { #expect(try film.skip()) }
        #expect(try !film.skip())
        try film.rewind()
        #expect(try film.skip())

        var sound = try SoundTrack.open(path: path)
        #expect(sound.rate == 16_000)
        var samples: [Float] = []
        while case let piece = sound.read(limit: 700, channel: nil), !piece.isEmpty { samples += piece }
        #expect(samples.count == 32_000)
        #expect(zip(samples, sine(440, rate: 16_000, count: 32_000)).allSatisfy { abs($0 - $1) < 1e-3 })
        try sound.rewind()
        #expect(sound.read(limit: 10, channel: nil) == Array(samples.prefix(10)))
    }

    @Test func aCutAVIPlaysUpToThere() throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-c:v", "mjpeg", "a.avi"])
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/a.avi")))
        let pictures = try #require(whole.indices.first { whole[$0...].starts(with: "movi".utf8) })
        let end = whole.indices.last { whole[$0...].starts(with: "idx1".utf8) } ?? whole.count
        let cut = try folder.write("cut.avi", Array(whole.prefix((pictures + end) / 2)))
        var film = try Film.open(path: cut, fps: nil)
        var shown = 0
        #expect(throws: CaptureError.self) { while try film.next() != nil { shown += 1 } }
        #expect((1..<8).contains(shown))
    }

    @Test func damagedHeadersAreRefusedAndNeverCrash() throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-i", "in.wav", "-c:v", "mjpeg", "-c:a", "pcm_s16le", "a.avi"])
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/a.avi")))
        var random = SplitMix(seed: 4)
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<3 { bytes[Int.random(in: 0..<400, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            guard var file = try? AVIFile(ByteReader(bytes), path: "x.avi") else { continue }
            for _ in 0..<20 { guard (try? file.next()) != nil else { break } }
            file.rewind()
            for _ in 0..<20 where file.readSound(limit: 4_000, channel: nil).isEmpty { break }
        }
        for text in ["RIFF", "RIFF0000AVI ", "RIFF0000AVI LIST"] {
            #expect(throws: CaptureError.self) { _ = try Film.open(path: try folder.write("b.avi", Array(text.utf8)), fps: nil) }
        }
    }

    // MARK: ffmpeg

    @Test func anMP4IsPlayedThroughFFmpegWithItsSound() throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-i", "in.wav", "-c:v", "mpeg4", "-q:v", "1", "-c:a", "aac", "a.mp4"])
        let path = folder.path + "/a.mp4"
        expect(try values(path), near: Self.shown)
        var film = try Film.open(path: path, fps: nil)
        #expect(film.detail == "through ffmpeg, 32x16, 4.0 frames/s")
        _ = try film.next()
        try film.rewind()
        let first = try film.next()
        #expect(abs(value(first) - Self.shown[0]) <= 3)

        var sound = try SoundTrack.open(path: path)
        var count = 0
        var energy: Float = 0
        while case let piece = sound.read(limit: 4_000, channel: nil), !piece.isEmpty {
            count += piece.count
            energy += piece.reduce(0) { $0 + $1 * $1 }
        }
        // AAC adds up to a frame of 1024 samples at either end.
        #expect(abs(count - 32_000) < 2_100)
        #expect(abs(energy / Float(count) - 0.125) < 0.01)
    }

    @Test func whatFFmpegCannotReadIsSaidInItsWords() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.bin", [UInt8](repeating: 0, count: 20))
        #expect { _ = try Film.open(path: path, fps: nil) } throws: { "\($0)".contains("ffmpeg gives no pictures of it: ") }
        #expect { _ = try SoundTrack.open(path: path) } throws: { "\($0)".contains("ffmpeg gives no sound of it: ") }
    }

    @Test func withoutFFmpegTheRemedyIsNamed() {
        #expect(FFmpeg.find(along: "/nowhere:/proc") == nil)
        let text = FFmpeg.missing(.sound, path: "a.mp3", kind: "an MP3 file").description
        #expect(text.contains("apt install ffmpeg") && text.contains("WAV"))
    }
}
