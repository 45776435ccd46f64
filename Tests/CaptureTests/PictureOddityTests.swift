import Capture
import Foundation
import ImageFiles
import Media
import Testing

/// What cameras, telephones, printers and adversaries write.
@Suite struct PictureOddityTests {
    private let sound: [UInt8]

    init() throws { sound = try ImageFiles.encodeJPEG(Pictures.quarters(), quality: 95) }

    private func failure(_ bytes: [UInt8], pixels: Int = ImageFiles.maximumPixels) -> String {
        do throws(ImageFileError) {
            _ = try ImageFiles.picture(bytes, pixels: pixels)
            return "no error"
        } catch {
            return error.description
        }
    }

    // MARK: What libjpeg warns of

    @Test func whatOnlyBreaksTheStandardIsReadAndNoted() throws {
        var spectral = sound
        let scan = try #require(Pictures.place(of: 0xDA, in: sound))
        spectral[scan + 2 + (Int(sound[scan + 2]) << 8 | Int(sound[scan + 3])) - 2] = 0  // the last coefficient, 63
        var revision = sound
        let header = try #require(Pictures.place(of: 0xE0, in: sound))
        revision[header + 9] = 3
        let wanted = try ImageFiles.picture(sound)
        #expect(wanted.warning == nil)
        for bytes in [spectral, revision, sound.dropLast(2)] {
            for use in [ImageFiles.Use.still, .frame, .camera] {
                let picture = try ImageFiles.picture(Array(bytes), for: use)
                #expect(picture.image == wanted.image)
                #expect(picture.warning != nil)
            }
        }
    }

    @Test func aCutStillIsShownWhileHalfOfItIsThere() throws {
        let image = RGBImage(
            width: 64, height: 256, pixels: (0..<256).flatMap { y in (0..<64 * 3).map { UInt8(truncatingIfNeeded: y * 7 + $0 * 13) } })
        let whole = try ImageFiles.encodeJPEG(image, quality: 90)
        let most = Array(whole.prefix(whole.count * 9 / 10))
        #expect(try ImageFiles.picture(most).warning != nil)
        #expect(throws: ImageFileError.self) { try ImageFiles.picture(most, for: .frame) }
        let text = failure(Array(whole.prefix(whole.count / 3)))
        #expect(text.contains("of its 256 rows are missing"), "\(text)")
    }

    /// libjpeg-turbo says nothing of codes that do not exist; of data that are missing and of a restart out of its order it does.
    @Test func whatIsMissingInsideMakesNoFrame() throws {
        let image = RGBImage(width: 64, height: 64, pixels: (0..<64 * 64 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })
        var short = try ImageFiles.encodeJPEG(image, quality: 90)
        short.removeSubrange(short.count / 2..<short.count * 3 / 4)
        let ordered = Pictures.grey([10, 200, 10, 200], restarts: [0xD0, 0xD1, 0xD2])
        #expect(try ImageFiles.picture(ordered, for: .frame).warning == nil)
        let lost = Pictures.grey([10, 200, 10, 200], restarts: [0xD0, 0xD2, 0xD3])
        for bytes in [short, lost] {
            #expect(try ImageFiles.picture(bytes).warning != nil)
            for use in [ImageFiles.Use.frame, .camera] {
                #expect(throws: ImageFileError.self) { _ = try ImageFiles.picture(bytes, for: use) }
            }
        }
    }

    // MARK: Orientation

    /// The quarters' colours after each of EXIF's eight: row 0 and column 0 of what is stored are the top and left of the scene,
    /// top right, bottom right, bottom left, left top, right top, right bottom, left bottom.
    @Test(arguments: [
        (1, [0, 1, 2, 3]), (2, [1, 0, 3, 2]), (3, [3, 2, 1, 0]), (4, [2, 3, 0, 1]), (5, [0, 2, 1, 3]), (6, [2, 0, 3, 1]),
        (7, [3, 1, 2, 0]), (8, [1, 3, 0, 2]),
    ]) func aPictureIsTurnedAsItsMarkSays(orientation: Int, order: [Int]) throws {
        for isBig in [true, false] {
            let tiff = Pictures.tiff(UInt16(orientation), isBig: isBig)
            let image = try ImageFiles.decode(Pictures.inserting(0xE1, Array("Exif\0\0".utf8) + tiff, into: sound))
            #expect(Pictures.order(image) == order)
            let size = orientation < 5 ? (32, 16) : (16, 32)
            #expect(image.width == size.0 && image.height == size.1)
            let rows = (0..<16).flatMap { y in [0] + Pictures.quarters().pixels[y * 96..<(y + 1) * 96] }
            let marked = png(width: 32, height: 16, colour: 2, rows: rows, extra: [("eXIf", tiff)])
            #expect(Pictures.order(try ImageFiles.decode(marked)) == order)
        }
    }

    @Test func aMarkWithoutSenseTurnsNothingAndNeverCrashes() throws {
        var random = SplitMix(seed: 3)
        let tiff = Pictures.tiff(6, isBig: true)
        for orientation in [0, 9, 65_535] as [UInt16] {
            let exif = Array("Exif\0\0".utf8) + Pictures.tiff(orientation, isBig: false)
            #expect(Pictures.order(try ImageFiles.decode(Pictures.inserting(0xE1, exif, into: sound))) == [0, 1, 2, 3])
        }
        for _ in 0..<fuzzCount(2_000) {
            let exif = Array("Exif\0\0".utf8) + mutated(tiff, &random)
            #expect(try ImageFiles.decode(Pictures.inserting(0xE1, exif, into: sound)).pixels.count == 32 * 16 * 3)
        }
    }

    // MARK: Printing inks

    /// Stored inverted by Adobe's programs: 255 is no ink.
    @Test func inksBecomeColours() throws {
        func middle(_ bytes: [UInt8]) throws -> [Int] { try ImageFiles.decode(bytes).pixels[96..<99].map(Int.init) }
        func near(_ left: [Int], _ right: [Int]) -> Bool { zip(left, right).allSatisfy { abs($0 - $1) <= 3 } }
        // No cyan, full magenta and yellow, no black: red.
        #expect(near(try middle(Pictures.ink([255, 0, 0, 255], adobeTransform: 0)), [255, 0, 0]))
        #expect(near(try middle(Pictures.ink([0, 255, 255, 0], adobeTransform: nil)), [255, 0, 0]))
        #expect(near(try middle(Pictures.ink([200, 100, 50, 128], adobeTransform: 0)), [100, 50, 25]))
        // YCCK: Y, Cb and Cr (BT.601) of yellow, whose opposite is what is seen.
        #expect(near(try middle(Pictures.ink([226, 0, 149, 255], adobeTransform: 2)), [0, 0, 255]))
    }

    // MARK: Bounds

    @Test func aBombIsRefusedByItsHeader() throws {
        let width = 8192
        let line = [UInt8](repeating: 0, count: 1 + width / 8)
        let bomb = png(width: width, height: width, colour: 0, depth: 1, rows: line)  // the rest is missing, and never looked for
        #expect(try ImageFiles.size(of: bomb) == (width, width))
        #expect(failure(bomb, pixels: 1 << 24).contains("8192x8192, 67108864 pixels, more than the limit of 16777216"))
        var large = sound
        let frame = try #require(Pictures.place(of: 0xC0, in: sound))
        large.replaceSubrange(frame + 5..<frame + 9, with: [0x20, 0, 0x20, 0])
        #expect(try ImageFiles.size(of: large) == (width, width))
        #expect(failure(large, pixels: 1 << 24).contains("67108864 pixels"))
    }

    /// A side beyond the limit is refused where it is read, so that no product of two has to be feared.
    @Test(arguments: [8193, 1 << 20, Int(UInt32.max)]) func aSizeBeyondTheLimitIsNone(side: Int) {
        let tall = png(width: 1, height: side, colour: 0, depth: 1, rows: [0, 0])
        #expect(throws: ImageFileError.tooLarge(width: 1, height: side, limit: 8192)) { try ImageFiles.size(of: tall) }
        let empty = png(width: 0, height: 5, colour: 0, depth: 1, rows: [0, 0])
        #expect(throws: ImageFileError.corrupt(format: "PNG", reason: "its size is 0x5")) { try ImageFiles.size(of: empty) }
    }

    /// The header is the first chunk: a file of a million empty ones is not searched for it.
    @Test func aHeaderElsewhereIsNone() {
        let whole = png(width: 1, height: 1, colour: 0, rows: [0, 0])
        let empty = [0, 0, 0, 0] + Array("tEXt".utf8) + [0, 0, 0, 0]
        #expect(throws: ImageFileError.corrupt(format: "PNG", reason: "it has no header")) {
            try ImageFiles.size(of: Array(whole[..<8]) + empty + whole[8...])
        }
    }

    /// A text that unpacks to 8 MB, a hundred times: the decoder never sees it.
    @Test func textsInAPictureAreNotUnpacked() throws {
        let text = Array("Comment\0\0".utf8) + zeros(8 << 20)
        let bytes = png(width: 1, height: 1, colour: 2, rows: [0, 1, 2, 3], extra: (0..<100).map { _ in ("zTXt", text) })
        let before = residentBytes()
        #expect(try ImageFiles.decode(bytes).pixels == [1, 2, 3])
        #expect(residentBytes() - before < 100 << 20)
    }

    @Test func largePicturesComeSmaller() throws {
        let large = Pictures.quarters(4000, 3000)
        let jpeg = try ImageFiles.encodeJPEG(large, quality: 80)
        let image = try ImageFiles.decode(jpeg)
        #expect(image.width == 2000 && image.height == 1500)
        #expect(Pictures.order(image) == [0, 1, 2, 3])
        #expect(try ImageFiles.picture(jpeg, for: .camera).image.width == 4000)
        #expect(try ImageFiles.picture(jpeg, working: 100_000).image.width == 500)
        let rows: [UInt8] = (0..<6).flatMap { y -> [UInt8] in [0] + (0..<18).map { UInt8(10 * y + $0) } }
        let small = try ImageFiles.picture(png(width: 6, height: 6, colour: 2, rows: rows), working: 9).image
        #expect(small.width == 3 && small.height == 3)
        // Red of the first four: 0, 3, 10, 13.
        #expect(small.pixels[0] == 7)
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    /// A zlib stream of `count` zeros, by python, whose compressor the decoder's is not.
    private func zeros(_ count: Int) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import zlib,sys;sys.stdout.buffer.write(zlib.compress(bytes(\(count)),9))"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try? process.run()
        return [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
    }
}
