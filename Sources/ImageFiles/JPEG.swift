import CTurboJPEG
public import Media

extension ImageFiles {
    static func decodeJPEG(_ bytes: [UInt8], for use: Use, pixels: Int, working: Int) throws(ImageFileError) -> DecodedPicture {
        let decoder = try JPEGDecoder(bytes)
        let size = decoder.size
        try checkSize(width: size.width, height: size.height, pixels: pixels, format: "JPEG")
        let divisor = [1, 2, 4].first { size.width * size.height / ($0 * $0) <= working } ?? 8
        let decoded = try decoder.pixels(divisor: divisor)
        if let warning = decoded.warning {
            let missing = missingRows(decoded.pixels, height: decoded.height)
            let isRefused =
                switch use {
                case .still: 2 * missing > decoded.height
                case .frame, .camera: 16 * missing > decoded.height || isDamage(warning)
                }
            if isRefused {
                let words = missing > 0 ? ": \(missing * divisor) of its \(size.height) rows are missing" : ""
                throw .corrupt(format: "JPEG", reason: warning + words)
            }
        }
        let rgb = decoder.isInk ? rgb(ofInk: decoded.pixels, isInverted: JPEGSegments(bytes).hasAdobeMark) : decoded.pixels
        return DecodedPicture(image: RGBImage(width: decoded.width, height: decoded.height, pixels: rgb), warning: decoded.warning)
    }

    /// Rows at the bottom at whose right end the decoder was given nothing: it leaves the coefficients zero, which is middle grey
    /// (of YCCK inks 127, 127, 127, 128). Asked only after a warning.
    private static func missingRows(_ pixels: [UInt8], height: Int) -> Int {
        let row = pixels.count / height
        // The end of a row is in its last block; eight pixels of exactly that grey are chance in no picture.
        let end = min(row, 24)
        let rows = (0..<height).reversed().prefix { y in
            pixels[(y + 1) * row - end..<(y + 1) * row].allSatisfy { $0 == 128 || $0 == 127 }
        }
        return rows.count
    }

    /// Whether a warning says that pieces stand where they do not belong (a restart out of its order). Of bytes between two
    /// markers that belong to nothing, padding, and of an end that comes early, nothing of the picture need be missing.
    private static func isDamage(_ warning: String) -> Bool {
        warning.hasPrefix("Corrupt JPEG data") && !warning.contains("extraneous bytes") && !warning.contains("premature end")
    }

    /// By multiplication, as inks on white paper: Adobe's programs, which write nearly all of them, store 255 for no ink.
    private static func rgb(ofInk inks: [UInt8], isInverted: Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: inks.count / 4 * 3) { output, count in
            let mask: UInt8 = isInverted ? 0 : 255
            for pixel in 0..<inks.count / 4 {
                let paper = Int(inks[4 * pixel + 3] ^ mask)
                for ink in 0..<3 { output[3 * pixel + ink] = UInt8((Int(inks[4 * pixel + ink] ^ mask) * paper + 127) / 255) }
            }
            count = inks.count / 4 * 3
        }
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
