/// An 8-bit RGB picture, row-major, `[height, width, 3]`, no padding between rows.
public struct RGBImage: Sendable, Equatable {
    public let width: Int
    public let height: Int
    public var pixels: [UInt8]

    /// - Precondition: both sides at least 1, `pixels.count == 3 * width * height`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "an image of \(width)x\(height) has no pixels")
        precondition(pixels.count == 3 * width * height, "\(pixels.count) bytes are not \(width)x\(height) RGB")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// One colour all over.
    public init(width: Int, height: Int, red: UInt8 = 0, green: UInt8 = 0, blue: UInt8 = 0) {
        var pixels = [UInt8](repeating: red, count: 3 * width * height)
        if green != red || blue != red {
            for index in stride(from: 0, to: pixels.count, by: 3) {
                pixels[index + 1] = green
                pixels[index + 2] = blue
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }
}

/// A picture and the moment it was taken.
public struct VideoFrame: Sendable, Equatable {
    public var time: MediaTime
    public var image: RGBImage
    /// Counts the frames that the source saw, from 0, so a jump shows frames that were dropped before the reader.
    public var sequence: Int

    public init(time: MediaTime, image: RGBImage, sequence: Int) {
        self.time = time
        self.image = image
        self.sequence = sequence
    }
}
