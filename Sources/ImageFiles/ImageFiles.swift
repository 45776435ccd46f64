import Files
import Glibc
public import Media

/// A picture as it is to be seen, and what its decoder complained about.
public struct DecodedPicture: Sendable, Equatable {
    public let image: RGBImage
    /// The decoder's first complaint about data that it could make sense of all the same; nil when there was none.
    public let warning: String?
}

/// Reads JPEG and PNG, writes JPEG.
public enum ImageFiles {
    /// The longest side accepted.
    public static let maximumSide = 8192
    /// The most pixels accepted where nothing stricter is asked: 201 MB of RGB.
    public static let maximumPixels = maximumSide * maximumSide
    /// The most compressed bytes accepted.
    public static let maximumBytes = 64 << 20
    /// The most scans that a JPEG is decoded with, and those that pass for one picture's work.
    public static let maximumScans = 64
    public static let ordinaryScans = 8
    /// A picture of more pixels is given smaller, by a half, a quarter or an eighth a side: it then still has a quarter of
    /// these, 1 Mpx, and the largest picture that a model of the family looks at has 0.65 (280 soft tokens of 48 x 48).
    public static let workingPixels = 1 << 22

    /// What a picture is for, which decides about damage in it.
    public enum Use: Sendable {
        /// There is no other: it is taken with whatever can be made of it, unless more than half of its rows are missing.
        case still
        /// The next one comes soon: with more than a sixteenth of its rows missing, or a piece out of its order, it is
        /// left out.
        case frame
        /// A frame of a device that has said which size it gives: that size, as it is stored.
        case camera
    }

    /// Reads the size alone, which costs nothing whatever the picture claims to be.
    /// - Returns: width and height as stored, before its orientation is applied; neither is beyond ``maximumSide``, so that whoever
    ///   multiplies or adds them up need not look.
    public static func size(of bytes: [UInt8]) throws(ImageFileError) -> (width: Int, height: Int) {
        let (size, name) =
            switch try format(of: bytes) {
            case .jpeg: (try JPEGDecoder(bytes).size, "JPEG")
            case .png: (try pngSize(of: bytes), "PNG")
            }
        try checkSize(width: size.width, height: size.height, pixels: maximumPixels, format: name)
        return size
    }

    /// What decoding costs, in pixels of an ordinary picture: a JPEG of many scans costs as many passes, and eight are ordinary.
    public static func work(of bytes: [UInt8]) throws(ImageFileError) -> Int {
        let size = try size(of: bytes)
        let scans = try format(of: bytes) == .jpeg ? JPEGSegments(bytes).scans(upTo: JPEGDecoder.maximumScans) : 1
        return size.width * size.height * ((scans + ordinaryScans - 1) / ordinaryScans)
    }

    /// Decodes a JPEG or PNG, told apart by the first bytes.
    ///
    /// Grey becomes RGB with three equal channels, printing inks (CMYK, YCCK) become RGB, 16 bits become 8, transparent pixels
    /// are shown on **white**. The orientation that its EXIF data give, any of the eight, is applied.
    /// - Parameters:
    ///   - pixels: more than that, by the header, are refused before anything is decoded.
    ///   - working: see ``workingPixels``; JPEG is decoded at that scale, PNG is reduced after it.
    public static func picture(
        _ bytes: [UInt8], for use: Use = .still, pixels: Int = maximumPixels, working: Int = workingPixels
    ) throws(ImageFileError) -> DecodedPicture {
        let picture: DecodedPicture
        let orientation: Orientation
        switch try format(of: bytes) {
        case .jpeg:
            picture = try decodeJPEG(bytes, for: use, pixels: pixels, working: use == .camera ? .max : working)
            orientation = use == .camera ? .upright : Orientation(jpeg: bytes)
        case .png:
            picture = DecodedPicture(image: try decodePNG(bytes, pixels: pixels).reduced(toAtMost: working), warning: nil)
            orientation = Orientation(png: bytes)
        }
        return DecodedPicture(image: orientation.applied(to: picture.image), warning: picture.warning)
    }

    /// `picture` without what was complained about.
    public static func decode(_ bytes: [UInt8]) throws(ImageFileError) -> RGBImage { try picture(bytes).image }

    /// Reads and decodes a regular file.
    public static func read(path: String) throws(ImageFileError) -> RGBImage { try decode(try contents(of: path)) }

    private enum Format { case jpeg, png }

    private static func format(of bytes: [UInt8]) throws(ImageFileError) -> Format {
        guard bytes.count <= maximumBytes else {
            throw .tooManyBytes(count: bytes.count, limit: maximumBytes)
        }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        throw .notAnImage(firstBytes: Array(bytes.prefix(8)))
    }

    static func checkSize(width: Int, height: Int, pixels: Int, format: String) throws(ImageFileError) {
        guard width > 0, height > 0 else { throw .corrupt(format: format, reason: "its size is \(width)x\(height)") }
        guard width <= maximumSide, height <= maximumSide else {
            throw .tooLarge(width: width, height: height, limit: maximumSide)
        }
        guard width * height <= pixels else { throw .tooManyPixels(width: width, height: height, limit: pixels) }
    }

    /// The bytes of a regular file.
    public static func contents(of path: String) throws(ImageFileError) -> [UInt8] {
        do {
            return try RegularFile.bytes(at: path, limit: maximumBytes)
        } catch {
            if case .tooLarge(let count) = error { throw .tooManyBytes(count: count, limit: maximumBytes) }
            throw .cannotOpen(path: path, reason: error.description)
        }
    }
}
