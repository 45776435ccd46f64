package import Media

/// The calls that the ALSA actor makes on its device. Tests replace this, not the actor. Used by one thread.
package protocol PCMHandle: AnyObject {
    /// Opens and configures the device, which then captures.
    func open() throws(DeviceFailure) -> PCMFormat
    /// Waits until there is sound, `stop` becomes readable, or the time is over.
    func wait(stop: Int32, milliseconds: Int32) -> PCMWait
    /// When the next frame to be read was captured.
    func captureTime() -> MediaTime
    /// Reads whole frames, never waiting.
    /// - Returns: how many, or a negative errno.
    func read(into buffer: UnsafeMutableRawBufferPointer, frames: Int) -> Int
    /// Puts the device in order after `read` gave -EPIPE or -ESTRPIPE.
    /// - Returns: 0, -EAGAIN when the hardware is not awake yet, or another negative errno.
    func recover(from code: Int) -> Int
    /// How the microphone's own switch is turned on again if it is off; nil if it is on, or there is none. Asked once a second.
    func switchedOff() -> String?
    func close()
}

extension PCMHandle {
    package func switchedOff() -> String? { nil }
}

package enum PCMWait: Equatable, Sendable {
    case ready, timeout, stop
}

/// What is asked of a device, best first; it gets the first of each that it offers.
package struct PCMPreferences: Sendable {
    package var encodings: [PCMFormat.Encoding] = [.s16, .s32, .f32, .s24in32, .s24, .u8]
    /// 16 kHz needs no resampling; 48 kHz is what most hardware has.
    package var rates = [16_000, 48_000, 32_000, 44_100, 96_000, 24_000, 8_000]
    package var channels = [1, 2]
    /// Seconds between wake-ups, and of the device's buffer: it bridges half a second without the processor.
    package var period = 0.02
    package var buffer = 0.5

    package init() {}
}
