/// How a device or file lays out its samples: interleaved, little-endian.
package struct PCMFormat: Sendable, Equatable, CustomStringConvertible {
    package enum Encoding: String, Sendable, CaseIterable {
        case u8, s16, s24, s32, f32, f64
        /// ITU-T G.711: 8 bits, logarithmic.
        case alaw, mulaw
        /// 24 bits in the low three bytes of four (ALSA's S24_LE).
        case s24in32

        package var bytes: Int {
            switch self {
            case .u8, .alaw, .mulaw: 1
            case .s16: 2
            case .s24: 3
            case .s32, .f32, .s24in32: 4
            case .f64: 8
            }
        }
    }

    package static let rates = 1_000...768_000
    package static let maximumChannels = 64

    package var encoding: Encoding
    package var rate: Int
    package var channels: Int

    package init(encoding: Encoding, rate: Int, channels: Int) {
        self.encoding = encoding
        self.rate = rate
        self.channels = channels
    }

    package var bytesPerFrame: Int { encoding.bytes * channels }

    package var description: String {
        "\(rate) Hz, \(channels) channel\(channels == 1 ? "" : "s"), \(encoding.rawValue)"
    }

    /// Converts frames to mono f32 in [-1, 1]: integers divided by their full scale, floats clamped (what is not finite is 0).
    ///
    /// Allocates nothing.
    /// - Parameters:
    ///   - bytes: at least `frames * bytesPerFrame`; any alignment.
    ///   - channel: the one to take, or nil for the mean of all; one that does not exist means the last.
    package func convert(
        _ bytes: UnsafeRawBufferPointer, frames: Int, channel: Int?, into output: UnsafeMutableBufferPointer<Float>
    ) {
        let width = encoding.bytes
        let stride = bytesPerFrame
        if let channel {
            let offset = min(channel, channels - 1) * width
            for frame in 0..<frames { output[frame] = sample(bytes, frame * stride + offset) }
        } else if channels == 1 {
            for frame in 0..<frames { output[frame] = sample(bytes, frame * stride) }
        } else {
            let scale = 1 / Float(channels)
            for frame in 0..<frames {
                var sum: Float = 0
                for index in 0..<channels { sum += sample(bytes, frame * stride + index * width) }
                output[frame] = sum * scale
            }
        }
    }

    @inline(__always)
    private func sample(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
        switch encoding {
        case .u8:
            return (Float(bytes[offset]) - 128) / 128
        case .s16:
            return Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))) / 32_768
        case .s24:
            let low = Int32(bytes[offset]) | Int32(bytes[offset + 1]) << 8
            let high = Int32(Int8(bitPattern: bytes[offset + 2])) << 16
            return Float(high | low) / 8_388_608
        case .s24in32:
            let word = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
            return Float((word << 8) >> 8) / 8_388_608
        case .s32:
            return Float(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))) / 2_147_483_648
        case .f32:
            let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let value = Float(bitPattern: bits)
            return value.isFinite ? min(max(value, -1), 1) : 0
        case .f64:
            let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let value = Double(bitPattern: bits)
            return value.isFinite ? Float(min(max(value, -1), 1)) : 0
        case .alaw:
            return Self.alaw[Int(bytes[offset])]
        case .mulaw:
            return Self.mulaw[Int(bytes[offset])]
        }
    }

    /// ITU-T G.711, table 1: even bits are inverted, then sign, exponent of 3 bits, mantissa of 4; of 13 bits.
    private static let alaw: [Float] = (0..<256).map { code in
        let (code, segment) = (code ^ 0x55, (code ^ 0x55) >> 4 & 7)
        let step = (code & 15) << 1 | 1
        let value = segment == 0 ? step : (step | 32) << (segment - 1)
        return Float(code & 0x80 == 0 ? -value : value) / 4096
    }

    /// ITU-T G.711, table 2: all bits are inverted; of 14 bits, with a bias of 33.
    private static let mulaw: [Float] = (0..<256).map { code in
        let value = ((~code & 15) << 1 | 33) << (~code >> 4 & 7) - 33
        return Float(code & 0x80 == 0 ? -value : value) / 8192
    }
}
