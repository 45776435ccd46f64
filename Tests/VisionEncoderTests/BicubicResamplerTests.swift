import Media
import Testing
import VisionEncoder

/// Equality with Pillow 13's `Image.resize(size, Image.BICUBIC)`. The expectations were printed by
///
///     def picture(w, h):                       # the generator below
///         x, out = w * 1000 + h, bytearray()
///         for _ in range(w * h * 3): x = (x * 1664525 + 1013904223) & 0xffffffff; out.append(x >> 24)
///         return Image.frombytes("RGB", (w, h), bytes(out))
///     list(picture(w, h).resize((W, H), Image.BICUBIC).tobytes())        # or its FNV-1a hash in 64 bits
@Suite struct BicubicResamplerTests {
    static func picture(_ width: Int, _ height: Int) -> RGBImage {
        var state = UInt32(width * 1000 + height)
        let pixels = (0..<width * height * 3).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    static func resize(_ width: Int, _ height: Int, _ targetWidth: Int, _ targetHeight: Int) -> RGBImage {
        BicubicResampler(sourceWidth: width, sourceHeight: height, width: targetWidth, height: targetHeight)(picture(width, height))
    }

    @Test func shrinkingEqualsPillow() {
        #expect(
            Self.resize(11, 9, 4, 3).pixels == [
                118, 164, 118, 108, 132, 136, 155, 120, 148, 124, 97, 141, 132, 166, 122, 126, 163, 114, 138, 96, 113, 87, 109, 122, 122,
                176, 131,
                153, 158, 132, 141, 122, 112, 162, 131, 121,
            ])
    }

    @Test func enlargingEqualsPillow() {
        #expect(
            Self.resize(7, 5, 9, 8).pixels == [
                255, 169, 42, 255, 249, 79, 239, 190, 44, 148, 49, 42, 0, 28, 225, 113, 74, 128, 131, 125, 163, 162, 149, 193, 253, 142,
                141, 158,
                136, 88, 171, 164, 79, 207, 135, 55, 191, 83, 69, 56, 94, 162, 80, 112, 122, 143, 117, 149, 210, 119, 190, 252, 123, 197,
                34, 100,
                153, 69, 45, 95, 175, 65, 81, 241, 140, 104, 130, 166, 96, 37, 163, 116, 140, 104, 136, 241, 74, 180, 230, 102, 236, 87,
                143, 165,
                159, 29, 173, 231, 91, 126, 218, 205, 95, 80, 79, 176, 42, 158, 130, 50, 83, 167, 90, 42, 160, 133, 120, 74, 138, 134, 135,
                211, 38,
                171, 211, 83, 157, 134, 179, 145, 65, 102, 217, 59, 193, 98, 32, 137, 132, 56, 94, 125, 131, 145, 9, 157, 79, 77, 201, 61,
                93, 125,
                36, 170, 27, 74, 240, 101, 226, 191, 87, 254, 36, 93, 248, 41, 149, 214, 80, 221, 174, 65, 106, 162, 84, 196, 71, 108, 197,
                37, 167,
                145, 84, 179, 172, 137, 73, 175, 145, 115, 127, 206, 77, 129, 241, 52, 198, 216, 85, 64, 232, 99, 192, 75, 132, 255, 46,
                161, 250,
                108, 119, 219, 51, 0, 235, 54, 184, 143, 157, 118, 102, 240, 38, 168, 241, 94,
            ])
    }

    /// One axis alone, both, tiny and lopsided sources, and the sizes of real frames.
    @Test(arguments: [
        (1, 9, 48, 48, 0xde64_3df2_7a91_7b05 as UInt64), (50, 3, 48, 96, 0x8361_5e2d_803a_bb5d), (101, 77, 96, 48, 0xf6e0_557f_8581_03ea),
        (33, 47, 144, 192, 0x27cc_eda6_1fa6_5e80), (48, 48, 48, 96, 0xb886_9579_4e5e_b506), (60, 48, 48, 48, 0x1805_a88b_78ac_ccc2),
        (640, 480, 528, 288, 0x7205_8967_9c70_60c4), (2000, 30, 480, 48, 0x084e_5cbd_0faf_cef9),
        (160, 120, 288, 192, 0x8978_5768_d05a_597a),
    ])
    func largerPicturesEqualPillow(width: Int, height: Int, targetWidth: Int, targetHeight: Int, hash: UInt64) {
        let pixels = Self.resize(width, height, targetWidth, targetHeight).pixels
        #expect(pixels.count == targetWidth * targetHeight * 3)
        #expect(pixels.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } == hash)
    }

    @Test func theSameSizeIsUntouched() {
        #expect(Self.resize(48, 96, 48, 96) == Self.picture(48, 96))
    }
}
