import Checkpoint
import Foundation
import Media
import Tensors
import VisionEncoder

/// A tiny checkpoint with the reference's outputs beside it.
struct Golden {
    /// E2B-like: clipped linears. E4B-like: plain linears, standardised soft tokens.
    static let names = ["e2b", "e4b"]

    let directory: String
    let file: SafetensorsFile

    init(_ name: String) throws {
        directory =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/golden/\(name)").path
        file = try SafetensorsFile(path: directory + "/golden.safetensors")
    }

    func encoder(weights: WeightFormat = .f32, threads: Int = 2) throws -> VisionEncoder {
        try VisionEncoder(checkpoint: Checkpoint(directory: directory, weights: weights, pool: ThreadPool(threads: threads)))
    }

    /// The source picture, [height, width, 3] in the file.
    func image() throws -> RGBImage {
        let shape = file.shape("vision.image_u8") ?? []
        return RGBImage(width: shape[1], height: shape[0], pixels: try file.integers("vision.image_u8").map { UInt8($0) })
    }

    /// The budget the reference padded to: patches / 9.
    func softTokens() -> Int { (file.shape("vision.patches") ?? [0])[0] / 9 }
}

/// Noise and scenes for tests: xorshift64*, so that every run sees the same.
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }

    /// Normal with mean 0 and deviation 1 (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: 1e-12...1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}

enum Scene {
    /// A smooth texture: sums of waves, levels 40...215.
    static func texture(width: Int, height: Int, brightness: Double = 0) -> RGBImage {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * width * height)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    let value = 128 + 50 * sin(Double(x) / 17 + Double(channel)) + 37 * cos(Double(y) / 11 - Double(x) / 29)
                    pixels.append(UInt8(min(max(value + brightness, 0), 255).rounded()))
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// Draws a filled rectangle, clipped to the picture.
    static func square(_ image: RGBImage, x: Int, y: Int, width: Int, height: Int, color: (UInt8, UInt8, UInt8) = (230, 40, 60)) -> RGBImage
    {
        var image = image
        for row in max(y, 0)..<min(y + height, image.height) {
            for column in max(x, 0)..<min(x + width, image.width) {
                let pixel = 3 * (row * image.width + column)
                image.pixels[pixel] = color.0
                image.pixels[pixel + 1] = color.1
                image.pixels[pixel + 2] = color.2
            }
        }
        return image
    }

    /// 65 536 normal values, drawn once: noise is a walk through them from a random place.
    private static let normals: [Float] = {
        var generator = Generator(seed: 1)
        return (0..<65_536).map { _ in Float(generator.normal()) }
    }()

    /// Adds normal noise to every sample.
    static func noisy(_ image: RGBImage, deviation: Float, _ generator: inout Generator) -> RGBImage {
        var image = image
        var place = Int.random(in: 0..<65_536, using: &generator)
        normals.withUnsafeBufferPointer { normals in
            image.pixels.withUnsafeMutableBufferPointer { pixels in
                for index in 0..<pixels.count {
                    place = (place &+ 1) & 65_535
                    let value = Float(pixels[index]) + deviation * normals[place] + 0.5
                    pixels[index] = value < 0 ? 0 : value > 255 ? 255 : UInt8(value)
                }
            }
        }
        return image
    }
}
