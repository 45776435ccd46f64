import Capture
import Testing

@Suite struct PCMFormatTests {
    private func convert(_ encoding: PCMFormat.Encoding, channels: Int = 1, _ bytes: [UInt8], channel: Int? = nil) -> [Float] {
        let format = PCMFormat(encoding: encoding, rate: 16_000, channels: channels)
        let frames = bytes.count / format.bytesPerFrame
        return [Float](unsafeUninitializedCapacity: frames) { output, count in
            bytes.withUnsafeBytes { format.convert($0, frames: frames, channel: channel, into: output) }
            count = frames
        }
    }

    @Test func everyEncodingReachesItsFullScale() {
        #expect(convert(.u8, [0, 128, 255]) == [-1, 0, 127.0 / 128])
        #expect(convert(.s16, [0x00, 0x80, 0, 0, 0xFF, 0x7F]) == [-1, 0, 32_767.0 / 32_768])
        #expect(convert(.s24, [0, 0, 0x80, 0, 0, 0, 0xFF, 0xFF, 0x7F]) == [-1, 0, 8_388_607.0 / 8_388_608])
        #expect(convert(.s24in32, [0, 0, 0x80, 0xAA, 0xFF, 0xFF, 0x7F, 0x55]) == [-1, 8_388_607.0 / 8_388_608])
        #expect(convert(.s32, [0, 0, 0, 0x80, 0, 0, 0, 0x40]) == [-1, 0.5])
        #expect(convert(.f32, littleEndian(Float(0.25).bitPattern) + littleEndian(Float(-3).bitPattern)) == [0.25, -1])
    }

    @Test func floatsThatAreNoNumbersAreSilence() {
        let bytes = [Float.nan, .infinity, -.infinity].flatMap { littleEndian($0.bitPattern) }
        #expect(convert(.f32, bytes) == [0, 0, 0])
    }

    @Test func channelsAreAveragedOrChosen() {
        let bytes = [Int16(16_384), -8_192, 0, 8_192].flatMap { littleEndian($0) }
        #expect(convert(.s16, channels: 2, bytes) == [0.125, 0.125])
        #expect(convert(.s16, channels: 2, bytes, channel: 0) == [0.5, 0])
        #expect(convert(.s16, channels: 2, bytes, channel: 1) == [-0.25, 0.25])
        #expect(convert(.s16, channels: 2, bytes, channel: 9) == [-0.25, 0.25])
    }
}
