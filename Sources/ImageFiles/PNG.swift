import CPNG
import Media

extension ImageFiles {
    /// Through libpng's simplified interface: it catches libpng's own long jumps, so no error leaves C that way.
    static func decodePNG(_ bytes: [UInt8]) throws(ImageFileError) -> RGBImage {
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        let decoded: Result<RGBImage, ImageFileError> = bytes.withUnsafeBytes { source in
            guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
                return .failure(.corrupt(format: "PNG", reason: message(of: image)))
            }
            do throws(ImageFileError) {
                try checkSize(width: Int(image.width), height: Int(image.height), format: "PNG")
            } catch {
                return .failure(error)
            }
            // Files of 16 bits without a gamma mark are sRGB in practice, not linear.
            image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)  // PNG_FORMAT_RGB
            var pixels = [UInt8](repeating: 0, count: 3 * Int(image.width) * Int(image.height))
            var white = png_color(red: 255, green: 255, blue: 255)
            guard png_image_finish_read(&image, &white, &pixels, png_int_32(3 * image.width), nil) != 0 else {
                return .failure(.corrupt(format: "PNG", reason: message(of: image)))
            }
            return .success(RGBImage(width: Int(image.width), height: Int(image.height), pixels: pixels))
        }
        return try decoded.get()
    }

    private static func message(of image: png_image) -> String {
        withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
