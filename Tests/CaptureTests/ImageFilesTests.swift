import Capture
import Foundation
import ImageFiles
import Media
import Testing

/// PNG by its specification (ISO 15948) with stored (uncompressed) deflate blocks: an encoder of its own, so that the decoder
/// is not tested against itself.
func png(width: Int, height: Int, colour: UInt8, depth: UInt8 = 8, rows: [UInt8], palette: [UInt8]? = nil, extra: [(String, [UInt8])] = [])
    -> [UInt8]
{
    func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
    func big(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    func part(_ name: String, _ body: [UInt8]) -> [UInt8] {
        big(UInt32(body.count)) + Array(name.utf8) + body + big(crc(Array(name.utf8) + body))
    }
    var (a, b) = (1 as UInt32, 0 as UInt32)
    for byte in rows {
        a = (a + UInt32(byte)) % 65_521
        b = (b + a) % 65_521
    }
    let size = UInt16(rows.count)
    let stored = [0x78, 0x01, 0x01] + littleEndian(size) + littleEndian(~size) + rows + big(b << 16 | a)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        + part("IHDR", big(UInt32(width)) + big(UInt32(height)) + [depth, colour, 0, 0, 0])
        + extra.flatMap { part($0.0, $0.1) } + (palette.map { part("PLTE", $0) } ?? []) + part("IDAT", stored) + part("IEND", [])
}

@Suite struct ImageFilesTests {
    private func failure(_ bytes: [UInt8]) -> String {
        do {
            _ = try ImageFiles.decode(bytes)
            return "no error"
        } catch {
            return error.description
        }
    }

    /// Smooth, so that JPEG keeps it.
    private func picture(_ width: Int, _ height: Int) -> RGBImage {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                pixels += [UInt8(x * 255 / max(width - 1, 1)), UInt8(y * 255 / max(height - 1, 1)), 128]
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    @Test func colourPNG() throws {
        let image = try ImageFiles.decode(png(width: 2, height: 1, colour: 2, rows: [0, 255, 0, 0, 1, 2, 3]))
        #expect(image == RGBImage(width: 2, height: 1, pixels: [255, 0, 0, 1, 2, 3]))
    }

    @Test func greyAlphaDeepAndPalettePNG() throws {
        #expect(try ImageFiles.decode(png(width: 2, height: 1, colour: 0, rows: [0, 7, 200])).pixels == [7, 7, 7, 200, 200, 200])
        // Opaque stays, transparent shows white.
        #expect(
            try ImageFiles.decode(png(width: 2, height: 1, colour: 6, rows: [0, 10, 20, 30, 255, 10, 20, 30, 0])).pixels
                == [10, 20, 30, 255, 255, 255])
        #expect(try ImageFiles.decode(png(width: 1, height: 1, colour: 4, rows: [0, 50, 0])).pixels == [255, 255, 255])
        // 16 bits: the high byte, rounded.
        let deep = try ImageFiles.decode(png(width: 1, height: 1, colour: 2, depth: 16, rows: [0, 200, 0, 100, 0, 0, 0])).pixels
        #expect(zip(deep, [199, 100, 0]).allSatisfy { abs(Int($0) - $1) <= 1 }, "\(deep)")
        #expect(
            try ImageFiles.decode(png(width: 2, height: 1, colour: 3, rows: [0, 1, 0], palette: [1, 2, 3, 4, 5, 6])).pixels
                == [4, 5, 6, 1, 2, 3])
        // One bit: 1, 0, 1.
        #expect(
            try ImageFiles.decode(png(width: 3, height: 1, colour: 0, depth: 1, rows: [0, 0b1010_0000])).pixels
                == [255, 255, 255, 0, 0, 0, 255, 255, 255])
    }

    @Test(arguments: [(1, 1), (17, 9), (64, 48), (33, 70)])
    func aJPEGComesBackNearlyAsItWas(width: Int, height: Int) throws {
        let image = picture(width, height)
        let decoded = try ImageFiles.decode(try ImageFiles.encodeJPEG(image, quality: 95))
        #expect(decoded.width == width && decoded.height == height)
        let error = zip(decoded.pixels, image.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(Double(error) / Double(image.pixels.count) < 6)
    }

    @Test func qualityMatters() throws {
        let image = picture(64, 64)
        #expect(try ImageFiles.encodeJPEG(image, quality: 20).count < ImageFiles.encodeJPEG(image, quality: 95).count)
        #expect(throws: ImageFileError.invalidQuality(0)) { try ImageFiles.encodeJPEG(image, quality: 0) }
        #expect(throws: ImageFileError.invalidQuality(101)) { try ImageFiles.encodeJPEG(image, quality: 101) }
    }

    /// A grey JPEG (one component), made by hand from the standard's smallest parts would be long; the decoder's grey path is
    /// reached through the header of a colour one: so only that no crash follows is tested there. What is wrong is named here.
    @Test func whatIsWrongIsNamed() throws {
        #expect(failure([]).contains("neither JPEG"))
        #expect(failure(Array("GIF89a".utf8)).contains("47 49 46"))
        let jpeg = try ImageFiles.encodeJPEG(picture(64, 48), quality: 80)
        #expect(failure(Array(jpeg.prefix(jpeg.count / 2))).contains("JPEG data is damaged"))
        #expect(failure(Array(jpeg.prefix(20))).contains("JPEG data is damaged"))
        let good = png(width: 40, height: 40, colour: 0, rows: [UInt8](repeating: 0, count: 41 * 40))
        #expect(failure(Array(good.prefix(good.count / 2))).contains("PNG data is damaged"))
        #expect(failure(Array(good.prefix(8))).contains("PNG data is damaged"))
        #expect(failure(png(width: 9000, height: 1, colour: 0, rows: [0])).contains("9000x1, more than the limit of 8192"))
        #expect(failure([UInt8](repeating: 0xFF, count: ImageFiles.maximumBytes + 1)).contains("more than the limit"))
        #expect(throws: ImageFileError.self) { try ImageFiles.read(path: "/nonexistent/x.png") }
        let error = #expect(throws: ImageFileError.self) { try ImageFiles.read(path: "/dev/null") }
        #expect(error?.description.contains("regular file") == true)
    }

    @Test func filesAreRead() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.png", png(width: 1, height: 1, colour: 2, rows: [0, 1, 2, 3]))
        #expect(try ImageFiles.read(path: path).pixels == [1, 2, 3])
    }

    @Test func damagedPicturesNeverCrash() throws {
        var generator = SplitMix(seed: 37)
        let seeds = [
            try ImageFiles.encodeJPEG(picture(32, 24), quality: 80),
            png(width: 6, height: 5, colour: 6, rows: (0..<5).flatMap { _ in [0] + [UInt8](repeating: 77, count: 24) }),
            png(width: 4, height: 4, colour: 2, depth: 16, rows: (0..<4).flatMap { _ in [1] + [UInt8](repeating: 5, count: 24) }),
        ]
        var readable = 0
        let count = fuzzCount(4000)
        for round in 0..<count {
            guard let image = try? ImageFiles.decode(mutated(seeds[round % seeds.count], &generator)) else { continue }
            readable += 1
            #expect(image.pixels.count == 3 * image.width * image.height)
        }
        #expect(readable < count)
    }
}
