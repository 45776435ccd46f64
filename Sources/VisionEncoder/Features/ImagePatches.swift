public import Media
public import Tensors

/// A picture cut into patches: what the vision tower reads.
public struct ImagePatches: Sendable {
    /// The grid; `plan.patchCount` rows below.
    public let plan: ResizePlan
    /// [patches, patchSize * patchSize * 3], values 0...1; entry (py * patchSize + px) * 3 + channel.
    public let patches: Matrix

    /// Column and row of every patch, row by row.
    public var positions: [(x: Int, y: Int)] {
        (0..<plan.patchCount).map { ($0 % plan.patchColumns, $0 / plan.patchColumns) }
    }

    /// Resizes and cuts a picture of any size.
    public init(image: RGBImage, plan: ResizePlan) throws(VisionError) {
        self.init(resized: try plan.resize(image), plan: plan)
    }

    /// - Parameter resized: exactly `plan.width x plan.height` pixels.
    public init(resized: RGBImage, plan: ResizePlan) {
        self.plan = plan
        patches = Self.cut(resized, plan: plan, indexes: 0..<plan.patchCount)
    }

    /// Patches that were cut elsewhere: [plan.patchCount, patchSize * patchSize * 3].
    package init(patches: Matrix, plan: ResizePlan) {
        precondition(
            patches.rows == plan.patchCount && patches.columns == plan.patchSize * plan.patchSize * 3,
            "[\(patches.rows), \(patches.columns)] are not the patches of \(plan.width)x\(plan.height) pixels")
        self.plan = plan
        self.patches = patches
    }

    /// Only the patches named by `indexes`, in that order: [indexes, patchSize * patchSize * 3].
    static func cut(_ image: RGBImage, plan: ResizePlan, indexes: some Collection<Int>) -> Matrix {
        precondition(
            image.width == plan.width && image.height == plan.height, "\(image.width)x\(image.height) is not \(plan.width)x\(plan.height)")
        let row = plan.patchSize * 3
        let width = plan.patchSize * row
        // The reference multiplies by 1/255 in double precision and rounds once to f32.
        let levels = (0..<256).map { Float(Double($0) * (1.0 / 255.0)) }
        let values = [Float](unsafeUninitializedCapacity: indexes.count * width) { target, count in
            image.pixels.withUnsafeBufferPointer { pixels in
                var next = 0
                for index in indexes {
                    let (patchRow, patchColumn) = index.quotientAndRemainder(dividingBy: plan.patchColumns)
                    for y in 0..<plan.patchSize {
                        let start = ((patchRow * plan.patchSize + y) * plan.width + patchColumn * plan.patchSize) * 3
                        for offset in 0..<row {
                            target.initializeElement(at: next, to: levels[Int(pixels[start + offset])])
                            next += 1
                        }
                    }
                }
            }
            count = indexes.count * width
        }
        return Matrix(rows: indexes.count, columns: width, values: values)
    }
}

extension ResizePlan {
    /// The picture at the plan's size: untouched when it already has it, bicubic with antialias otherwise.
    public func resize(_ image: RGBImage) throws(VisionError) -> RGBImage {
        guard image.width > 0, image.height > 0, image.pixels.count == 3 * image.width * image.height else {
            throw .malformedImage(width: image.width, height: image.height, bytes: image.pixels.count)
        }
        return BicubicResampler(sourceWidth: image.width, sourceHeight: image.height, width: width, height: height)(image)
    }
}
