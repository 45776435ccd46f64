import Capture
import Foundation
import Media
import Synchronization
import Testing

@Suite struct V4L2SourceTests {
    typealias Step = FakeCamera.Step

    private func source(_ fake: FakeCamera, _ options: VideoOptions = VideoOptions()) -> V4L2Source {
        V4L2Source(path: "/dev/video9", options: options, stall: .infinity) { fake }
    }

    private func run(_ fake: FakeCamera, _ options: VideoOptions = VideoOptions(), until: (SourceStatus) -> Bool = { _ in true })
        async throws -> (events: [VideoCaptureEvent], status: SourceStatus)
    {
        let source = source(fake, options)
        try await source.start()
        var events: [VideoCaptureEvent] = []
        let done = await eventually {
            events += source.read()
            return fake.isDone && until(source.status)
        }
        #expect(done)
        // The last frame may be on its way from the thread.
        #expect(
            await eventually {
                events += source.read()
                return events.contains { if case .frame = $0 { true } else { false } } || source.status.state == .lost
            })
        let status = source.status
        await source.stop()
        #expect(!fake.isStreaming)
        #expect(fake.misuse.isEmpty)
        #expect(source.read().isEmpty)
        #expect(source.status.state == .stopped)
        return (events, status)
    }

    /// Runs the source until it tells of a loss; what it told of first. The status may have the next try's failure already.
    private func firstLoss(_ source: V4L2Source) async throws -> String? {
        try await source.start()
        var losses: [String] = []
        _ = await eventually {
            losses += source.read().compactMap { if case .lost(let reason, _) = $0 { reason } else { nil } }
            return !losses.isEmpty
        }
        await source.stop()
        return losses.first
    }

    private func frames(_ events: [VideoCaptureEvent]) -> [VideoFrame] {
        events.compactMap { if case .frame(let frame) = $0 { frame } else { nil } }
    }

    private func dropped(_ events: [VideoCaptureEvent]) -> Int {
        events.reduce(0) { if case .dropped(let count) = $1 { $0 + count } else { $0 } }
    }

    @Test func aFrameArrivesWholeWithItsTime() async throws {
        let time = MediaTime.now().adding(seconds: -0.5)
        // Rows of 16 bytes for 12 of pixels: the padding must not show.
        let fake = FakeCamera([.open(bytesPerLine: 16), .frame(7, time: time.seconds)])
        let (events, status) = try await run(fake)
        let frame = try #require(frames(events).first)
        #expect(frame.image == RGBImage(width: 4, height: 2, red: 7, green: 7, blue: 7))
        #expect(abs((frame.time - time).seconds) < 1e-6)
        #expect(frame.sequence == 0)
        #expect(status.detail == "Fake, 4x2 RGB3")
        #expect(status.delivered == 1)
    }

    @Test func framesThatTheirDecoderComplainsAboutAreCounted() async throws {
        let fake = FakeCamera([.open(), .frame(7, time: nil), .frame(8, time: nil)])
        fake.isDoubtful.store(true, ordering: .relaxed)
        let (events, status) = try await run(fake) { $0.warnings == 2 }
        #expect(!frames(events).isEmpty)
        #expect(status.warnings == 2)
    }

    @Test func stampsOfAnotherClockAreReplaced() async throws {
        for time in [nil, 1.0, MediaTime.now().seconds + 1000] {
            let before = MediaTime.now()
            let (events, _) = try await run(FakeCamera([.open(), .frame(7, time: time)]))
            let frame = try #require(frames(events).first)
            #expect(frame.time >= before && frame.time <= MediaTime.now())
        }
    }

    @Test func theNewestFrameWinsAndTheRestIsCounted() async throws {
        let fake = FakeCamera([.open()] + (1...9).map { .frame($0, time: nil) } + [.hold, .frame(10, time: nil)])
        let source = source(fake)
        try await source.start()
        #expect(await eventually { fake.isHeld })
        let first = source.read()
        #expect(first.count == 2)
        #expect(first.first == .dropped(count: 8))
        #expect(frames(first).first?.image.pixels[0] == 9)
        #expect(frames(first).first?.sequence == 8)
        fake.release()
        var second: [VideoCaptureEvent] = []
        #expect(
            await eventually {
                second += source.read()
                return !second.isEmpty
            })
        #expect(frames(second).first?.sequence == 9)
        #expect(source.status.dropped == 8)
        #expect(source.status.delivered == 2)
        await source.stop()
    }

    @Test func interruptionsAndDamagedFramesArePassedOver() async throws {
        let fake = FakeCamera([
            .open(), .error(EINTR), .error(EAGAIN), .short(5), .damaged, .error(EIO), .short(0), .frame(3, time: nil),
        ])
        let (events, status) = try await run(fake)
        #expect(frames(events).map(\.sequence) == [0])
        #expect(status.dropped == 3)
        #expect(status.restarts == 0)
        #expect(fake.opens == 1)
    }

    @Test(arguments: [ENODEV, ENXIO, EBADF])
    func unpluggedAndPluggedInAgain(code: Int32) async throws {
        let fake = FakeCamera([
            .open(), .frame(1, time: nil), .error(code), .openFails(ENOENT), .open(width: 2), .frame(2, time: nil),
        ])
        let (events, status) = try await run(fake) { $0.restarts == 1 }
        #expect(status.state == .running)
        #expect(fake.opens == 3)
        let losses = events.compactMap { if case .lost(let reason, _) = $0 { reason } else { nil } }
        // Gone, then not there: two reasons, so told twice.
        #expect(losses.count == 2)
        #expect(losses.first?.contains("v4l2:/dev/video9") == true)
        #expect(losses.last?.contains("no such device") == true)
        #expect(events.contains(.recovered))
        #expect(frames(events).last?.image.width == 2)
    }

    /// The ladder alone would take three quarters of a minute.
    @Test func aDeviceThatAppearsIsTriedAtOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dev-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let fake = FakeCamera([FakeCamera.Step](repeating: .openFails(ENOENT), count: 12) + [.open(), .frame(1, time: nil), .hold])
        let source = V4L2Source(path: "/dev/video9", options: VideoOptions(), stall: .infinity, folders: [folder.path]) { fake }
        try await source.start()
        var events: [VideoCaptureEvent] = []
        for number in 0..<300 where source.status.state != .running {
            // Other nodes come and go, too: they are nobody's camera.
            try Data().write(to: folder.appendingPathComponent(number % 2 == 0 ? "video\(number)" : "tty\(number)"))
            try await Task.sleep(for: .milliseconds(50))
            events += source.read()
        }
        #expect(source.status.state == .running)
        #expect(fake.opens == 13)
        await source.stop()
        #expect(events.count { if case .lost = $0 { true } else { false } } == 1)
    }

    @Test func whatACoveredCameraGivesIsNothingSeen() async throws {
        let fake = FakeCamera([.open(), .frame(1, time: nil), .hold, .frame(2, time: nil), .frame(3, time: nil), .hold])
        fake.coverIsClosed.store(true, ordering: .relaxed)
        let source = source(fake)
        try await source.start()
        #expect(await eventually { source.status.state == .lost })
        #expect(source.status.detail.contains("privacy shutter is closed"))
        #expect(frames(source.read()).isEmpty)
        fake.coverIsClosed.store(false, ordering: .relaxed)
        // The shutter is looked at twice a second.
        try await Task.sleep(for: .milliseconds(600))
        fake.release()
        var events: [VideoCaptureEvent] = []
        #expect(
            await eventually {
                events += source.read()
                return events.contains(.recovered) && frames(events).contains { $0.image.pixels.first != 1 }
            })
        #expect(source.status.state == .running && fake.opens == 1)
        fake.release()
        await source.stop()
    }

    @Test func aFailingDescriptorIsALoss() async throws {
        let fake = FakeCamera([.open(), .frame(1, time: nil), .hangUp, .open(), .frame(2, time: nil)])
        let (events, _) = try await run(fake) { $0.restarts == 1 }
        #expect(events.contains { if case .lost(let reason, _) = $0 { reason.contains("gone") } else { false } })
    }

    /// Whatever a driver does: the camera runs again as soon as it can be opened, and what was wrong was told once.
    @Test(
        arguments: [
            // A buffer is not taken back.
            ([.refused(EINVAL)], "queueing a buffer failed"), ([.refused(ENODEV)], "the device is gone"),
            // Disconnected: its node stays, and cannot be opened, or opens and gives nothing.
            ([.hangUp, .openFails(ENODEV), .openFails(ENODEV)], "the device is gone"),
            ([.error(ENODEV), .open(), .error(ENODEV), .open(), .error(ENODEV)], "the device is gone"),
            // Disconnected with buffers still coming: empty ones, damaged ones, none although one was announced.
            ([Step](repeating: .short(0), count: 101), "no usable picture"), ([Step](repeating: .damaged, count: 101), "no usable picture"),
            ([Step](repeating: .error(EAGAIN), count: 101), "no usable picture"), ([.error(EPIPE)], "taking a frame failed"),
        ] as [([Step], String)])
    private func afterAnythingItRunsAgain(steps: [Step], reason: String) async throws {
        let fake = FakeCamera([.open(), .frame(1, time: nil)] + steps + [.open(), .frame(2, time: nil)])
        let (events, status) = try await run(fake) { $0.restarts == 1 }
        let losses = events.compactMap { if case .lost(let reason, _) = $0 { reason } else { nil } }
        #expect(losses.count == 1 && losses[0].contains(reason), "\(losses)")
        #expect(events.contains(.recovered) && status.state == .running && fake.misuse.isEmpty)
    }

    @Test(
        arguments: [
            ([.openFails(EACCES)], "permission denied", "group video"), ([.openFails(EBUSY)], "in use", "stop that program"),
            ([.openFails(ENOTTY)], "not a video device", "mmagentctl devices"),
            ([.open(isCapture: false)], "not a camera", "several nodes"),
            ([.open(isRGB: false)], "no format that can be made RGB", "another camera"), ([.open(width: 0)], "0x2", "another size"),
            ([.open(bytesPerLine: 3)], "makes no sense", "another size"),
        ] as [([FakeCamera.Step], String, String)])
    private func whatIsWrongIsNamed(steps: [FakeCamera.Step], reason: String, remedy: String) async throws {
        let (events, status) = try await run(FakeCamera(steps)) { $0.state == .lost }
        guard case .lost(let said, let advised) = events.first else {
            Issue.record("no loss was told")
            return
        }
        #expect(said.contains(reason))
        #expect(advised.contains(remedy))
        #expect(status.state == .lost)
    }

    @Test func aFormatThatTheCameraLacksIsNamed() async throws {
        let (events, _) = try await run(FakeCamera([.open()]), VideoOptions(pixelFormat: "MJPG")) { $0.state == .lost }
        #expect(
            events.first
                == .lost(
                    reason: "v4l2:/dev/video9 (Fake): it has no format MJPG, it offers RGB3",
                    remedy: "choose another pixel_format in the configuration, or another camera"))
        #expect(throws: CaptureError.invalidOption(name: "video.pixel_format", value: "'YUV'", allowed: "four characters, as YUYV or MJPG"))
        {
            try Sources.video(.v4l2("/dev/video0"), VideoOptions(pixelFormat: "YUV"))
        }
    }

    /// Of 30 frames a second two are wanted: the others cost no conversion, and are no drops.
    @Test func whatIsNotWantedIsLeftOutAndNoDrop() async throws {
        let now = MediaTime.now().seconds
        let frames = (0..<60).map { FakeCamera.Step.frame(UInt8($0), time: now - 3 + Double($0) / 30) }
        let (events, status) = try await run(FakeCamera([.open()] + frames), VideoOptions(fps: 2))
        let pictures = events.filter { if case .frame = $0 { true } else { false } }
        #expect((1...5).contains(pictures.count))
        #expect(pictures.count + status.dropped == 5)  // at 0, 0.47, 0.97, 1.47 and 1.97 s: a tenth of a period early is in time
    }

    @Test func theRateIsAskedForAndMayFail() async throws {
        let (_, status) = try await run(FakeCamera([.open(), .frame(1, time: nil)]), VideoOptions(fps: 24))
        #expect(status.detail == "Fake, 4x2 RGB3, 25 frames/s")
        let (_, plain) = try await run(FakeCamera([.open(), .frame(1, time: nil)], setRateFails: true), VideoOptions(fps: 24))
        #expect(plain.detail == "Fake, 4x2 RGB3")
    }

    @Test func onlyDamagedFramesAreALoss() async throws {
        let fake = FakeCamera([.open()] + [FakeCamera.Step](repeating: .damaged, count: 101))
        let (events, _) = try await run(fake) { $0.state == .lost }
        #expect(events.contains { if case .lost(let reason, _) = $0 { reason.contains("no usable picture") } else { false } })
    }

    /// What is left out by plan was not looked at: it is no proof that the camera gives pictures.
    @Test func aThinnedCameraWhoseEveryPictureIsUndecodableIsLost() async throws {
        let fake = FakeCamera([.open()] + [Step](repeating: .short(5), count: 101))
        let (events, status) = try await run(fake, VideoOptions(fps: 2)) { $0.state == .lost }
        #expect(events.contains { if case .lost(let reason, _) = $0 { reason.contains("no usable picture") } else { false } })
        #expect(status.dropped == 101)
    }

    /// A hundred frames of a slow camera would be minutes.
    @Test(arguments: [nil, 10])
    func aSlowCameraWhoseEveryPictureIsUndecodableIsLostInTime(fps: Double?) async throws {
        let fake = FakeCamera([.open()] + [Step](repeating: .short(5), count: 90), period: 0.02)
        let source = V4L2Source(path: "/dev/video9", options: VideoOptions(fps: fps), stall: 0.1) { fake }
        #expect(try await firstLoss(source) == "v4l2:/dev/video9: no usable picture came for 0.1 s or 100 frames")
        // Frames were left: they were not counted out, nor did they end.
        #expect(!fake.isDone)
    }

    /// At one picture in two seconds the place of a damaged one is taken by the next frame, and one damaged picture is no loss.
    @Test func thePlaceOfAnUndecodablePictureIsTakenByTheNext() async throws {
        let (events, status) = try await run(FakeCamera([.open(), .short(5), .frame(1, time: nil)]), VideoOptions(fps: 0.5))
        #expect(frames(events).map(\.sequence) == [0])
        #expect(status.state == .running && status.dropped == 1)
    }

    @Test func aCameraThatFallsSilentIsLost() async throws {
        let fake = FakeCamera([.open(), .frame(1, time: nil)])
        let source = V4L2Source(path: "/dev/video9", options: VideoOptions(), stall: 0.05) { fake }
        try await source.start()
        #expect(await eventually { fake.opens > 1 })
        #expect(source.status.state == .lost)
        await source.stop()
    }

    @Test func howLongNothingCameIsWrittenAsPeopleDo() async throws {
        let source = V4L2Source(path: "/dev/video9", options: VideoOptions(), stall: 0) { FakeCamera([.open()]) }
        #expect(try await firstLoss(source) == "v4l2:/dev/video9: no usable picture came for 0 s or 100 frames")
    }

    @Test func stopIsCleanWhereverItFalls() async throws {
        for steps in [[FakeCamera.Step](), [.open()], [.open()] + (0..<200).map { .frame(UInt8($0), time: nil) }] {
            let fake = FakeCamera(steps)
            let source = source(fake)
            await source.stop()
            for pause in [0, 3] {
                try await source.start()
                try await source.start()
                try await Task.sleep(for: .milliseconds(pause))
                await source.stop()
                await source.stop()
                #expect(!fake.isStreaming)
            }
        }
    }

    /// The real libv4l2 on what is not a camera.
    @Test(arguments: [("/dev/nosuchcamera", "no such device"), ("/dev/null", "not a video device"), ("/etc/passwd", "not a video device")])
    func theRealHandleNamesWhatIsWrong(path: String, reason: String) async throws {
        let source = try Sources.video(.v4l2(path))
        try await source.start()
        var events: [VideoCaptureEvent] = []
        #expect(
            await eventually {
                events += source.read()
                return !events.isEmpty
            })
        await source.stop()
        guard case .lost(let said, _) = events.first else {
            Issue.record("no loss was told")
            return
        }
        #expect(said.contains(reason), "\(said)")
    }
}
