// CALSA: alsa-lib includes <sys/poll.h> and <sys/time.h>, so pollfd and timeval count as its members where both are built.
import CALSA
import CV4L2
import Glibc
import Media

/// A camera through libv4l2, which converts YUYV, MJPEG and the vendors' formats to RGB.
package final class V4L2Handle: CameraHandle {
    /// A node, or a camera's name.
    private let wanted: String
    private var known: CameraIdentity?
    private var descriptor: Int32 = -1
    private var isStreaming = false
    private var maps: [UnsafeRawBufferPointer] = []

    /// - Parameter path: of a node; without a slash at its beginning the name of a camera.
    package init(path: String) {
        wanted = path
    }

    deinit { close() }

    package func open() throws(SystemError) -> CameraAbilities {
        // Only a camera that was there before, or that has a name, is looked for.
        let isSought = known != nil || !wanted.hasPrefix("/")
        let path = isSought ? CameraFinder.node(wanted: wanted, known: known, nodes: CameraFinder.nodes()) : wanted
        guard let path else { throw SystemError(code: ENODEV) }
        let abilities = try openNode(path)
        if abilities.isCapture { known = abilities.identity }
        return abilities
    }

    func openNode(_ path: String) throws(SystemError) -> CameraAbilities {
        close()
        // libv4l2 would open any file; only a character device can be a camera.
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError(code: errno) }
        guard status.st_mode & S_IFMT == S_IFCHR else { throw SystemError(code: ENOTTY) }
        descriptor = try check(mm_v4l2_open(path))
        var capability = v4l2_capability()
        _ = try check(mm_v4l2_query_capability(descriptor, &capability))
        return CameraAbilities(
            card: Self.text(capability.card), bus: Self.text(capability.bus_info), isCapture: mm_v4l2_is_capture(&capability) != 0)
    }

    package func setFormat(width: Int, height: Int) throws(SystemError) -> CameraFormat {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        format.fmt.pix.width = UInt32(width)
        format.fmt.pix.height = UInt32(height)
        format.fmt.pix.pixelformat = Self.rgb24
        format.fmt.pix.field = V4L2_FIELD_NONE.rawValue
        _ = try check(mm_v4l2_set_format(descriptor, &format))
        let pixels = format.fmt.pix
        let given = Int(pixels.width)
        return CameraFormat(
            width: given, height: Int(pixels.height),
            bytesPerLine: pixels.bytesperline == 0 ? 3 * given : Int(pixels.bytesperline),
            isRGB: pixels.pixelformat == Self.rgb24)
    }

    package func setRate(_ fps: Double) throws(SystemError) -> Double? {
        var parameters = v4l2_streamparm()
        parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        parameters.parm.capture.timeperframe = v4l2_fract(numerator: 1000, denominator: UInt32((fps * 1000).rounded()))
        _ = try check(mm_v4l2_set_parameters(descriptor, &parameters))
        let given = parameters.parm.capture.timeperframe
        guard given.numerator > 0, given.denominator > 0 else { return nil }
        return Double(given.denominator) / Double(given.numerator)
    }

    package func requestBuffers(_ count: Int) throws(SystemError) -> Int {
        var request = v4l2_requestbuffers()
        request.count = UInt32(count)
        request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        request.memory = V4L2_MEMORY_MMAP.rawValue
        _ = try check(mm_v4l2_request_buffers(descriptor, &request))
        return Int(request.count)
    }

    package func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer {
        var buffer = Self.buffer(index)
        _ = try check(mm_v4l2_query_buffer(descriptor, &buffer))
        var code: Int32 = 0
        let memory = mm_v4l2_map(descriptor, Int(buffer.length), Int(buffer.m.offset), &code)
        _ = try check(code)
        let map = UnsafeRawBufferPointer(start: memory, count: Int(buffer.length))
        maps.append(map)
        return map
    }

    package func queue(_ index: Int) throws(SystemError) {
        var buffer = Self.buffer(index)
        _ = try check(mm_v4l2_queue_buffer(descriptor, &buffer))
    }

    package func startStreaming() throws(SystemError) {
        _ = try check(mm_v4l2_stream(descriptor, 1))
        isStreaming = true
    }

    package func wait(stop: Int32, milliseconds: Int32) -> CameraWait {
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { entries in
            entries[0] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            entries[1] = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
            guard poll(entries.baseAddress, 2, milliseconds) > 0 else { return .timeout }
            if entries[1].revents != 0 { return .stop }
            let events = Int32(entries[0].revents)
            if events & POLLIN != 0 { return .ready }
            return events != 0 ? .failed : .timeout
        }
    }

    package func dequeue() throws(SystemError) -> CameraBuffer {
        var buffer = Self.buffer(0)
        _ = try check(mm_v4l2_dequeue_buffer(descriptor, &buffer))
        let stamp = Int64(buffer.timestamp.tv_sec) * 1_000_000_000 + Int64(buffer.timestamp.tv_usec) * 1_000
        return CameraBuffer(
            index: Int(buffer.index), bytesUsed: Int(buffer.bytesused),
            time: mm_v4l2_has_monotonic_time(&buffer) != 0 && stamp > 0 ? MediaTime(nanoseconds: stamp) : nil,
            sequence: Int(buffer.sequence), isDamaged: mm_v4l2_has_error(&buffer) != 0)
    }

    package func isCovered() -> Bool { descriptor >= 0 && mm_v4l2_privacy(descriptor) == 1 }

    package func close() {
        if isStreaming { _ = mm_v4l2_stream(descriptor, 0) }
        isStreaming = false
        for map in maps { v4l2_munmap(UnsafeMutableRawPointer(mutating: map.baseAddress), map.count) }
        maps = []
        if descriptor >= 0 { v4l2_close(descriptor) }
        descriptor = -1
    }

    private func check(_ result: Int32) throws(SystemError) -> Int32 {
        guard result < 0 else { return result }
        throw SystemError(code: -result)
    }

    private static func buffer(_ index: Int) -> v4l2_buffer {
        var buffer = v4l2_buffer()
        buffer.index = UInt32(index)
        buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        buffer.memory = V4L2_MEMORY_MMAP.rawValue
        return buffer
    }

    /// The code 'RGB3': V4L2_PIX_FMT_RGB24.
    private static let rgb24 = UInt32(0x3342_4752)

    /// The text in a fixed C array.
    static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
