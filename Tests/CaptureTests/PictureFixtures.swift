import Capture
import Foundation
import ImageFiles
import Media

/// Pictures as cameras, telephones and printers write them, made of one that is sound.
enum Pictures {
    /// Every quarter its own colour, so that any turn shows: red, green, blue, white.
    static func quarters(_ width: Int = 32, _ height: Int = 16) -> RGBImage {
        let colours: [[UInt8]] = [[220, 20, 20], [20, 200, 20], [20, 20, 220], [235, 235, 235]]
        let pixels = (0..<height).flatMap { y in
            (0..<width).flatMap { x in colours[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// The colour in the middle of each quarter: 0 red, 1 green, 2 blue, 3 white.
    static func order(_ image: RGBImage) -> [Int] {
        [(1, 1), (3, 1), (1, 3), (3, 3)].map { x, y in
            let at = 3 * (image.height * y / 4 * image.width + image.width * x / 4)
            let (red, green, blue) = (image.pixels[at], image.pixels[at + 1], image.pixels[at + 2])
            return red > 150 && green > 150 ? 3 : red > 150 ? 0 : green > 150 ? 1 : blue > 150 ? 2 : -1
        }
    }

    /// EXIF with the orientation alone.
    static func tiff(_ orientation: UInt16, isBig: Bool) -> [UInt8] {
        func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] { isBig ? littleEndian(value.bigEndian) : littleEndian(value) }
        return Array(isBig ? "MM".utf8 : "II".utf8) + bytes(42 as UInt16) + bytes(8 as UInt32) + bytes(1 as UInt16)
            + bytes(0x0112 as UInt16) + bytes(3 as UInt16) + bytes(1 as UInt32) + bytes(orientation) + [0, 0] + bytes(0 as UInt32)
    }

    /// A JPEG with a segment after its first marker.
    static func inserting(_ marker: UInt8, _ body: [UInt8], into jpeg: [UInt8]) -> [UInt8] {
        let length = body.count + 2
        return Array(jpeg[..<2]) + [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + body + jpeg[2...]
    }

    /// Where a marker's segment begins.
    static func place(of marker: UInt8, in jpeg: [UInt8]) -> Int? {
        var at = 2
        while at + 3 < jpeg.count, jpeg[at] == 0xFF {
            if jpeg[at + 1] == marker { return at }
            at += 2 + (Int(jpeg[at + 2]) << 8 | Int(jpeg[at + 3]))
        }
        return nil
    }

    /// A baseline JPEG of four printing inks as stored, each one value all over: of size 8 x 8, only DC coefficients, one
    /// Huffman code each. (ITU-T T.81; Adobe Technical Note 5116 for the mark.)
    static func ink(_ stored: [UInt8], adobeTransform: UInt8?) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8]
        if let adobeTransform {
            bytes += [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, adobeTransform]
        }
        bytes += [0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
        bytes += [0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4] + (1...4).flatMap { [UInt8($0), 0x11, 0] }
        bytes += tables
        bytes += [0xFF, 0xDA, 0, 14, 4] + (1...4).flatMap { [UInt8($0), 0] } + [0, 63, 0]
        return bytes + coded(stored) + [0xFF, 0xD9]
    }

    /// A grey JPEG of blocks side by side, with a restart between each and the next.
    static func grey(_ values: [UInt8], restarts: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
        bytes += [0xFF, 0xC0, 0, 11, 8, 0, 8, 0, UInt8(8 * values.count), 1, 1, 0x11, 0]
        bytes += tables
        bytes += [0xFF, 0xDD, 0, 4, 0, 1, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
        for (index, value) in values.enumerated() {
            bytes += coded([value])
            if index < restarts.count { bytes += [0xFF, restarts[index]] }
        }
        return bytes + [0xFF, 0xD9]
    }

    /// DC: categories 0...11 with codes of 4 bits; AC: end of block alone, with the code 0.
    private static let tables: [UInt8] = {
        let dc: [UInt8] = [0xFF, 0xC4, 0, 31, 0, 0, 0, 0, 12] + [UInt8](repeating: 0, count: 12) + (0..<12).map { UInt8($0) }
        return dc + [0xFF, 0xC4, 0, 20, 0x10, 1] + [UInt8](repeating: 0, count: 15) + [0]
    }()

    /// Blocks of one value each, every one the first of its component.
    private static func coded(_ values: [UInt8]) -> [UInt8] {
        var bits = ""
        for value in values {
            let level = 8 * (Int(value) - 128)  // the DC coefficient of a block of one value
            let size = level == 0 ? 0 : String(abs(level), radix: 2).count
            bits += String(String(16 + size, radix: 2).dropFirst())
            let coded = level < 0 ? level + (1 << size) - 1 : level
            if size > 0 { bits += String(String(1 << size | coded, radix: 2).dropFirst()) }
            bits += "0"
        }
        while bits.count % 8 != 0 { bits += "1" }
        var rest = Substring(bits)
        var bytes: [UInt8] = []
        while !rest.isEmpty {
            let byte = UInt8(rest.prefix(8), radix: 2)!
            bytes += byte == 0xFF ? [0xFF, 0] : [byte]
            rest = rest.dropFirst(8)
        }
        return bytes
    }
}
