import Capture
import Foundation
import Media
import Synchronization

/// A camera that does what a script says; it stands for the device handle, the rest is real.
final class FakeCamera: CameraHandle, Sendable {
    enum Step: Sendable {
        case openFails(Int32)
        case open(width: Int = 4, height: Int = 2, bytesPerLine: Int = 12, isRGB: Bool = true, isCapture: Bool = true)
        /// A good frame, all of one value, stamped at `time`.
        case frame(UInt8, time: Double?)
        /// A frame of which only some bytes came.
        case short(Int)
        case damaged
        case error(Int32)
        /// A good frame whose buffer is not taken back.
        case refused(Int32)
        /// The descriptor fails in `poll`.
        case hangUp
        /// Nothing until `release`.
        case hold
    }

    private struct State {
        var steps: [Step]
        var opens = 0
        var isStreaming = false
        var queued: Set<Int> = []
        var maps: [Int] = []
        var format = CameraFormat(width: 0, height: 0, bytesPerLine: 0, isRGB: false)
        /// The next `queue` fails so.
        var refusal: Int32?
        var rateAsked: Double?
        var misuse: [String] = []
    }

    private let state: Mutex<State>
    private let setRateFails: Bool
    private let period: Double

    /// - Parameter period: seconds from one frame to the next; 0: as fast as they are taken.
    init(_ steps: [Step], setRateFails: Bool = false, period: Double = 0) {
        state = Mutex(State(steps: steps))
        self.setRateFails = setRateFails
        self.period = period
    }

    deinit {
        for address in state.withLock({ $0.maps }) { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
    }

    /// What its decoder makes of a good frame.
    let isDoubtful = Atomic<Bool>(false)
    func convert(
        _ raw: UnsafeRawBufferPointer, _ format: CameraFormat, to pixels: UnsafeMutableBufferPointer<UInt8>
    ) -> CameraPicture {
        guard raw.count >= format.bytesPerLine * (format.height - 1) + 3 * format.width else { return .unusable }
        for row in 0..<format.height {
            for at in 0..<3 * format.width { pixels[row * 3 * format.width + at] = raw[row * format.bytesPerLine + at] }
        }
        return isDoubtful.load(ordering: .relaxed) ? .doubtful : .whole
    }
    let coverIsClosed = Atomic<Bool>(false)
    func isCovered() -> Bool { coverIsClosed.load(ordering: .relaxed) }
    var opens: Int { state.withLock { $0.opens } }
    var isStreaming: Bool { state.withLock { $0.isStreaming } }
    var isDone: Bool { state.withLock { $0.steps.isEmpty } }
    var isHeld: Bool { state.withLock { if case .hold = $0.steps.first { true } else { false } } }
    var misuse: [String] { state.withLock { $0.misuse } }
    func release() { state.withLock { if case .hold = $0.steps.first { $0.steps.removeFirst() } } }

    func open() throws(SystemError) -> CameraAbilities {
        let result = state.withLock { state -> Result<CameraAbilities, SystemError> in
            state.opens += 1
            switch state.steps.first {
            case .openFails(let code):
                state.steps.removeFirst()
                return .failure(SystemError(code: code))
            case .open(let width, let height, let bytesPerLine, let isRGB, let isCapture):
                state.steps.removeFirst()
                state.format = CameraFormat(width: width, height: height, bytesPerLine: bytesPerLine, isRGB: isRGB)
                return .success(CameraAbilities(card: "Fake", isCapture: isCapture))
            default:
                return .failure(SystemError(code: ENOENT))
            }
        }
        return try result.get()
    }

    func setFormat(width: Int, height: Int, pixelFormat: String?) throws(SystemError) -> CameraFormat {
        state.withLock { state in
            var format = state.format
            // A camera that has nothing but RGB.
            if let pixelFormat, pixelFormat != format.name { format.isRGB = false }
            return format
        }
    }

    func setRate(_ fps: Double) throws(SystemError) -> Double? {
        if setRateFails { throw SystemError(code: EINVAL) }
        return fps == 24 ? 25 : fps
    }

    func requestBuffers(_ count: Int) throws(SystemError) -> Int { 3 }

    func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer {
        let format = state.withLock { $0.format }
        let size = max(format.bytesPerLine * format.height, 16)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        state.withLock { $0.maps.append(Int(bitPattern: memory.baseAddress!)) }
        return UnsafeRawBufferPointer(memory)
    }

    func queue(_ index: Int) throws(SystemError) {
        let refusal = state.withLock { state in
            defer { state.refusal = nil }
            if state.refusal == nil, !state.queued.insert(index).inserted { state.misuse.append("buffer \(index) queued twice") }
            return state.refusal
        }
        if let refusal { throw SystemError(code: refusal) }
    }

    func startStreaming() throws(SystemError) { state.withLock { $0.isStreaming = true } }

    func wait(stop: Int32, milliseconds: Int32) -> CameraWait {
        if isDone || isHeld {
            usleep(1000)
            return .timeout
        }
        if period > 0 { usleep(UInt32(period * 1e6)) }
        return state.withLock { state in
            guard case .hangUp = state.steps.first else { return .ready }
            state.steps.removeFirst()
            return .failed
        }
    }

    func dequeue() throws(SystemError) -> CameraBuffer {
        let result = state.withLock { state -> Result<CameraBuffer, SystemError> in
            guard let index = state.queued.min() else { return .failure(SystemError(code: EINVAL)) }
            let size = state.format.bytesPerLine * state.format.height
            func buffer(_ bytes: Int, time: Double? = nil, isDamaged: Bool = false) -> Result<CameraBuffer, SystemError> {
                state.steps.removeFirst()
                state.queued.remove(index)
                return .success(
                    CameraBuffer(
                        index: index, bytesUsed: bytes, time: time.map { MediaTime(seconds: $0) }, sequence: 0, isDamaged: isDamaged))
            }
            switch state.steps.first {
            case .frame(let value, let time):
                // The maps of the latest opening are the last three.
                let memory = UnsafeMutableRawPointer(bitPattern: state.maps[state.maps.count - 3 + index])!
                memory.initializeMemory(as: UInt8.self, repeating: 99, count: size)
                for row in 0..<state.format.height {
                    (memory + row * state.format.bytesPerLine).initializeMemory(
                        as: UInt8.self, repeating: value, count: 3 * state.format.width)
                }
                return buffer(size, time: time)
            case .refused(let code):
                state.refusal = code
                return buffer(size)
            case .short(let bytes):
                return buffer(bytes)
            case .damaged:
                return buffer(size, isDamaged: true)
            case .error(let code):
                state.steps.removeFirst()
                return .failure(SystemError(code: code))
            default:
                return .failure(SystemError(code: ENODEV))
            }
        }
        return try result.get()
    }

    func close() {
        state.withLock { state in
            state.isStreaming = false
            state.queued = []
        }
    }
}
