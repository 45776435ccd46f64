import Media

/// Low-passed patches: the means of 4x4 blocks of every patch, which is what frames are compared by.
///
/// Averaging a block of 16 pixels divides the noise of independent pixels by 4 and leaves an object's outline visible.
struct BlockMeans: Sendable {
    /// Means a patch: blocks x blocks x 3 channels (48 for patches of 16x16 pixels).
    let width: Int
    /// [patches, width], levels 0...255
    var values: [Float]

    init(_ image: RGBImage, plan: ResizePlan) {
        let blocks = plan.patchSize.isMultiple(of: 4) ? 4 : 1
        let block = plan.patchSize / blocks
        let patchColumns = plan.patchColumns
        let width = blocks * blocks * 3
        self.width = width
        values = [Float](repeating: 0, count: plan.patchCount * width)
        values.withUnsafeMutableBufferPointer { values in
            image.pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<plan.height {
                    let rowBase = (y / plan.patchSize) * patchColumns * width + (y % plan.patchSize / block) * blocks * 3
                    for blockColumn in 0..<plan.width / block {
                        let (patchColumn, column) = blockColumn.quotientAndRemainder(dividingBy: blocks)
                        var pixel = (y * plan.width + blockColumn * block) * 3
                        var red: Int32 = 0
                        var green: Int32 = 0
                        var blue: Int32 = 0
                        for _ in 0..<block {
                            red += Int32(pixels[pixel])
                            green += Int32(pixels[pixel + 1])
                            blue += Int32(pixels[pixel + 2])
                            pixel += 3
                        }
                        let target = rowBase + patchColumn * width + column * 3
                        values[target] += Float(red)
                        values[target + 1] += Float(green)
                        values[target + 2] += Float(blue)
                    }
                }
            }
            let scale = 1 / Float(block * block)
            for index in 0..<values.count { values[index] *= scale }
        }
    }

    /// How far each patch lies from the same patch of `other`.
    func differences(from other: BlockMeans) -> [PatchDifference] {
        values.withUnsafeBufferPointer { values in
            other.values.withUnsafeBufferPointer { others in
                (0..<values.count / width).map { patch in
                    var sum: Float = 0
                    var largest: Float = 0
                    for index in patch * width..<(patch + 1) * width {
                        let difference = abs(values[index] - others[index])
                        sum += difference
                        largest = max(largest, difference)
                    }
                    return PatchDifference(mean: sum / Float(width), largest: largest)
                }
            }
        }
    }

    /// Whether nearly the whole patch is black or white: such pixels show no noise, however noisy the sensor is.
    func isSaturated(_ patch: Int) -> Bool {
        values[patch * width..<(patch + 1) * width].allSatisfy { $0 < 3 || $0 > 252 }
    }

    /// Takes over the named patches of `other`.
    mutating func replace(_ patches: some Sequence<Int>, from other: BlockMeans) {
        for patch in patches {
            for index in patch * width..<(patch + 1) * width { values[index] = other.values[index] }
        }
    }
}

/// Absolute difference of a patch's block means, in levels of 255.
struct PatchDifference {
    /// Over all blocks: sees faint changes of the whole patch.
    let mean: Float
    /// The worst block: sees small things.
    let largest: Float
}
