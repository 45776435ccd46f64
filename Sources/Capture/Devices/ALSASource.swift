import Media

/// Listens to an ALSA device: a thread reads it into a ring, the reader makes 16 kHz blocks of that.
package actor ALSASource: AudioSource {
    private nonisolated let line: AudioLine
    private let makeHandle: @Sendable () -> any PCMHandle
    private let device: String
    private let stall: Double
    private let folders: [String]
    private var thread: DeviceThread?

    package init(device: String, options: AudioOptions) {
        var preferences = PCMPreferences()
        if let channel = options.channel {
            preferences.channels = [channel + 1, 2, 4, 6, 8].filter { $0 > channel }
        }
        self.init(device: device, options: options) { [preferences] in ALSAHandle(name: device, preferences: preferences) }
    }

    /// - Parameters:
    ///   - ringCapacity: in samples at the device's rate; as it stands 10.9 s at 48 kHz, 32 s at 16 kHz, 2 MB.
    ///   - stall: without sound for so many seconds, a device that opened is taken for lost (some drivers say nothing when
    ///     it is unplugged).
    ///   - folders: where its node appears; nil for the system's.
    ///   - makeHandle: called on the device thread.
    package init(
        device: String, options: AudioOptions, ringCapacity: Int = 1 << 19, stall: Double = 3, folders: [String]? = nil,
        makeHandle: @escaping @Sendable () -> any PCMHandle
    ) {
        self.device = device
        self.folders = folders ?? HotPlugWatch.folders
        self.stall = stall
        self.makeHandle = makeHandle
        line = AudioLine(source: "alsa:\(device)", channel: options.channel, ringCapacity: ringCapacity)
    }

    package func start() throws(CaptureError) {
        guard thread == nil else { return }
        line.begin()
        let (line, stall, folders, makeHandle) = (line, stall, folders, makeHandle)
        do throws(CaptureError) {
            thread = try DeviceThread(name: "mic \(device)", realtime: true) { signal in
                ALSALoop(line: line, handle: makeHandle(), signal: signal, stall: stall, folders: folders).run()
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

    package nonisolated func read(maximumSamples: Int) -> [AudioCaptureEvent] { line.read(maximumSamples: maximumSamples) }

    package nonisolated var status: SourceStatus { line.status }
}
