import ImageFiles
import Media

/// Pictures of cameras that send JPEG (`MJPG`, `JPEG`): decoded as those of MJPEG and AVI files are. A camera leaves the standard
/// Huffman tables out; libjpeg-turbo then takes them as they are.
package enum MotionJPEG {
    static let codes = [V4L2Handle.code(of: "MJPG"), V4L2Handle.code(of: "JPEG")]

    /// - Parameter raw: one picture; what the buffer has beyond its end is left out. What claims more pixels than the format has is
    ///   refused by its header.
    package static func decode(
        _ raw: UnsafeRawBufferPointer, _ format: CameraFormat, to pixels: UnsafeMutableBufferPointer<UInt8>
    ) -> CameraPicture {
        guard let picture = try? ImageFiles.picture(Array(raw), for: .camera, pixels: format.width * format.height),
            picture.image.width == format.width, picture.image.height == format.height
        else {
            return .unusable
        }
        _ = pixels.update(fromContentsOf: picture.image.pixels)
        return picture.warning == nil ? .whole : .doubtful
    }
}
