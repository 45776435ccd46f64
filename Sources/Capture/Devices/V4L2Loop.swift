import Figures
import Glibc
import Media
import Synchronization

/// The device thread of a camera: opens, streams, and tries again after a loss until it is told to stop.
struct V4L2Loop {
    let line: VideoLine
    let options: VideoOptions
    let handle: any CameraHandle
    let signal: StopSignal
    let stall: Double
    /// Where the device's node appears.
    var folders = HotPlugWatch.folders

    private static let bufferCount = 4
    /// Damaged, short or missing frames in a row after which the camera is opened anew.
    private static let badFrameLimit = 100

    func run() {
        var sequence = 0
        DeviceLoop(signal: signal, board: line.board, folders: folders).run(
            { health throws(DeviceFailure) in try session(&health, &sequence) }, close: handle.close, lost: line.lost(_:announce:))
    }

    /// One opening of the camera; nil when told to stop.
    private func session(_ health: inout DeviceHealth, _ sequence: inout Int) throws(DeviceFailure) -> DeviceFailure? {
        let abilities = try attempt("open", handle.open)
        guard abilities.isCapture else {
            throw DeviceFailure(
                reason: "\(source) (\(abilities.card)): it is not a camera that streams",
                remedy: "many cameras have several nodes: choose one that 'mmagentctl devices' lists")
        }
        let format = try attempt("setting the format") { () throws(SystemError) in
            try handle.setFormat(width: options.width, height: options.height, pixelFormat: options.pixelFormat)
        }
        guard format.isRGB else {
            throw DeviceFailure(
                reason:
                    "\(source) (\(abilities.card)): it has no format \(options.pixelFormat ?? "that can be made RGB"), "
                    + "it offers \(format.name)",
                remedy: "choose another pixel_format in the configuration, or another camera")
        }
        guard (1...8192).contains(format.width), (1...8192).contains(format.height), format.bytesPerLine >= 3 * format.width else {
            throw DeviceFailure(
                reason:
                    "\(source) (\(abilities.card)): it offers \(format.width)x\(format.height) with \(format.bytesPerLine) bytes a row, "
                    + "which makes no sense", remedy: "choose another size in the configuration")
        }
        // Many cameras have a fixed rate: failing to set one is no failure.
        let rate: Double?
        if let fps = options.fps {
            do throws(SystemError) { rate = try handle.setRate(fps) } catch { rate = nil }
        } else {
            rate = nil
        }
        let count = try attempt("requesting buffers") { () throws(SystemError) in try handle.requestBuffers(Self.bufferCount) }
        guard count >= 2 else {
            throw DeviceFailure(reason: "\(source): it gives \(count) buffers, 2 are needed", remedy: "stop other programs that use it")
        }
        var maps: [UnsafeRawBufferPointer] = []
        for index in 0..<count {
            maps.append(try attempt("mapping a buffer") { () throws(SystemError) in try handle.map(index) })
            try attempt("queueing a buffer") { () throws(SystemError) in try handle.queue(index) }
        }
        try attempt("starting the stream", handle.startStreaming)
        let detail =
            "\(abilities.card), \(format.width)x\(format.height) \(format.name)"
            + (rate.map { ", \($0.figure(decimals: 1)) frames/s" } ?? "")
        let mailbox = line.opened(bytes: 3 * format.width * format.height, detail: detail)
        return stream(format, maps, mailbox, &health, &sequence)
    }

    private func stream(
        _ format: CameraFormat, _ maps: [UnsafeRawBufferPointer], _ mailbox: FrameMailbox,
        _ health: inout DeviceHealth, _ sequence: inout Int
    ) -> DeviceFailure? {
        var lastFrame = MediaClock.seconds()
        var nextLook = lastFrame
        var isCovered = false
        var bad = 0
        var thinner = options.fps.map(FrameThinner.init(framesPerSecond:))
        while !signal.isAsked {
            line.board.beats.add(1, ordering: .relaxed)
            switch handle.wait(stop: signal.descriptor, milliseconds: 500) {
            case .stop:
                return nil
            case .timeout:
                if MediaClock.seconds() - lastFrame > stall { return stalled }
                continue
            case .failed:
                return failure(ENODEV, "waiting")
            case .ready:
                break
            }
            let buffer: CameraBuffer
            do throws(SystemError) {
                buffer = try handle.dequeue()
            } catch {
                switch error.code {
                case EINTR:
                    continue
                case EAGAIN, EIO:
                    // EAGAIN: another wait is due. EIO: the driver lost a frame.
                    bad += 1
                    if isTooMuch(bad, since: lastFrame) { return stalled }
                    signal.sleep(seconds: 0.005)
                    continue
                default:
                    return failure(error.code, "taking a frame")
                }
            }
            guard maps.indices.contains(buffer.index) else { return failure(EPROTO, "taking a frame (buffer \(buffer.index))") }
            let map = maps[buffer.index]
            let raw = UnsafeRawBufferPointer(rebasing: map[..<min(buffer.bytesUsed, map.count)])
            var isGood = !buffer.isDamaged && !raw.isEmpty
            if isGood, MediaClock.seconds() >= nextLook {
                nextLook = MediaClock.seconds() + 0.5
                let covered = handle.isCovered()
                if covered, !isCovered { line.lost(self.covered, announce: health.failed(self.covered).announce) }
                isCovered = covered
            }
            // What a covered camera gives is nothing seen; and what is not due is not even converted. The due of a picture that
            // cannot be converted stays: the next frame is tried in its place, so that none is left out, and taken for a good one,
            // between two that fail.
            let time = time(of: buffer)
            var next = thinner
            if isGood, !isCovered, next?.admit(time) ?? true {
                let header = FrameMailbox.Header(time: time, sequence: sequence, width: format.width, height: format.height)
                isGood = mailbox.write(header) { pixels in
                    let picture = handle.convert(raw, format, to: pixels)
                    guard picture != .unusable else { return false }
                    if picture == .doubtful { line.board.warnings.add(1, ordering: .relaxed) }
                    if health.delivered() { line.recovered() }
                    return true
                }
                if isGood {
                    thinner = next
                    sequence += 1
                }
            }
            if isGood {
                bad = 0
                lastFrame = MediaClock.seconds()
            } else {
                bad += 1
                line.board.dropped.add(1, ordering: .relaxed)
            }
            do throws(SystemError) { try handle.queue(buffer.index) } catch { return failure(error.code, "queueing a buffer") }
            if bad > 0, isTooMuch(bad, since: lastFrame) { return stalled }
        }
        return nil
    }

    /// Whether so many frames in a row that are of no use, none being of use since then, are a loss: of a fast camera their number,
    /// of a slow one the time says it.
    private func isTooMuch(_ bad: Int, since lastFrame: Double) -> Bool {
        bad > Self.badFrameLimit || MediaClock.seconds() - lastFrame > stall
    }

    /// The driver's stamp where it can be true, else now.
    private func time(of buffer: CameraBuffer) -> MediaTime {
        let now = MediaTime.now()
        guard let time = buffer.time, time <= now, (now - time).seconds < 10 else { return now }
        return time
    }

    private var source: String { line.board.snapshot.source }

    private var covered: DeviceFailure {
        DeviceFailure(reason: "\(source): the camera's privacy shutter is closed", remedy: "open it, at the camera or with its privacy key")
    }

    private var stalled: DeviceFailure {
        DeviceFailure(
            reason: "\(source): no usable picture came for \(stall.figure) s or \(Self.badFrameLimit) frames",
            remedy: "connect the camera again; use a shorter cable or a smaller size")
    }

    private func failure(_ code: Int32, _ action: String) -> DeviceFailure {
        DeviceFailure(code: code, device: source, group: "video", action: action)
    }

    private func attempt<Value>(_ action: String, _ call: () throws(SystemError) -> Value) throws(DeviceFailure) -> Value {
        do throws(SystemError) {
            return try call()
        } catch {
            if error.code == ENOTTY {
                throw DeviceFailure(
                    reason: "\(source): it is not a video device", remedy: "choose one that 'mmagentctl devices' lists")
            }
            throw failure(error.code, action)
        }
    }
}
