import Capture
import Foundation
import Media
import Testing

@Suite struct Y4MFileTests {
    private func film(_ bytes: [UInt8]) throws -> [RGBImage] {
        var file = try Y4MFile(ByteReader(bytes), path: "x.y4m")
        var images: [RGBImage] = []
        while let image = try file.next() { images.append(image) }
        return images
    }

    private func failure(_ bytes: [UInt8]) -> String {
        do {
            _ = try film(bytes)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> [Int] {
        (0..<3).map { Int(image.pixels[3 * (y * image.width + x) + $0]) }
    }

    private func close(_ left: [Int], _ right: [Int]) -> Bool { zip(left, right).allSatisfy { abs($0 - $1) <= 1 } }

    /// The corners of the colour cube in BT.601, as the standard's own formulas give them.
    @Test func primariesAreRight() throws {
        for (yuv, rgb) in [
            ([16, 128, 128], [0, 0, 0]), ([235, 128, 128], [255, 255, 255]), ([81, 90, 240], [255, 0, 0]),
            ([145, 54, 34], [0, 255, 0]), ([41, 240, 110], [0, 0, 255]), ([126, 128, 128], [128, 128, 128]),
        ] as [([UInt8], [Int])] {
            let image = try film(y4m("W1 H1 F1:1 C444", frames: [yuv]))[0]
            #expect(close(pixel(image, 0, 0), rgb), "\(yuv): \(image.pixels)")
        }
        #expect(try film(y4m("W1 H1 F1:1 C444 XCOLORRANGE=FULL", frames: [[200, 128, 128]]))[0].pixels == [200, 200, 200])
        #expect(try film(y4m("W2 H1 Cmono", frames: [[16, 235]]))[0].pixels == [0, 0, 0, 255, 255, 255])
    }

    @Test(arguments: ["", " C420", " C420jpeg", " C420mpeg2", " C420paldv"])
    func oddSizesInFourTwoZero(chroma: String) throws {
        // 3x3: luma 9, chroma 2x2 each. The right column and the bottom row have chroma of their own.
        let luma = [UInt8](repeating: 81, count: 9)
        let blue: [UInt8] = [128, 90, 128, 90]
        let red: [UInt8] = [128, 240, 128, 240]
        let images = try film(y4m("W3 H3 F25:1 Ip\(chroma)", frames: [luma + blue + red, luma + blue + red]))
        #expect(images.count == 2)
        #expect(close(pixel(images[0], 2, 2), [255, 0, 0]))
        #expect(close(pixel(images[0], 1, 1), [76, 76, 76]))
    }

    @Test func fourTwoTwoSharesColumnsNotRows() throws {
        // 3x2: chroma 2x2.
        let planes: [UInt8] = [81, 81, 81, 81, 81, 81] + [90, 128, 128, 128] + [240, 128, 128, 128]
        let image = try film(y4m("W3 H2 C422", frames: [planes]))[0]
        #expect(close(pixel(image, 0, 0), [255, 0, 0]))
        #expect(close(pixel(image, 1, 0), [255, 0, 0]))
        #expect(close(pixel(image, 2, 0), [76, 76, 76]))
        #expect(close(pixel(image, 0, 1), [76, 76, 76]))
    }

    @Test func headersAreRead() throws {
        let file = try Y4MFile(ByteReader(y4m("W4 H2 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG", frames: [[]])), path: "x")
        #expect(file.width == 4 && file.height == 2)
        #expect(file.rate == (30_000, 1001))
        #expect(file.bytesPerFrame == 12)
        let unknownRate = try Y4MFile(ByteReader(y4m("W4 H2 F0:0", frames: [[]])), path: "x")
        #expect(unknownRate.rate == (25, 1))
        #expect(try film(y4m("W1 H1 Cmono", frames: [[16]], frameHeader: "FRAME Ip X1")).count == 1)
    }

    @Test func skippingAndRewindingLandOnFrames() throws {
        let frames = (0..<5).map { [UInt8](repeating: UInt8(16 + 10 * $0), count: 4) }
        var file = try Y4MFile(ByteReader(y4m("W2 H2 Cmono XCOLORRANGE=FULL", frames: frames)), path: "x")
        // Two over, one read, back, one read, four over, and the end twice.
        let steps = [try file.skip(), try file.skip()]
        let third = try file.next()
        file.rewind()
        let first = try file.next()
        let rest = [try file.skip(), try file.skip(), try file.skip(), try file.skip(), try file.skip()]
        let beyond = try file.next()
        #expect(steps == [true, true])
        #expect(third?.pixels[0] == 36)
        #expect(first?.pixels[0] == 16)
        #expect(rest == [true, true, true, true, false])
        #expect(beyond == nil)
    }

    @Test func whatIsWrongIsNamed() {
        let frame = [UInt8](repeating: 16, count: 6)
        #expect(failure(Array("YUV4MPEG2 W2 H2".utf8)).contains("does not end"))
        #expect(failure(Array("YUV4MPEG2 ".utf8) + [UInt8](repeating: 65, count: 5000)).contains("1024"))
        #expect(failure(Array("YUV5 W2 H2\nFRAME\n".utf8)).contains("YUV4MPEG2"))
        #expect(failure(y4m("H2", frames: [frame])).contains("its first line names no width (W)"))
        #expect(failure(y4m("W2", frames: [frame])).contains("its first line names no height (H)"))
        #expect(failure(y4m("W2 H99999", frames: [frame])).contains("its height is '99999', allowed is 1 to 8192"))
        #expect(failure(y4m("W-2 H2", frames: [frame])).contains("its width is '-2'"))
        #expect(failure(y4m("W64O H48", frames: [frame])).contains("its width is '64O'"))
        #expect(failure(y4m("W0 H48", frames: [frame])).contains("its width is '0'"))
        #expect(failure(y4m("W2 H2 It", frames: [frame])).contains("interlaced"))
        #expect(failure(y4m("W2 H2 C420p10", frames: [frame])).contains("C420p10"))
        #expect(failure(y4m("W2 H2 C444alpha", frames: [frame])).contains("C444alpha"))
        #expect(failure(y4m("W2 H2 F5", frames: [frame])).contains("frame rate"))
        #expect(failure(y4m("W2 H2 F9000000:1", frames: [frame])).contains("9000000:1"))
        #expect(failure(y4m("W2 H2", frames: [])).contains("no frames"))
        #expect(failure(y4m("W2 H2", frames: [frame, [1, 2]])).contains("frame 1 is cut off: 2 of 6 bytes"))
        #expect(failure(y4m("W2 H2", frames: [frame], frameHeader: "FRAMES")).contains("frame 0"))
        #expect(failure(y4m("W2 H2", frames: [frame]) + [7, 7, 7]).contains("frame 1 (at byte"))
        // A film of 8192x8192 in a file of some bytes: refused before anything is allocated for it.
        #expect(failure(y4m("W8192 H8192", frames: [frame])).contains("6 of 100663296 bytes"))
    }

    @Test func damagedFilesNeverCrash() {
        var generator = SplitMix(seed: 23)
        let seeds = [
            y4m("W5 H3 F30000:1001 Ip A1:1 C420jpeg", frames: (0..<3).map { _ in [UInt8](repeating: 99, count: 27) }),
            y4m("W4 H2 C422 XCOLORRANGE=FULL", frames: [[UInt8](repeating: 200, count: 16)]),
            y4m("W3 H3 Cmono", frames: [[UInt8](repeating: 3, count: 9)], frameHeader: "FRAME Ip"),
        ]
        var readable = 0
        let count = fuzzCount(6000)
        for round in 0..<count {
            guard let images = try? film(mutated(seeds[round % seeds.count], &generator)) else { continue }
            readable += 1
            #expect(images.allSatisfy { $0.pixels.count == 3 * $0.width * $0.height })
        }
        #expect(readable > 100)
        #expect(readable < count)
    }
}
