import Capture
import Foundation
import ImageFiles
import Media
import Testing

/// Recordings that open and give nothing: their state and what is said before they are played.
@Suite struct NothingToShowTests {
    private func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] { Array(name.utf8) + littleEndian(UInt32(body.count)) + body }

    /// An AVI of one picture a second, whose chunks of pictures are given.
    private func avi(_ chunks: [UInt8]) -> [UInt8] {
        var header = Array("vidsMJPG".utf8) + [UInt8](repeating: 0, count: 12)
        header += littleEndian(UInt32(1)) + littleEndian(UInt32(1)) + [UInt8](repeating: 0, count: 28)
        var format = littleEndian(UInt32(40)) + littleEndian(UInt32(32)) + littleEndian(UInt32(16))
        format += littleEndian(UInt16(1)) + littleEndian(UInt16(24)) + Array("MJPG".utf8) + [UInt8](repeating: 0, count: 20)
        let stream = chunk("LIST", Array("strl".utf8) + chunk("strh", header) + chunk("strf", format))
        let body = Array("AVI ".utf8) + chunk("LIST", Array("hdrl".utf8) + stream) + chunk("LIST", Array("movi".utf8) + chunks)
        return chunk("RIFF", body)
    }

    private func picture() throws -> [UInt8] {
        try ImageFiles.encodeJPEG(RGBImage(width: 32, height: 16, pixels: [UInt8](repeating: 90, count: 3 * 32 * 16)), quality: 90)
    }

    private func end(of source: any VideoSource) async throws -> [VideoCaptureEvent] {
        try await source.start()
        var events: [VideoCaptureEvent] = []
        for _ in 0..<50 where events.last != .ended { events += source.read() }
        return events
    }

    /// Frames of no bytes, frames whose length leads beyond the file, and no frame at all.
    @Test func anAVIOfWhichNothingDecodesIsLost() async throws {
        let folder = try TemporaryFolder()
        var empty: [UInt8] = []
        var long: [UInt8] = []
        for _ in 0..<5 {
            empty += chunk("00dc", [])
            long += Array("00dc".utf8) + littleEndian(UInt32(1 << 30)) + [1, 2, 3, 4] as [UInt8]
        }
        let films: [(String, [UInt8])] = [("empty.avi", empty), ("long.avi", long), ("none.avi", [])]
        for (name, chunks) in films {
            let path = try folder.write(name, avi(chunks))
            let refused = #expect(throws: CaptureError.self) { try Sources.requirePictures(.file(path)) }
            #expect(refused?.description.contains(path) == true)
            for loop in [false, true] {
                let source = try Sources.video(.file(path), VideoOptions(loop: loop, realtime: false))
                let events = try await end(of: source)
                #expect(events.last == .ended, "\(name): \(events)")
                #expect(source.status.state == .lost && source.status.detail.contains("nothing of it could be shown"), "\(source.status)")
                #expect(source.status.detail.contains(path))
                await source.stop()
            }
        }
        let good = try folder.write("good.avi", avi(chunk("00dc", try picture())))
        try Sources.requirePictures(.file(good))
        let source = try Sources.video(.file(good), VideoOptions(realtime: false))
        #expect(try await end(of: source).count == 2 && source.status.state == .ended)
    }

    @Test func aFolderOfUnreadablePicturesIsSaidBeforeItIsPlayed() throws {
        let folder = try TemporaryFolder()
        for index in 0..<5 { _ = try folder.write("\(index).jpg", [1, 2, 3]) }
        let refused = #expect(throws: CaptureError.self) { try Sources.requirePictures(.file(folder.path)) }
        #expect(refused?.description.contains("0.jpg") == true)
        // One that can be shown is enough.
        _ = try folder.write("4.jpg", try picture())
        try Sources.requirePictures(.file(folder.path))
    }

    /// Played by the clock a long folder is not over for hours: after three seconds without a picture it is lost, and found again.
    @Test func aFolderThatIsDeletedWhileItPlaysIsLostAndComesBack() throws {
        let folder = try TemporaryFolder()
        for index in 100..<200 { _ = try folder.write("\(index).jpg", try picture()) }
        var player = VideoFilePlayer(
            film: try Film.open(path: folder.path, fps: 1), options: VideoOptions(fps: 1, loop: true), start: .zero)
        func read(_ second: Double) -> [VideoCaptureEvent] { player.read(now: MediaTime(seconds: second)) }
        #expect(read(0).count == 1)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.removeItem(atPath: folder.path + "/" + name)
        }
        var told: [Int] = []
        for second in 1...10 {
            for case .lost(let reason, let remedy) in read(Double(second)) {
                told.append(second)
                #expect(reason.contains("none of its last 4 pictures can be shown") && reason.contains(folder.path) && !remedy.isEmpty)
            }
        }
        #expect(told == [4])
        for index in 100..<200 { _ = try folder.write("\(index).jpg", try picture()) }
        let back = read(11)
        #expect(back.first == .recovered && back.count == 2, "\(back)")
    }

    /// In a loop the folder is gone through again, and nothing is found in the second pass.
    @Test func aFolderThatIsDeletedBetweenTwoPassesIsLost() async throws {
        let folder = try TemporaryFolder()
        for index in 0..<3 { _ = try folder.write("\(index).jpg", try picture()) }
        let source = try Sources.video(.file(folder.path), VideoOptions(loop: true, realtime: false))
        try await source.start()
        for _ in 0..<3 { #expect(source.read().count == 1) }
        try FileManager.default.removeItem(atPath: folder.path)
        var events: [VideoCaptureEvent] = []
        for _ in 0..<10 { events += source.read() }
        #expect(events.last == .ended && source.status.state == .lost)
        #expect(source.status.detail.contains("nothing of it can be shown any more"), "\(source.status.detail)")
        await source.stop()
    }

    /// A header that promises ADPCM, and too little behind it for one block: ffmpeg writes a header of its own and no sound.
    @Test func aWAVOfWhichNothingCanBeHeardIsSaid() throws {
        let folder = try TemporaryFolder()
        var format = littleEndian(UInt16(17)) + littleEndian(UInt16(1)) + littleEndian(UInt32(16_000)) + littleEndian(UInt32(8_110))
        format += littleEndian(UInt16(256)) + littleEndian(UInt16(4)) + littleEndian(UInt16(2)) + littleEndian(UInt16(505))
        let path = try folder.write("a.wav", riff(chunk("fmt ", format) + chunk("data", [1, 2])))
        let refused = #expect(throws: CaptureError.self) { try Sources.requireSound(.file(path)) }
        #expect(refused?.description.contains("ffmpeg gives no sound of it") == true, "\(refused?.description ?? "")")
        #expect(throws: CaptureError.self) { try Sources.audio(.file(path)) }
    }

    /// An AVI with a stream of sound and no chunk of it.
    @Test func soundThatIsPromisedAndMissingIsLost() async throws {
        let folder = try TemporaryFolder()
        var header = Array("auds".utf8) + [UInt8](repeating: 0, count: 16)
        header += littleEndian(UInt32(1)) + littleEndian(UInt32(16_000)) + [UInt8](repeating: 0, count: 28)
        var format = littleEndian(UInt16(1)) + littleEndian(UInt16(1)) + littleEndian(UInt32(16_000)) + littleEndian(UInt32(32_000))
        format += littleEndian(UInt16(2)) + littleEndian(UInt16(16))
        let stream = chunk("LIST", Array("strl".utf8) + chunk("strh", header) + chunk("strf", format))
        let body = Array("AVI ".utf8) + chunk("LIST", Array("hdrl".utf8) + stream) + chunk("LIST", Array("movi".utf8))
        let path = try folder.write("a.avi", chunk("RIFF", body))
        #expect(throws: CaptureError.self) { try Sources.requireSound(.file(path)) }
        let source = try Sources.audio(.file(path), AudioOptions(realtime: false))
        try await source.start()
        let events = source.read(maximumSamples: 100)
        #expect(events.count == 2 && events.last == .ended)
        #expect(source.status.state == .lost && source.status.detail.contains("nothing of it could be heard"), "\(source.status)")
        await source.stop()
    }
}
