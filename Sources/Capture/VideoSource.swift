import Figures
public import Media

/// What a source of pictures has to say, in order.
public enum VideoCaptureEvent: Sendable, Equatable {
    case frame(VideoFrame)
    /// So many frames came and went before the reader looked.
    case dropped(count: Int)
    /// So many frames of a file could not be read and were passed over; the reason of the first.
    case damaged(count: Int, reason: String, remedy: String)
    /// The device is missing or failed; the source goes on trying. Or nothing of a film can be shown, or could be when it ended.
    case lost(reason: String, remedy: String)
    /// Pictures come again.
    case recovered
    /// A file is over; nothing follows.
    case ended
}

/// A source of pictures. The rules of `AudioSource` hold.
///
/// Cameras and files played in real time keep the newest frame only; files played as fast as possible give one frame a read
/// and drop none.
public protocol VideoSource: Actor {
    func start() async throws(CaptureError)
    /// Takes what there is; never waits for a device. One reader at a time.
    nonisolated func read() -> [VideoCaptureEvent]
    func stop() async
    nonisolated var status: SourceStatus { get }
}

/// How to watch.
public struct VideoOptions: Sendable, Equatable {
    /// The size asked of a camera, which gives its nearest. Files come in their own size.
    public var width: Int
    public var height: Int
    /// The format asked of a camera, by its four characters (`YUYV`, `MJPG`); nil: the best that it has.
    public var pixelFormat: String?
    /// Frames a second. A camera gives its nearest rate; a folder of pictures plays at this rate; a Y4M file keeps its own
    /// times, thinned to at most this rate. nil: what the camera or file has (a folder: 1).
    public var fps: Double?
    public var loop: Bool
    /// Files: true plays in real time; false gives a frame a read.
    public var realtime: Bool
    /// Files: the media time of the first frame; nil: the time of `start`.
    public var origin: MediaTime?

    public init(
        width: Int = 640, height: Int = 480, pixelFormat: String? = nil, fps: Double? = nil, loop: Bool = false, realtime: Bool = true,
        origin: MediaTime? = nil
    ) {
        self.width = width
        self.height = height
        self.pixelFormat = pixelFormat
        self.fps = fps
        self.loop = loop
        self.realtime = realtime
        self.origin = origin
    }

    /// What ``fps`` may be.
    public static let framesPerSecond = 0.01...240.0

    /// Every option that is out of range.
    public var faults: [CaptureError] {
        var faults: [CaptureError] = []
        if !(16...8192).contains(width) || !(16...8192).contains(height) {
            faults.append(.invalidOption(name: "video.width x video.height", value: "\(width)x\(height)", allowed: "16...8192 each"))
        }
        let rates = Self.framesPerSecond
        if let fps, !rates.contains(fps) {
            faults.append(
                .invalidOption(name: "video.fps", value: fps.figure, allowed: "\(rates.lowerBound.figure)...\(rates.upperBound.figure)"))
        }
        if let pixelFormat, pixelFormat.utf8.count != 4 || !pixelFormat.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            faults.append(
                .invalidOption(name: "video.pixel_format", value: "'\(pixelFormat)'", allowed: "four characters, as YUYV or MJPG"))
        }
        return faults
    }
}
