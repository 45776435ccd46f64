import Media

/// Watches a V4L2 camera: a thread takes every frame, the newest one waits for the reader.
package actor V4L2Source: VideoSource {
    private nonisolated let line: VideoLine
    private let makeHandle: @Sendable () -> any CameraHandle
    private let options: VideoOptions
    private let path: String
    private let stall: Double
    private let folders: [String]
    private var thread: DeviceThread?

    package init(path: String, options: VideoOptions) {
        self.init(path: path, options: options) { V4L2Handle(path: path) }
    }

    /// - Parameters:
    ///   - stall: without a picture for so many seconds, the camera is taken for lost.
    ///   - folders: where its node appears; nil for the system's.
    ///   - makeHandle: called on the device thread.
    package init(
        path: String, options: VideoOptions, stall: Double = 3, folders: [String]? = nil,
        makeHandle: @escaping @Sendable () -> any CameraHandle
    ) {
        self.folders = folders ?? HotPlugWatch.folders
        self.path = path
        self.stall = stall
        self.options = options
        self.makeHandle = makeHandle
        line = VideoLine(source: "v4l2:\(path)")
    }

    package func start() throws(CaptureError) {
        guard thread == nil else { return }
        line.begin()
        let (line, options, stall, folders, makeHandle) = (line, options, stall, folders, makeHandle)
        do throws(CaptureError) {
            thread = try DeviceThread(name: "camera", realtime: false) { signal in
                V4L2Loop(line: line, options: options, handle: makeHandle(), signal: signal, stall: stall, folders: folders).run()
            }
        } catch {
            line.end()
            throw error
        }
    }

    package func stop() {
        guard let thread else { return }
        thread.stop()
        self.thread = nil
        line.end()
    }

    package nonisolated func read() -> [VideoCaptureEvent] { line.read() }

    package nonisolated var status: SourceStatus { line.board.snapshot }
}
