import Media
import Tensors
import Testing
import VisionEncoder

@Suite struct ImagePatchesTests {
    /// Entry (py * 16 + px) * 3 + c of patch (X, Y) is channel c of pixel (16 X + px, 16 Y + py), divided by 255.
    @Test func layout() throws {
        let plan = try ResizePlan(width: 96, height: 48, softTokens: 2)
        #expect(plan.width == 96 && plan.height == 48)
        let image = BicubicResamplerTests.picture(96, 48)
        let patches = try ImagePatches(image: image, plan: plan)
        #expect(patches.patches.rows == 18 && patches.patches.columns == 768)
        for patch in 0..<18 {
            let (x, y) = patches.positions[patch]
            #expect(x == patch % 6 && y == patch / 6)
            for (py, px, channel) in [(0, 0, 0), (3, 5, 1), (15, 15, 2), (7, 0, 2)] {
                let byte = image.pixels[((y * 16 + py) * 96 + x * 16 + px) * 3 + channel]
                #expect(patches.patches.values[patch * 768 + (py * 16 + px) * 3 + channel] == Float(Double(byte) / 255))
            }
        }
    }

    @Test func aPictureWhoseBytesAreMissingIsRefused() throws {
        var image = BicubicResamplerTests.picture(96, 48)
        let plan = try ResizePlan(width: 96, height: 48, softTokens: 2)
        image.pixels.removeLast(7)
        #expect { try ImagePatches(image: image, plan: plan) } throws: { error in
            if case VisionError.malformedImage(96, 48, 13_817) = error { "\(error)".contains("13824") } else { false }
        }
    }
}
