import Capture
import Foundation
import ImageFiles
import Media
import Testing

@Suite struct VideoFileSourceTests {
    /// A grey film: frame i is all of value i.
    private func film(_ folder: TemporaryFolder, count: Int, rate: String = "10:1") throws -> String {
        try folder.write(
            "film.y4m",
            y4m("W2 H2 F\(rate) Cmono XCOLORRANGE=FULL", frames: (0..<count).map { [UInt8](repeating: UInt8($0), count: 4) }))
    }

    private func player(_ path: String, _ options: VideoOptions, start: MediaTime = .zero) throws -> VideoFilePlayer {
        VideoFilePlayer(film: try Film.open(path: path, fps: options.fps), options: options, start: start)
    }

    private func frames(_ events: [VideoCaptureEvent]) -> [VideoFrame] {
        events.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    private func value(_ frame: VideoFrame?) -> Int { Int(frame?.image.pixels[0] ?? 255) }

    @Test func asFastAsPossibleDropsNothing() throws {
        let folder = try TemporaryFolder()
        var player = try player(
            try film(folder, count: 5, rate: "30000:1001"), VideoOptions(realtime: false, origin: MediaTime(seconds: 7)))
        for index in 0..<5 {
            let events = player.read(now: .zero)
            #expect(events.count == 1)
            let frame = frames(events).first
            #expect(value(frame) == index)
            #expect(frame?.sequence == index)
            #expect(frame?.time == MediaTime(seconds: 7) + MediaTime(index: index * 1001, rate: 30_000))
        }
        let end = player.read(now: .zero)
        #expect(end == [.ended])
        let after = player.read(now: .zero)
        #expect(after.isEmpty)
    }

    @Test func realTimeShowsTheNewestAndCountsTheRest() throws {
        let folder = try TemporaryFolder()
        var player = try player(try film(folder, count: 20), VideoOptions(), start: MediaTime(seconds: 50))
        let first = player.read(now: MediaTime(seconds: 50))
        #expect(first.count == 1)
        #expect(value(frames(first).first) == 0)
        let early = player.read(now: MediaTime(seconds: 50.09))
        #expect(early.isEmpty)
        let second = player.read(now: MediaTime(seconds: 50.1))
        #expect(frames(second).first?.time == MediaTime(seconds: 50.1))
        let late = player.read(now: MediaTime(seconds: 51.05))
        #expect(late.first == .dropped(count: 8))
        #expect(value(frames(late).first) == 10)
        #expect(frames(late).first?.time == MediaTime(seconds: 51))
        #expect(frames(late).first?.sequence == 10)
        let end = player.read(now: MediaTime(seconds: 60))
        #expect(end == [.ended])
    }

    @Test func loopingContinuesTimeAlsoAfterALongSleep() throws {
        let folder = try TemporaryFolder()
        let path = try film(folder, count: 5)
        var fast = try player(path, VideoOptions(loop: true, realtime: false, origin: .zero))
        for index in 0..<23 {
            let frame = frames(fast.read(now: .zero)).first
            #expect(value(frame) == index % 5)
            #expect(frame?.time == MediaTime(index: index, rate: 10))
        }
        var paced = try player(path, VideoOptions(loop: true), start: .zero)
        for (seconds, index) in [(0.0, 0), (0.72, 7), (100_000.31, 1_000_003)] {
            let frame = frames(paced.read(now: MediaTime(seconds: seconds))).first
            #expect(value(frame) == index % 5)
            #expect(frame?.time == MediaTime(index: index, rate: 10))
            #expect(frame?.sequence == index)
        }
    }

    @Test func aLowerRateThinsEvenly() throws {
        let folder = try TemporaryFolder()
        let path = try film(folder, count: 20)
        var fast = try player(path, VideoOptions(fps: 4, realtime: false, origin: .zero))
        var shown: [Int] = []
        while let frame = frames(fast.read(now: .zero)).first { shown.append(value(frame)) }
        #expect(shown == [0, 3, 5, 8, 10, 13, 15, 18])
        var paced = try player(path, VideoOptions(fps: 4), start: .zero)
        let first = paced.read(now: MediaTime(seconds: 0.2))
        let none = paced.read(now: MediaTime(seconds: 0.25))
        let next = paced.read(now: MediaTime(seconds: 0.69))
        #expect(value(frames(first).first) == 0)
        #expect(none.isEmpty)
        #expect(next.first == .dropped(count: 1))
        #expect(value(frames(next).first) == 5)
        #expect(frames(next).first?.sequence == 2)
    }

    @Test func aFolderPlaysInTheOrderOfNames() throws {
        let folder = try TemporaryFolder()
        for (name, grey) in [("b.png", 2), ("a.PNG", 1), ("c10.png", 4), ("c1.png", 3), (".hidden.png", 9), ("notes.txt", 9)] {
            _ = try folder.write(name, png(width: 1, height: 1, colour: 0, rows: [0, UInt8(grey)]))
        }
        var player = try player(folder.path, VideoOptions(fps: 2, realtime: false, origin: .zero))
        var shown: [(Int, MediaTime)] = []
        while let frame = frames(player.read(now: .zero)).first { shown.append((value(frame), frame.time)) }
        #expect(shown.map(\.0) == [1, 2, 3, 4])
        #expect(shown.map(\.1.seconds) == [0, 0.5, 1, 1.5])
    }

    @Test func oneDamagedPictureIsToldAndPassedOver() async throws {
        let folder = try TemporaryFolder()
        for name in ["a.png", "c.png"] { _ = try folder.write(name, png(width: 1, height: 1, colour: 0, rows: [0, 5])) }
        _ = try folder.write("b.png", [0x89, 0x50])
        let source = try Sources.video(.file(folder.path), VideoOptions(realtime: false))
        try await source.start()
        #expect(frames(source.read()).count == 1)
        let next = source.read()
        guard case .damaged(let count, let reason, let remedy) = next.first else {
            Issue.record("no damage was told")
            return
        }
        #expect(count == 1)
        #expect(reason.contains("b.png"))
        #expect(remedy.contains("replace"))
        #expect(frames(next).first?.sequence == 2)
        #expect(source.status.state == .running)
        #expect(source.read() == [.ended])
        #expect(source.status.delivered == 2 && source.status.damaged == 1)
        await source.stop()
    }

    @Test func aFolderOfDamagedPicturesEndsAlsoInALoop() async throws {
        let folder = try TemporaryFolder()
        for name in ["a.png", "b.jpg"] { _ = try folder.write(name, [1, 2, 3]) }
        let source = try Sources.video(.file(folder.path), VideoOptions(loop: true, realtime: false))
        try await source.start()
        var events: [VideoCaptureEvent] = []
        for _ in 0..<10 { events += source.read() }
        #expect(events.count == 3)
        guard case .damaged(2, _, _) = events[0], case .lost(let reason, _) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(reason.contains("nothing of it could be shown") && reason.contains("a.png"))
        #expect(events.last == .ended && source.status.state == .lost && source.status.detail.contains("a.png"))
        await source.stop()
    }

    @Test func aFilmThatIsCutOffIsNamed() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("cut.y4m", y4m("W2 H2 Cmono", frames: [[1, 1, 1, 1], [2, 2]]))
        let once = try Sources.video(.file(path), VideoOptions(realtime: false))
        try await once.start()
        #expect(frames(once.read()).count == 1)
        let end = once.read()
        #expect(end.count == 2)
        guard case .damaged(1, let reason, _) = end.first else {
            Issue.record("no damage was told")
            return
        }
        #expect(reason.contains("frame 1 is cut off: 2 of 4 bytes"))
        #expect(end.last == .ended)
        await once.stop()
        // In a loop the good part is played again.
        let loop = try Sources.video(.file(path), VideoOptions(loop: true, realtime: false))
        try await loop.start()
        var events: [VideoCaptureEvent] = []
        for _ in 0..<6 { events += loop.read() }
        #expect(frames(events).count == 6 && loop.status.damaged == 5)
        #expect(!events.contains(.ended))
        await loop.stop()
    }

    /// It was muted when the others started: it is not late, it begins later.
    @Test func aPacedFilmThatStartsLateBeginsThen() async throws {
        let folder = try TemporaryFolder()
        let path = try film(folder, count: 20)
        for (age, isLate) in [(10.0, true), (0.1, false)] {
            let origin = MediaTime.now().adding(seconds: -age)
            let source = try VideoFileSource(path: path, options: VideoOptions(origin: origin))
            try await source.start()
            var first: MediaTime?
            #expect(
                await eventually {
                    first = first ?? frames(source.read()).first?.time
                    return first != nil
                })
            await source.stop()
            #expect(try #require(first) >= origin.adding(seconds: isLate ? age : 0))
            if !isLate { #expect(try #require(first) < origin.adding(seconds: 5)) }
        }
    }

    @Test func badFilesAreErrorsAtOnce() throws {
        let folder = try TemporaryFolder()
        func failure(_ path: String) -> String {
            do {
                _ = try Sources.video(.file(path))
                return "no error"
            } catch {
                return error.description
            }
        }
        #expect(failure(folder.path + "/missing.y4m").contains("No such file"))
        #expect(failure(folder.path).contains("holds no picture"))
        #expect(failure(try folder.write("a.wav", wav([0, 0]))).contains("it holds sound"))
        #expect(failure(try folder.write("a.avi", Array("RIFF0000AVI LIST".utf8))).contains("it ends before its pictures"))
        #expect(failure(try folder.write("a.mp4", [0, 0, 0, 24] + Array("ftypmp42".utf8))).contains("an MP4 or MOV film"))
        #expect(failure(try folder.write("a.mkv", [0x1A, 0x45, 0xDF, 0xA3])).contains("Matroska"))
        #expect(failure(try folder.write("a.y4m", y4m("W0 H2", frames: [[0]]))).contains("its width is '0'"))
    }
}
