import CTurboJPEG
public import Media

extension ImageFiles {
    static func decodeJPEG(_ bytes: [UInt8]) throws(ImageFileError) -> RGBImage {
        guard let handle = tjInitDecompress() else {
            throw .corrupt(format: "JPEG", reason: "the decoder could not be made: \(String(cString: tjGetErrorStr2(nil)))")
        }
        defer { tjDestroy(handle) }
        let length = UInt(bytes.count)
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colourSpace: Int32 = 0
        guard tjDecompressHeader3(handle, bytes, length, &width, &height, &subsampling, &colourSpace) == 0 else {
            throw .corrupt(format: "JPEG", reason: String(cString: tjGetErrorStr2(handle)))
        }
        try checkSize(width: Int(width), height: Int(height), format: "JPEG")
        guard colourSpace != TJCS_CMYK.rawValue, colourSpace != TJCS_YCCK.rawValue else {
            throw .unsupported(format: "JPEG", what: "four-colour (CMYK) printing inks")
        }
        var pixels = [UInt8](repeating: 0, count: 3 * Int(width) * Int(height))
        // A progressive file may ask for thousands of passes over the picture; the flag stops at 500.
        let result = tjDecompress2(
            handle, bytes, length, &pixels, width, 0, height, TJPF_RGB.rawValue, Int32(TJFLAG_LIMITSCANS))
        if result != 0 {
            let reason = String(cString: tjGetErrorStr2(handle))
            // Some cameras pad between markers; nothing of the picture is missing then.
            let harmless = tjGetErrorCode(handle) == TJERR_WARNING.rawValue && reason.contains("extraneous bytes before marker")
            guard harmless else { throw .corrupt(format: "JPEG", reason: reason) }
        }
        return RGBImage(width: Int(width), height: Int(height), pixels: pixels)
    }

    /// Encodes with 4:2:0 chroma.
    ///
    /// - Parameter quality: 1 (smallest) to 100.
    public static func encodeJPEG(_ image: RGBImage, quality: Int) throws(ImageFileError) -> [UInt8] {
        guard (1...100).contains(quality) else { throw .invalidQuality(quality) }
        guard image.width <= maximumSide, image.height <= maximumSide else {
            throw .tooLarge(width: image.width, height: image.height, limit: maximumSide)
        }
        guard let handle = tjInitCompress() else {
            throw .encodingFailed(reason: String(cString: tjGetErrorStr2(nil)))
        }
        defer { tjDestroy(handle) }
        var output: UnsafeMutablePointer<UInt8>?
        var size: UInt = 0
        defer { tjFree(output) }
        let result = tjCompress2(
            handle, image.pixels, Int32(image.width), 0, Int32(image.height), TJPF_RGB.rawValue,
            &output, &size, Int32(TJSAMP_420.rawValue), Int32(quality), 0)
        guard result == 0, let output else {
            throw .encodingFailed(reason: String(cString: tjGetErrorStr2(handle)))
        }
        return Array(UnsafeBufferPointer(start: output, count: Int(size)))
    }
}
