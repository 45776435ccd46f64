/// Why a picture could not be read or written; the description is a sentence with the values and the remedy.
public enum ImageFileError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case notAnImage(firstBytes: [UInt8])
    case tooManyBytes(count: Int, limit: Int)
    case tooLarge(width: Int, height: Int, limit: Int)
    case tooManyPixels(width: Int, height: Int, limit: Int)
    case tooManyScans(limit: Int)
    case corrupt(format: String, reason: String)
    case invalidQuality(Int)
    case encodingFailed(reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            return "\(path) cannot be read: \(reason)"
        case .notAnImage(let bytes):
            let hex = bytes.map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }
            return "the data begins with [\(hex.joined(separator: " "))], which is neither JPEG (ff d8 ff) nor PNG (89 50 4e 47): "
                + "convert the picture to one of them"
        case .tooManyBytes(let count, let limit):
            return "the picture has \(count) bytes, more than the limit of \(limit): make it smaller"
        case .tooLarge(let width, let height, let limit):
            return "the picture is \(width)x\(height), more than the limit of \(limit) on a side: make it smaller"
        case .tooManyPixels(let width, let height, let limit):
            return "the picture is \(width)x\(height), \(width * height) pixels, more than the limit of \(limit): make it smaller"
        case .tooManyScans(let limit):
            return "the JPEG is divided into more than \(limit) scans, each of which passes over all of it: save it anew"
        case .corrupt(let format, let reason):
            return "the \(format) data is damaged (\(reason)): get the picture again from where it came"
        case .invalidQuality(let quality):
            return "JPEG quality \(quality) is outside 1...100"
        case .encodingFailed(let reason):
            return "the picture could not be written as JPEG: \(reason)"
        }
    }
}
