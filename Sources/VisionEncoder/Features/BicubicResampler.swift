public import Media

/// Bicubic resize with antialias on 8-bit RGB that equals Pillow's `Image.resize(size, BICUBIC)` bit for bit.
///
/// Convolution with the Keys kernel (a = -1/2), widened by the scale when shrinking, in two passes: along rows, then along
/// columns; the other way round when the height shrinks by more than twice as many pixels as the width (since Pillow 13).
/// Coefficients are fixed point with 22 fractional bits (32 - 8 bits of a sample - 2 bits of headroom for the kernel's negative
/// lobes) and the result of each pass is rounded to 8 bits, which is what makes equality with Pillow possible.
public struct BicubicResampler: Sendable {
    private static let precisionBits: Int32 = 32 - 8 - 2
    private static let half: Int32 = 1 << (precisionBits - 1)

    public let sourceWidth: Int
    public let sourceHeight: Int
    public let width: Int
    public let height: Int
    private let horizontal: Axis
    private let vertical: Axis

    /// Weights of one axis: output `i` is the sum over `taps(i)` inputs from `first[i]` on; `weights` has `stride` entries an output.
    private struct Axis: Sendable {
        let first: [Int32]
        let taps: [Int32]
        let weights: [Int32]
        let stride: Int

        init(from source: Int, to target: Int) {
            let scale = Double(source) / Double(target)
            let filterScale = max(scale, 1)  // antialias: the kernel is stretched only when shrinking
            let support = 2 * filterScale
            stride = Int(support.rounded(.up)) * 2 + 1
            var first: [Int32] = []
            var taps: [Int32] = []
            var weights: [Int32] = []
            weights.reserveCapacity(stride * target)
            var kernel = [Double](repeating: 0, count: stride)
            for output in 0..<target {
                let center = (Double(output) + 0.5) * scale
                let low = max(Int(center - support + 0.5), 0)
                let high = min(Int(center + support + 0.5), source)
                let count = max(high - low, 0)
                var sum = 0.0
                for tap in 0..<count {
                    kernel[tap] = Self.cubic((Double(tap + low) - center + 0.5) * (1 / filterScale))
                    sum += kernel[tap]
                }
                for tap in 0..<stride {
                    guard tap < count else {
                        weights.append(0)
                        continue
                    }
                    let scaled = (sum == 0 ? kernel[tap] : kernel[tap] / sum) * Double(Int32(1) << precisionBits)
                    weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
                }
                first.append(Int32(low))
                taps.append(Int32(count))
            }
            self.first = first
            self.taps = taps
            self.weights = weights
        }

        /// Keys' cubic convolution kernel with a = -1/2.
        private static func cubic(_ x: Double) -> Double {
            let a = -0.5
            let x = abs(x)
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
            return 0
        }
    }

    /// Prepares the coefficients once for all frames of a size. Sides are at least 1.
    public init(sourceWidth: Int, sourceHeight: Int, width: Int, height: Int) {
        precondition(
            sourceWidth > 0 && sourceHeight > 0 && width > 0 && height > 0, "resize \(sourceWidth)x\(sourceHeight) to \(width)x\(height)")
        self.sourceWidth = sourceWidth
        self.sourceHeight = sourceHeight
        self.width = width
        self.height = height
        horizontal = Axis(from: sourceWidth, to: width)
        vertical = Axis(from: sourceHeight, to: height)
    }

    /// - Parameter image: `sourceWidth x sourceHeight` pixels.
    /// - Returns: `width x height` pixels.
    public func callAsFunction(_ image: RGBImage) -> RGBImage {
        precondition(
            image.width == sourceWidth && image.height == sourceHeight,
            "\(image.width)x\(image.height) is not \(sourceWidth)x\(sourceHeight)")
        // As in Pillow, an axis that keeps its size is not filtered at all.
        var pixels = image.pixels
        let columnsFirst = sourceHeight > height && sourceHeight - height > 2 * (sourceWidth - width)
        if columnsFirst { pixels = resizeColumns(pixels, width: sourceWidth) }
        if width != sourceWidth { pixels = resizeRows(pixels, height: columnsFirst ? height : sourceHeight) }
        if !columnsFirst, height != sourceHeight { pixels = resizeColumns(pixels, width: width) }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// [height, sourceWidth, 3] -> [height, width, 3]
    private func resizeRows(_ source: [UInt8], height: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: height * width * 3) { target, count in
            source.withUnsafeBufferPointer { source in
                horizontal.weights.withUnsafeBufferPointer { weights in
                    for y in 0..<height {
                        let input = source.baseAddress.unsafelyUnwrapped + y * sourceWidth * 3
                        var output = target.baseAddress.unsafelyUnwrapped + y * width * 3
                        for x in 0..<width {
                            var pixel = input + Int(horizontal.first[x]) * 3
                            let kernel = weights.baseAddress.unsafelyUnwrapped + x * horizontal.stride
                            var red = Self.half
                            var green = Self.half
                            var blue = Self.half
                            for tap in 0..<Int(horizontal.taps[x]) {
                                let weight = kernel[tap]
                                red &+= Int32(pixel[0]) &* weight
                                green &+= Int32(pixel[1]) &* weight
                                blue &+= Int32(pixel[2]) &* weight
                                pixel += 3
                            }
                            output[0] = Self.rounded(red)
                            output[1] = Self.rounded(green)
                            output[2] = Self.rounded(blue)
                            output += 3
                        }
                    }
                }
            }
            count = height * width * 3
        }
    }

    /// [sourceHeight, width, 3] -> [height, width, 3]
    private func resizeColumns(_ source: [UInt8], width: Int) -> [UInt8] {
        let row = width * 3
        var sums = [Int32](repeating: 0, count: row)
        return [UInt8](unsafeUninitializedCapacity: height * row) { target, count in
            source.withUnsafeBufferPointer { source in
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in 0..<height {
                        let accumulator = sums.baseAddress.unsafelyUnwrapped
                        for index in 0..<row { accumulator[index] = Self.half }
                        for tap in 0..<Int(vertical.taps[y]) {
                            let weight = vertical.weights[y * vertical.stride + tap]
                            let input = source.baseAddress.unsafelyUnwrapped + (Int(vertical.first[y]) + tap) * row
                            for index in 0..<row { accumulator[index] &+= Int32(input[index]) &* weight }
                        }
                        let output = target.baseAddress.unsafelyUnwrapped + y * row
                        for index in 0..<row { output[index] = Self.rounded(accumulator[index]) }
                    }
                }
            }
            count = height * row
        }
    }

    @inline(__always)
    private static func rounded(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(sum >> precisionBits, 0), 255))
    }
}
