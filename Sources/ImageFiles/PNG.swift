import CPNG
import Media

extension ImageFiles {
    /// Of the header chunk, which is the first: what has another there is not searched for one.
    static func pngSize(of bytes: [UInt8]) throws(ImageFileError) -> (width: Int, height: Int) {
        guard let header = PNGChunks(bytes).makeIterator().next(), header.name == "IHDR", header.body.count >= 8 else {
            throw .corrupt(format: "PNG", reason: "it has no header")
        }
        let number = { (bytes: ArraySlice<UInt8>) in bytes.reduce(0) { $0 << 8 | Int($1) } }
        return (number(header.body.prefix(4)), number(header.body.dropFirst(4).prefix(4)))
    }

    /// Through libpng's simplified interface: it catches libpng's own long jumps, so no error leaves C that way.
    static func decodePNG(_ bytes: [UInt8], pixels limit: Int) throws(ImageFileError) -> RGBImage {
        let size = try pngSize(of: bytes)
        try checkSize(width: size.width, height: size.height, pixels: limit, format: "PNG")
        let bytes = PNGChunks(bytes).forDecoding
        var image = png_image()
        image.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        let decoded: Result<RGBImage, ImageFileError> = bytes.withUnsafeBytes { source in
            guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
                return .failure(.corrupt(format: "PNG", reason: message(of: image)))
            }
            do throws(ImageFileError) {
                try checkSize(width: Int(image.width), height: Int(image.height), pixels: limit, format: "PNG")
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
