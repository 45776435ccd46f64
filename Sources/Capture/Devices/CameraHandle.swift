package import Media

/// The calls that the V4L2 actor makes on its device, one for each ioctl. Tests replace this, not the actor. Used by one thread.
///
/// Errors are the errno of the call.
package protocol CameraHandle: AnyObject {
    func open() throws(SystemError) -> CameraAbilities
    /// Asks for RGB at this size; the answer is what the device will give.
    func setFormat(width: Int, height: Int) throws(SystemError) -> CameraFormat
    /// Asks for a frame rate.
    /// - Returns: the rate that the device will give, or nil when it does not say.
    func setRate(_ fps: Double) throws(SystemError) -> Double?
    /// - Returns: how many buffers the device gives.
    func requestBuffers(_ count: Int) throws(SystemError) -> Int
    /// Maps buffer `index` into memory, until `close`.
    func map(_ index: Int) throws(SystemError) -> UnsafeRawBufferPointer
    func queue(_ index: Int) throws(SystemError)
    func startStreaming() throws(SystemError)
    func wait(stop: Int32, milliseconds: Int32) -> CameraWait
    func dequeue() throws(SystemError) -> CameraBuffer
    /// Stops streaming, unmaps and closes; also after a failed `open`.
    /// Whether the camera's own shutter or privacy key covers it. Asked twice a second.
    func isCovered() -> Bool
    func close()
}

extension CameraHandle {
    package func isCovered() -> Bool { false }
}

package struct CameraAbilities: Sendable, Equatable {
    package var card: String
    package var bus: String
    package var isCapture: Bool

    package init(card: String, bus: String = "", isCapture: Bool) {
        self.card = card
        self.bus = bus
        self.isCapture = isCapture
    }

    package var identity: CameraIdentity { CameraIdentity(card: card, bus: bus) }
}

package struct CameraFormat: Sendable, Equatable {
    package var width: Int
    package var height: Int
    /// Bytes from one row to the next, at least 3 x width.
    package var bytesPerLine: Int
    /// Whether the pixels are 8-bit RGB (else nothing converts this camera's format).
    package var isRGB: Bool

    package init(width: Int, height: Int, bytesPerLine: Int, isRGB: Bool) {
        self.width = width
        self.height = height
        self.bytesPerLine = bytesPerLine
        self.isRGB = isRGB
    }
}

/// A filled buffer.
package struct CameraBuffer: Sendable, Equatable {
    package var index: Int
    package var bytesUsed: Int
    /// On CLOCK_MONOTONIC; nil when the driver stamps by another clock.
    package var time: MediaTime?
    /// Counts the sensor's frames, also those that found no buffer.
    package var sequence: Int
    /// The driver says that the content is damaged.
    package var isDamaged: Bool

    package init(index: Int, bytesUsed: Int, time: MediaTime?, sequence: Int, isDamaged: Bool) {
        self.index = index
        self.bytesUsed = bytesUsed
        self.time = time
        self.sequence = sequence
        self.isDamaged = isDamaged
    }
}

package enum CameraWait: Equatable, Sendable {
    case ready, timeout, stop
    /// The descriptor reports an error (the camera was unplugged).
    case failed
}
