import ImageFiles
import Media

/// Pictures of cameras that send JPEG (`MJPG`, `JPEG`): decoded as those of MJPEG and AVI files are. A camera leaves the standard
/// Huffman tables out; libjpeg-turbo then takes them as they are.
package enum MotionJPEG {
    static let codes = [V4L2Handle.code(of: "MJPG"), V4L2Handle.code(of: "JPEG")]

    /// - Parameter raw: one picture; what the buffer has beyond its end is left out.
    /// - Returns: false when it is damaged, or not of the format's size.
    package static func decode(_ raw: UnsafeRawBufferPointer, _ format: CameraFormat, to pixels: UnsafeMutableBufferPointer<UInt8>) -> Bool
    {
        guard let image = try? ImageFiles.picture(Array(raw), for: .camera).image, image.width == format.width,
            image.height == format.height
        else {
            return false
        }
        _ = pixels.update(fromContentsOf: image.pixels)
        return true
    }
}
