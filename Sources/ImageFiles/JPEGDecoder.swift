import CTurboJPEG
import Media

/// libjpeg-turbo's decoder of one picture, its header read.
///
/// libjpeg warns of data that break the standard and that it can read all the same, as several cameras and programs write
/// them: a wrong spectral selection, an unknown JFIF revision, no end marker. TurboJPEG reports a warning like an error.
struct JPEGDecoder: ~Copyable {
    private let handle: tjhandle
    private let bytes: [UInt8]
    let size: (width: Int, height: Int)
    /// Four printing inks, which become RGB after decoding.
    let isInk: Bool

    /// A decoder passes over the whole picture once a scan, and a scan may be a few bytes: programs write ten or so.
    static let maximumScans = ImageFiles.maximumScans

    init(_ bytes: [UInt8]) throws(ImageFileError) {
        guard JPEGSegments(bytes).scans(upTo: Self.maximumScans + 1) <= Self.maximumScans else {
            throw .tooManyScans(limit: Self.maximumScans)
        }
        guard let handle = tjInitDecompress() else {
            throw .corrupt(format: "JPEG", reason: "the decoder could not be made: \(String(cString: tjGetErrorStr2(nil)))")
        }
        var (width, height, subsampling, colourSpace) = (Int32(0), Int32(0), Int32(0), Int32(0))
        let result = tjDecompressHeader3(handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colourSpace)
        // Only the helpers for planes need one of the usual kinds of subsampling.
        guard result == 0 || Self.isWarning(handle) || (width > 0 && height > 0) else {
            let reason = Self.message(handle)
            tjDestroy(handle)
            throw .corrupt(format: "JPEG", reason: reason)
        }
        self.handle = handle
        self.bytes = bytes
        size = (Int(width), Int(height))
        isInk = colourSpace == TJCS_CMYK.rawValue || colourSpace == TJCS_YCCK.rawValue
    }

    deinit { tjDestroy(handle) }

    /// Decodes to `channels` interleaved: RGB, or the four inks as stored.
    /// - Parameter divisor: 1, 2, 4 or 8, of each side.
    /// - Returns: the pixels and the first warning.
    func pixels(divisor: Int) throws(ImageFileError) -> (width: Int, height: Int, pixels: [UInt8], warning: String?) {
        let (width, height) = ((size.width + divisor - 1) / divisor, (size.height + divisor - 1) / divisor)
        let format = isInk ? TJPF_CMYK : TJPF_RGB
        var pixels = [UInt8](repeating: 0, count: (isInk ? 4 : 3) * width * height)
        let result = tjDecompress2(handle, bytes, UInt(bytes.count), &pixels, Int32(width), 0, Int32(height), format.rawValue, 0)
        guard result == 0 || Self.isWarning(handle) else { throw .corrupt(format: "JPEG", reason: Self.message(handle)) }
        return (width, height, pixels, result == 0 ? nil : Self.message(handle))
    }

    private static func isWarning(_ handle: tjhandle) -> Bool { tjGetErrorCode(handle) == TJERR_WARNING.rawValue }
    private static func message(_ handle: tjhandle) -> String { String(cString: tjGetErrorStr2(handle)) }
}
