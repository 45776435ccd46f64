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
        #expect(film.rate.numerator == 5_000 && film.detail == "MJPEG, 5 frames/s")
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
        #expect(film.detail == "1 picture, 1 frames/s")
    }

    /// Frames that can be read, nil for those that cannot.
    private func rest(_ film: consuming Film) -> [Int?] {
        var values: [Int?] = []
        for _ in 0..<50 {
            do throws(CaptureError) {
                guard let image = try film.next() else { return values }
                values.append(value(image))
            } catch {
                values.append(nil)
            }
        }
        return values
    }

    /// Of a noisy picture, so that a cut takes rows away: grey of value 20 i + 30 in the mean.
    private func noisy(_ index: Int) throws -> [UInt8] {
        var random = SplitMix(seed: UInt64(index))
        let pixels = (0..<48 * 64).flatMap { _ in
            let noise = Int.random(in: -25...25, using: &random)
            return [UInt8](repeating: UInt8(20 * index + 30 + noise), count: 3)
        }
        return try ImageFiles.encodeJPEG(RGBImage(width: 48, height: 64, pixels: pixels), quality: 95)
    }

    private func expect(_ values: [Int?], near expected: [Int?]) {
        #expect(values.count == expected.count, "\(values)")
        for (value, wanted) in zip(values, expected) {
            #expect((value == nil) == (wanted == nil) && abs((value ?? 0) - (wanted ?? 0)) <= 4, "\(values) \(expected)")
        }
    }

    @Test(arguments: 0..<3) func aCutFrameIsPassedOver(which: Int) throws {
        let folder = try TemporaryFolder()
        var parts = try (0..<3).map(noisy)
        parts[which].removeLast(parts[which].count / 2)
        var wanted: [Int?] = [30, 50, 70]
        wanted[which] = nil
        let path = try folder.write("a.mjpeg", parts.flatMap { $0 })
        expect(rest(try Film.open(path: path, fps: nil)), near: wanted)
        // By its contents, too, whatever its name is.
        let other = try folder.write("b.jpg", parts.flatMap { $0 })
        if which > 0 { expect(rest(try Film.open(path: other, fps: nil)), near: wanted) }
    }

    @Test func aFilmThatBeginsInTheMiddleOfAPicture() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.mjpeg", try noisy(0).suffix(700) + noisy(1) + noisy(2))
        expect(rest(try Film.open(path: path, fps: nil)), near: [50, 70])
    }

    @Test func paddingAndMissingEndsBetweenPictures() throws {
        let folder = try TemporaryFolder()
        let padded = try jpeg(0) + [UInt8](repeating: 0, count: 700) + jpeg(1) + [0xFF, 0xFF] + jpeg(2).dropLast(2) + jpeg(3)
        var film = try Film.open(path: try folder.write("a.mjpeg", padded), fps: nil)
        var values: [Int?] = []
        while let image = try film.next() { values.append(value(image)) }
        expect(values, near: [30, 50, 70, 90])
        #expect(film.takeWarnings() == 1)
    }

    /// A preview, a gain map, the other eye: the picture is the first one.
    @Test func aStillThatHoldsASecondPictureIsAStill() throws {
        let folder = try TemporaryFolder()
        let preview = try ImageFiles.encodeJPEG(RGBImage(width: 16, height: 8), quality: 80)
        let announced = Pictures.inserting(0xE2, Array("MPF\0".utf8) + [UInt8](repeating: 0, count: 20), into: try jpeg(2))
        for bytes in [try jpeg(2) + preview, try announced + jpeg(4), try jpeg(2) + [UInt8](repeating: 7, count: 5_000)] {
            let film = try Film.open(path: try folder.write("a.jpg", bytes), fps: nil)
            #expect(film.detail == "1 picture, 1 frames/s")
            expect(rest(film), near: [70])
        }
    }

    // MARK: AVI

    @Test(arguments: [[String](), ["-vf", "scale=64:32"]]) func anAVIOfFFmpegIsReadWithItsSound(extra: [String]) throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-i", "in.wav"] + extra + ["-c:v", "mjpeg", "-q:v", "2", "-c:a", "pcm_s16le", "a.avi"])
        let path = folder.path + "/a.avi"
        expect(try values(path), near: Self.shown)
        var film = try Film.open(path: path, fps: nil)
        #expect(film.rate.numerator == 4 * film.rate.denominator && film.detail == "AVI, \(extra.isEmpty ? "32x16" : "64x32"), 4 frames/s")
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
        let frames = rest(try Film.open(path: cut, fps: nil))
        #expect((2..<8).contains(frames.count) && frames.last == .some(nil) && frames.dropLast().allSatisfy { $0 != nil })
    }

    private func le(_ value: Int) -> [UInt8] { littleEndian(UInt32(value)) }

    /// An AVI of JPEG pictures at 4 a second; nil is a chunk of no bytes.
    private func avi(_ pictures: [[UInt8]?]) -> [UInt8] {
        let header = Array("vidsMJPG".utf8) + [UInt8](repeating: 0, count: 12) + le(1) + le(4) + [UInt8](repeating: 0, count: 28)
        let format = le(40) + le(48) + le(64) + [1, 0, 24, 0] + Array("MJPG".utf8) + [UInt8](repeating: 0, count: 20)
        let lists = chunk("LIST", Array("hdrl".utf8) + chunk("LIST", Array("strl".utf8) + chunk("strh", header) + chunk("strf", format)))
        let movi = Array("movi".utf8) + pictures.flatMap { chunk("00dc", $0 ?? []) }
        let body = Array("AVI ".utf8) + lists + chunk("LIST", movi)
        return chunk("RIFF", body)
    }

    /// A film of variable rate keeps its time.
    @Test func chunksOfNoBytesRepeatThePicture() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.avi", avi([try noisy(1), nil, nil, try noisy(3), nil]))
        expect(rest(try Film.open(path: path, fps: nil)), near: [50, 50, 50, 90, 90])
        var film = try Film.open(path: path, fps: nil)
        #expect(try film.skip() && film.skip())
        let third = try film.next()
        #expect(abs(value(third) - 50) <= 4)
    }

    /// The damaged one is passed over, and what repeats it shows the last that could be read.
    @Test func damageInAnAVIIsPassedOver() throws {
        let folder = try TemporaryFolder()
        let cut = Array(try noisy(2).prefix(900))
        let path = try folder.write("a.avi", avi([try noisy(0), cut, nil, try noisy(3)]))
        expect(rest(try Film.open(path: path, fps: nil)), near: [30, nil, 30, 90])
        // Bytes that are no chunk, and a length that leads nowhere.
        let sound = avi([try noisy(0), try noisy(1), try noisy(2), try noisy(3)])
        let second = try #require(sound.indices.dropFirst(300).first { sound[$0...].starts(with: "00dc".utf8) && $0 > 1200 })
        var garbage = sound
        garbage.replaceSubrange(second..<second + 8, with: [1, 2, 3, 4, 5, 6, 7, 8])
        expect(rest(try Film.open(path: try folder.write("b.avi", garbage), fps: nil)), near: [30, nil, 70, 90])
        var length = sound
        length.replaceSubrange(second + 4..<second + 8, with: [0xFF, 0xFF, 0xFF, 0x3F])
        expect(rest(try Film.open(path: try folder.write("c.avi", length), fps: nil)), near: [30, nil, 70, 90])
    }

    /// Bytes of a frame are missing: its place is found again.
    @Test func aY4MWithMissingBytesGoesOn() throws {
        let frames = (0..<4).map { [UInt8](repeating: UInt8(40 + $0), count: 600) }
        var bytes = y4m("W20 H20 C420 XCOLORRANGE=FULL", frames: frames)
        bytes.removeSubrange(700..<900)
        let folder = try TemporaryFolder()
        let values = rest(try Film.open(path: try folder.write("a.y4m", bytes), fps: nil))
        #expect(
            values.count(where: { $0 == nil }) == 1 && values.count(where: { $0 != nil }) >= 2 && values.last != .some(nil), "\(values)")
    }

    @Test func damagedHeadersAreRefusedAndNeverCrash() throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-i", "in.wav", "-c:v", "mjpeg", "-c:a", "pcm_s16le", "a.avi"])
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/a.avi")))
        var random = SplitMix(seed: 4)
        for _ in 0..<fuzzCount(300) {
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

    /// Formats of WAV that are not read here.
    @Test(arguments: ["adpcm_ima_wav", "adpcm_ms"]) func compressedWAVGoesThroughFFmpeg(coder: String) throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.wav", "-c:a", coder, "a.wav"])
        var sound = try SoundTrack.open(path: folder.path + "/a.wav")
        #expect(sound.detail == "WAV through ffmpeg" && sound.rate == 16_000)
        var energy: Float = 0
        var count = 0
        while case let piece = sound.read(limit: 4_000, channel: nil), !piece.isEmpty {
            count += piece.count
            energy += piece.reduce(0) { $0 + $1 * $1 }
        }
        #expect(abs(count - 32_000) < 2_100 && abs(energy / Float(count) - 0.125) < 0.01)
    }

    @Test(arguments: ["pcm_alaw", "pcm_mulaw", "pcm_f64le", "pcm_f32le"]) func whatFFmpegWritesIsReadHere(coder: String) throws {
        let folder = try TemporaryFolder()
        try material(folder)
        for name in ["a.wav", "b.avi"] where name == "a.wav" || coder != "pcm_f64le" {
            try ffmpeg(folder, ["-i", "in.wav"] + (name == "b.avi" ? ["-i", "in.y4m", "-c:v", "mjpeg"] : []) + ["-c:a", coder, name])
            var sound = try SoundTrack.open(path: folder.path + "/" + name)
            #expect(!sound.detail.contains("ffmpeg"))
            var samples: [Float] = []
            while case let piece = sound.read(limit: 700, channel: nil), !piece.isEmpty { samples += piece }
            #expect(samples.count == 32_000)
            // G.711 keeps 13 bits' worth near zero and some 5 near full scale.
            #expect(
                zip(samples, sine(440, rate: 16_000, count: 32_000)).allSatisfy { abs($0 - $1) < (coder.contains("law") ? 0.02 : 1e-3) })
        }
    }

    @Test func anMP4IsPlayedThroughFFmpegWithItsSound() throws {
        let folder = try TemporaryFolder()
        try material(folder)
        try ffmpeg(folder, ["-i", "in.y4m", "-i", "in.wav", "-c:v", "mpeg4", "-q:v", "1", "-c:a", "aac", "a.mp4"])
        let path = folder.path + "/a.mp4"
        expect(try values(path), near: Self.shown)
        var film = try Film.open(path: path, fps: nil)
        #expect(film.detail == "through ffmpeg, 32x16, 4 frames/s")
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
