import Media

/// How a stored picture is to be turned to be seen as it was taken: tag 0x0112 of EXIF (CIPA DC-008, 4.6.4), which names the
/// side of the scene that row 0 and column 0 of the stored picture show.
enum Orientation: Int, CaseIterable {
    case upright = 1, mirrored, upsideDown, flipped, transposed, turnedRight, transversed, turnedLeft

    init(jpeg bytes: [UInt8]) {
        self = JPEGSegments(bytes).exif.flatMap(Self.init(tiff:)) ?? .upright
    }

    /// Of the chunk eXIf (PNG, third edition, 11.3.4.5), wherever it stands.
    init(png bytes: [UInt8]) {
        self = PNGChunks(bytes).first { $0.name == "eXIf" }.flatMap { Self(tiff: $0.body) } ?? .upright
    }

    /// The first directory's entry; nil where there is none, or none that makes sense.
    init?(tiff: ArraySlice<UInt8>) {
        let bytes = Array(tiff)
        let isBig = bytes.starts(with: "MM".utf8)
        guard isBig || bytes.starts(with: "II".utf8) else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset + count <= bytes.count else { return nil }
            let digits = bytes[offset..<offset + count].map(Int.init)
            return (isBig ? digits : digits.reversed()).reduce(0) { $0 << 8 | $1 }
        }
        guard let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
        for entry in 0..<entries {
            let at = directory + 2 + 12 * entry
            guard let tag = number(at, 2) else { return nil }
            guard tag == 0x0112 else { continue }
            guard number(at + 2, 2) == 3, let value = number(at + 8, 2) else { return nil }  // one SHORT
            self.init(rawValue: value)
            return
        }
        return nil
    }

    /// The picture as it is to be seen.
    func applied(to image: RGBImage) -> RGBImage {
        if self == .upright { return image }
        let isTurned = rawValue >= 5
        let (width, height) = isTurned ? (image.height, image.width) : (image.width, image.height)
        let (right, bottom) = (image.width - 1, image.height - 1)
        let pixels = [UInt8](unsafeUninitializedCapacity: image.pixels.count) { output, count in
            for y in 0..<height {
                for x in 0..<width {
                    let (column, row) =
                        switch self {
                        case .upright: (x, y)
                        case .mirrored: (right - x, y)
                        case .upsideDown: (right - x, bottom - y)
                        case .flipped: (x, bottom - y)
                        case .transposed: (y, x)
                        case .turnedRight: (y, bottom - x)
                        case .transversed: (right - y, bottom - x)
                        case .turnedLeft: (right - y, x)
                        }
                    let (source, target) = (3 * (row * image.width + column), 3 * (y * width + x))
                    for channel in 0..<3 { output[target + channel] = image.pixels[source + channel] }
                }
            }
            count = image.pixels.count
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}
