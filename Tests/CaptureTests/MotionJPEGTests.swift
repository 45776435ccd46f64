import Capture
import ImageFiles
import Media
import Testing

@Suite struct MotionJPEGTests {
    /// 32 x 16: left half red, right half blue.
    private static let picture = RGBImage(
        width: 32, height: 16, pixels: (0..<16).flatMap { _ in (0..<32).flatMap { $0 < 16 ? [220, 30, 30] : [30, 30, 220] as [UInt8] } })

    private func decoded(_ bytes: [UInt8], width: Int = 32, height: Int = 16) -> [UInt8]? {
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        let format = CameraFormat(width: width, height: height, bytesPerLine: 0, isRGB: true, name: "MJPG")
        let outcome = bytes.withUnsafeBytes { raw in
            pixels.withUnsafeMutableBufferPointer { MotionJPEG.decode(raw, format, to: $0) }
        }
        return outcome == .unusable ? nil : pixels
    }

    /// The segments of a JPEG before its scan, without those of one marker.
    private func without(_ marker: UInt8, _ jpeg: [UInt8]) -> [UInt8] {
        var kept = Array(jpeg[..<2])
        var at = 2
        while jpeg[at + 1] != 0xDA {
            let end = at + 2 + (Int(jpeg[at + 2]) << 8 | Int(jpeg[at + 3]))
            if jpeg[at + 1] != marker { kept += jpeg[at..<end] }
            at = end
        }
        return kept + jpeg[at...]
    }

    @Test func aPictureWithAndWithoutHuffmanTables() throws {
        let whole = try ImageFiles.encodeJPEG(Self.picture, quality: 90)
        let bare = without(0xC4, whole)
        #expect(bare.count < whole.count - 300)
        // A buffer is longer than its picture.
        for bytes in [whole, bare, whole + [UInt8](repeating: 0, count: 500)] {
            let pixels = try #require(decoded(bytes))
            // Where the colours meet, halved chroma blurs them.
            let mean = zip(pixels, Self.picture.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) } / pixels.count
            #expect(mean < 6)
        }
    }

    @Test func whatIsNoPictureOfThatSizeIsNotTaken() throws {
        let whole = try ImageFiles.encodeJPEG(Self.picture, quality: 90)
        #expect(decoded(whole, width: 16, height: 16) == nil)
        #expect(decoded([]) == nil)
        #expect(decoded(Array(whole[..<40])) == nil)
        #expect(decoded([UInt8](repeating: 7, count: 100)) == nil)
    }

    /// A frame that claims to be large costs no more than its header; one that its decoder complains about is counted.
    @Test func whatItClaimsIsBoundedAndComplaintsAreTold() throws {
        let whole = try ImageFiles.encodeJPEG(Self.picture, quality: 90)
        var large = whole
        let frame = try #require(Pictures.place(of: 0xC0, in: whole))
        large.replaceSubrange(frame + 5..<frame + 9, with: [0x20, 0, 0x20, 0])
        #expect(throws: ImageFileError.tooManyPixels(width: 8192, height: 8192, limit: 512)) {
            try ImageFiles.picture(large, for: .camera, pixels: 512)
        }
        let format = CameraFormat(width: 32, height: 16, bytesPerLine: 0, isRGB: true, name: "MJPG")
        func outcome(_ bytes: [UInt8]) -> CameraPicture {
            var pixels = [UInt8](repeating: 0, count: 3 * 512)
            return bytes.withUnsafeBytes { raw in pixels.withUnsafeMutableBufferPointer { MotionJPEG.decode(raw, format, to: $0) } }
        }
        let before = ContinuousClock.now
        for _ in 0..<50 { #expect(outcome(large) == .unusable) }
        // Decoded, each would take 201 MB and a tenth of a second at least.
        print("50 frames that claim 8192x8192 were refused in \(ContinuousClock.now - before)")
        #expect(outcome(whole) == .whole)
        #expect(outcome(whole.dropLast(2)) == .doubtful)
    }
}
