// CALSA: alsa-lib includes <sys/poll.h> and <sys/time.h>, so pollfd and timeval count as its members where both are built.
import CALSA
import CV4L2
import Glibc
import Media

/// A camera through the kernel's calls, and libv4lconvert, which makes RGB of YUYV and the vendors' formats: only of the
/// pictures that are wanted, which for a camera of 30 frames/s and a model of 2 is one in fifteen.
package final class V4L2Handle: CameraHandle {
    private var memory: CameraMemory
    private var descriptor: Int32 = -1
    private var isStreaming = false
    private var maps: [UnsafeRawBufferPointer] = []
    private var converter: OpaquePointer?
    /// The camera's own format, and RGB of that size.
    private var own = v4l2_format()
    private var rgb = v4l2_format()

    /// - Parameter path: of a node; without a slash at its beginning the name of a camera.
    package init(path: String) {
        memory = CameraMemory(wanted: path)
    }

    deinit { close() }

    package func open() throws(SystemError) -> CameraAbilities {
        let nodes = CameraFinder.nodes()
        guard let path = memory.node(among: nodes) else { throw SystemError(code: ENODEV) }
        let abilities = try openNode(path)
        if abilities.isCapture { memory.opened(abilities.identity, among: nodes) }
        return abilities
    }

    func openNode(_ path: String) throws(SystemError) -> CameraAbilities {
        close()
        // Only a character device can be a camera.
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemError(code: errno) }
        guard status.st_mode & S_IFMT == S_IFCHR else { throw SystemError(code: ENOTTY) }
        descriptor = try check(mm_v4l2_open(path))
        var capability = v4l2_capability()
        _ = try check(mm_v4l2_query_capability(descriptor, &capability))
        converter = v4lconvert_create(descriptor)
        guard converter != nil else { throw SystemError(code: ENOMEM) }
        return CameraAbilities(
            card: Self.text(capability.card), bus: Self.text(capability.bus_info), isCapture: mm_v4l2_is_capture(&capability) != 0)
    }

    package func setFormat(width: Int, height: Int, pixelFormat: String?) throws(SystemError) -> CameraFormat {
        rgb = Self.format(width, height, Self.rgb24)
        let wanted = pixelFormat.map(Self.code(of:))
        if let wanted {
            own = Self.format(width, height, wanted)
        } else {
            // Chooses among the camera's formats, and the size that is nearest.
            guard v4lconvert_try_format(converter, &rgb, &own) == 0 else { throw SystemError(code: errno) }
        }
        _ = try check(mm_v4l2_set_format(descriptor, &own))
        let given = own.fmt.pix
        rgb = Self.format(Int(given.width), Int(given.height), Self.rgb24)
        v4lconvert_fixup_fmt(&rgb)
        return CameraFormat(
            width: Int(given.width), height: Int(given.height),
            bytesPerLine: given.pixelformat == Self.rgb24 && given.bytesperline != 0 ? Int(given.bytesperline) : 3 * Int(given.width),
            isRGB: wanted == nil || wanted == given.pixelformat, name: Self.name(of: given.pixelformat))
    }

    package func convert(
        _ raw: UnsafeRawBufferPointer, _ format: CameraFormat, to pixels: UnsafeMutableBufferPointer<UInt8>
    ) -> CameraPicture {
        if own.fmt.pix.pixelformat == Self.rgb24 { return format.copy(raw, to: pixels) ? .whole : .unusable }
        if MotionJPEG.codes.contains(own.fmt.pix.pixelformat) { return MotionJPEG.decode(raw, format, to: pixels) }
        let source = UnsafeMutablePointer(mutating: raw.baseAddress?.assumingMemoryBound(to: UInt8.self))
        let count = v4lconvert_convert(converter, &own, &rgb, source, Int32(raw.count), pixels.baseAddress, Int32(pixels.count))
        return count >= 3 * format.width * format.height ? .whole : .unusable
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
        for map in maps { munmap(UnsafeMutableRawPointer(mutating: map.baseAddress), map.count) }
        maps = []
        if let converter { v4lconvert_destroy(converter) }
        converter = nil
        if descriptor >= 0 { Glibc.close(descriptor) }
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

    private static func format(_ width: Int, _ height: Int, _ code: UInt32) -> v4l2_format {
        var format = v4l2_format()
        format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        format.fmt.pix.width = UInt32(width)
        format.fmt.pix.height = UInt32(height)
        format.fmt.pix.pixelformat = code
        format.fmt.pix.field = V4L2_FIELD_NONE.rawValue
        return format
    }

    /// V4L2_PIX_FMT_RGB24.
    private static let rgb24 = code(of: "RGB3")

    /// Four characters as V4L2 counts them: the first is the lowest byte.
    static func code(of name: String) -> UInt32 { name.utf8.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    static func name(of code: UInt32) -> String {
        String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) }, as: UTF8.self)
    }

    /// The text in a fixed C array.
    static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
