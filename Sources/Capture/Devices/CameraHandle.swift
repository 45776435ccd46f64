package import Media

/// The calls that the V4L2 actor makes on its device, one for each ioctl. Tests replace this, not the actor. Used by one thread.
///
/// Errors are the errno of the call.
package protocol CameraHandle: AnyObject {
    func open() throws(SystemError) -> CameraAbilities
    /// Asks for pictures of this size that can be made RGB; the answer is what the device will give.
    /// - Parameter pixelFormat: the camera's own format, by its four characters (`YUYV`, `MJPG`); nil for the best it has.
    func setFormat(width: Int, height: Int, pixelFormat: String?) throws(SystemError) -> CameraFormat
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
    /// Writes what the camera gave as RGB, 3 x width x height bytes.
    func convert(_ raw: UnsafeRawBufferPointer, _ format: CameraFormat, to pixels: UnsafeMutableBufferPointer<UInt8>) -> CameraPicture
    /// Whether the camera's own shutter or privacy key covers it. Asked twice a second.
    func isCovered() -> Bool
    /// Stops streaming, unmaps and closes; also after a failed `open`.
    func close()
}

extension CameraHandle {
    package func isCovered() -> Bool { false }

    package func convert(
        _ raw: UnsafeRawBufferPointer, _ format: CameraFormat, to pixels: UnsafeMutableBufferPointer<UInt8>
    ) -> CameraPicture {
        format.copy(raw, to: pixels) ? .whole : .unusable
    }
}

/// What became of what a camera gave.
package enum CameraPicture: Sendable, Equatable {
    case whole
    /// Its decoder complained, and it is shown all the same.
    case doubtful
    /// Damaged, not whole, or not of the format's size.
    case unusable
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
    /// Bytes from one row to the next where the camera gives RGB, at least 3 x width.
    package var bytesPerLine: Int
    /// Whether the pixels are 8-bit RGB or can be made so.
    package var isRGB: Bool
    /// The camera's own format by its four characters, `YUYV`.
    package var name: String

    package init(width: Int, height: Int, bytesPerLine: Int, isRGB: Bool, name: String = "RGB3") {
        self.width = width
        self.height = height
        self.bytesPerLine = bytesPerLine
        self.isRGB = isRGB
        self.name = name
    }

    /// Of RGB only the rows' ends are left out. False when it is not whole.
    func copy(_ raw: UnsafeRawBufferPointer, to pixels: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        let row = 3 * width
        guard raw.count >= bytesPerLine * (height - 1) + row else { return false }
        let target = UnsafeMutableRawBufferPointer(pixels)
        for line in 0..<height {
            let source = UnsafeRawBufferPointer(rebasing: raw[line * bytesPerLine..<line * bytesPerLine + row])
            UnsafeMutableRawBufferPointer(rebasing: target[line * row..<(line + 1) * row]).copyMemory(from: source)
        }
        return true
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
