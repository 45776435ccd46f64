package import Media

extension RGBImage {
    /// Smaller by 2, 4 or 8 a side, each pixel the mean of those that it covers, so that it has at most `pixels`; the picture
    /// itself where it has not more.
    package func reduced(toAtMost pixels: Int) -> RGBImage {
        guard width * height > pixels else { return self }
        let divisor = [2, 4].first { width * height <= pixels * $0 * $0 } ?? 8
        let (columns, rows) = ((width + divisor - 1) / divisor, (height + divisor - 1) / divisor)
        let reduced = [UInt8](unsafeUninitializedCapacity: 3 * columns * rows) { output, count in
            for row in 0..<rows {
                let lines = row * divisor..<min((row + 1) * divisor, height)
                for column in 0..<columns {
                    let across = column * divisor..<min((column + 1) * divisor, width)
                    let area = lines.count * across.count
                    for channel in 0..<3 {
                        var sum = area / 2
                        for y in lines { for x in across { sum += Int(self.pixels[3 * (y * width + x) + channel]) } }
                        output[3 * (row * columns + column) + channel] = UInt8(sum / area)
                    }
                }
            }
            count = 3 * columns * rows
        }
        return RGBImage(width: columns, height: rows, pixels: reduced)
    }
}
