import Capture
import Foundation
import Testing

@Suite struct WAVFileTests {
    private func frames(_ bytes: [UInt8]) throws -> [Float] {
        var file = try WAVFile(ByteReader(bytes), path: "x.wav")
        var samples: [Float] = []
        while true {
            let next = file.read(limit: 100, channel: nil)
            if next.isEmpty { return samples }
            samples += next
        }
    }

    private func failure(_ bytes: [UInt8]) -> String {
        do {
            _ = try WAVFile(ByteReader(bytes), path: "x.wav")
            return "no error"
        } catch {
            return error.description
        }
    }

    @Test func everyEncodingIsRead() throws {
        #expect(try frames(riff(formatChunk(channels: 1, rate: 8000, bits: 8) + chunk("data", [0, 192]))) == [-1, 0.5])
        #expect(try frames(riff(formatChunk(channels: 1, rate: 8000, bits: 16) + chunk("data", [0, 0x40]))) == [0.5])
        #expect(try frames(riff(formatChunk(channels: 1, rate: 8000, bits: 24) + chunk("data", [0, 0, 0x40]))) == [0.5])
        #expect(try frames(riff(formatChunk(channels: 1, rate: 8000, bits: 32) + chunk("data", [0, 0, 0, 0xC0]))) == [-0.5])
        let float = littleEndian(Float(0.75).bitPattern)
        #expect(try frames(riff(formatChunk(code: 3, channels: 1, rate: 8000, bits: 32) + chunk("data", float))) == [0.75])
        #expect(
            try frames(riff(formatChunk(code: 3, channels: 1, rate: 8000, bits: 32, extensible: true) + chunk("data", float))) == [0.75])
        #expect(try frames(riff(formatChunk(channels: 2, rate: 8000, bits: 16) + chunk("data", [0, 0x40, 0, 0x20]))) == [0.375])
    }

    @Test func strangeChunksArePassedOverAndPadded() throws {
        let bytes = riff(
            chunk("LIST", [1, 2, 3]) + formatChunk(channels: 1, rate: 16_000, bits: 16) + chunk("junk", [9])
                + chunk("data", [0, 0x40, 0, 0x40]) + chunk("LIST", [0, 0x40]))
        #expect(try frames(bytes) == [0.5, 0.5])
        #expect(try frames(riff(formatChunk(channels: 1, rate: 16_000, bits: 16) + chunk("data", [0, 0x40]), magic: "RF64")) == [0.5])
    }

    /// Only the end of the file is believed.
    @Test(arguments: [UInt32(1_000_000), 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF])
    func aLengthBeyondTheFileIsCut(claimed: UInt32) throws {
        let bytes = riff(
            formatChunk(channels: 1, rate: 16_000, bits: 16) + chunk("data", [0, 0x40, 0, 0x40, 0, 0x40, 7], length: claimed))
        #expect(try frames(bytes).count == 4)  // 7 bytes and the pad byte
        let file = try WAVFile(ByteReader(bytes), path: "x.wav")
        #expect(file.warning.isEmpty == (claimed == 0xFFFF_FFFF))
    }

    @Test func aLengthOfZeroMeansTheRestWhenTheRecorderNeverFinished() throws {
        let body = formatChunk(channels: 1, rate: 16_000, bits: 16) + chunk("data", [0, 0x40, 0, 0x40], length: 0)
        #expect(try frames(riff(body, length: 0)).count == 2)
        #expect(try frames(riff(body, length: 0xFFFF_FFFF)).count == 2)
        // Written for no sound at first, and never finished: nothing that follows is a chunk.
        #expect(try frames(riff(body)) == [0.5, 0.5])
        #expect(try frames(riff(body, length: 36)) == [0.5, 0.5])
        // Here something does, and the length means what it says.
        let empty = formatChunk(channels: 1, rate: 16_000, bits: 16) + chunk("data", []) + chunk("LIST", [1, 2, 3, 4])
        #expect(failure(riff(empty)).contains("no sound"))
    }

    /// For more than 4 GB; what follows the sound is none.
    @Test(arguments: ["RF64", "BW64"]) func theLengthOf64BitsIsTaken(magic: String) throws {
        let lengths = littleEndian(0 as UInt64) + littleEndian(4 as UInt64) + littleEndian(2 as UInt64) + littleEndian(0 as UInt32)
        let bytes = riff(
            chunk("ds64", lengths) + formatChunk(channels: 1, rate: 16_000, bits: 16)
                + chunk("data", [0, 0x40, 0, 0x40], length: 0xFFFF_FFFF)
                + chunk("LIST", [0, 0x40, 0, 0x40]), length: 0xFFFF_FFFF, magic: magic)
        #expect(try frames(bytes) == [0.5, 0.5])
    }

    /// Values of ITU-T G.711, tables 1 and 2, on the decoder's side.
    @Test func logarithmicSound() throws {
        func read(_ code: UInt16, _ bytes: [UInt8]) throws -> [Float] {
            try frames(riff(formatChunk(code: code, channels: 1, rate: 8000, bits: 8) + chunk("data", bytes)))
        }
        #expect(try read(6, [0xD5, 0x55, 0xAA, 0x2A, 0xD4, 0x80]) == [1, -1, 4032, -4032, 3, 688].map { $0 / 4096 })
        #expect(try read(7, [0xFF, 0x7F, 0x80, 0x00, 0xFE, 0xF0]) == [0, 0, 8031, -8031, 2, 30].map { $0 / 8192 })
        let double = littleEndian(0.75.bitPattern) + littleEndian(Double.nan.bitPattern) + littleEndian((-3.0).bitPattern)
        #expect(try frames(riff(formatChunk(code: 3, channels: 1, rate: 8000, bits: 64) + chunk("data", double))) == [0.75, 0, -1])
    }

    @Test func halfAFrameAtTheEndIsLeftOut() throws {
        let bytes = riff(formatChunk(channels: 2, rate: 16_000, bits: 16) + chunk("data", [0, 0x40, 0, 0x40, 1, 2]))
        #expect(try frames(bytes) == [0.5])
    }

    @Test func whatIsWrongIsNamed() {
        let format = formatChunk(channels: 1, rate: 16_000, bits: 16)
        #expect(failure([]).contains("0 bytes"))
        #expect(failure(Array("RIFF".utf8)).contains("4 bytes"))
        #expect(failure(Array("RIFX0000WAVE".utf8)).contains("RIFF"))
        #expect(failure(riff([])).contains("without a 'fmt ' chunk"))
        #expect(failure(riff(format)).contains("without a 'data' chunk"))
        #expect(failure(riff(chunk("data", [1, 2]))).contains("before any 'fmt '"))
        #expect(failure(riff(format + chunk("data", []))).contains("no sound"))
        #expect(failure(riff(chunk("fmt ", [1, 0, 1]))).contains("fewer than 16"))
        #expect(failure(riff(formatChunk(channels: 0, rate: 16_000, bits: 16) + chunk("data", [0, 0]))).contains("0 channels"))
        #expect(failure(riff(formatChunk(channels: 65, rate: 16_000, bits: 16) + chunk("data", [0, 0]))).contains("65 channels"))
        #expect(failure(riff(formatChunk(channels: 1, rate: 0, bits: 16) + chunk("data", [0, 0]))).contains("rate is 0 Hz"))
        #expect(failure(riff(formatChunk(code: 85, channels: 1, rate: 8000, bits: 16) + chunk("data", [0, 0]))).contains("MP3"))
        #expect(failure(riff(formatChunk(code: 1, channels: 1, rate: 8000, bits: 12) + chunk("data", [0, 0]))).contains("12 bits"))
        var wrongFrame = format
        wrongFrame[8 + 12] = 9
        #expect(failure(riff(wrongFrame + chunk("data", [0, 0]))).contains("9 bytes a frame"))
        let many = (0..<1100).flatMap { _ in chunk("junk", []) }
        #expect(failure(riff(many + format + chunk("data", [0, 0]))).contains("1000 chunks"))
        #expect(failure(riff([])).contains("ffmpeg"))
    }

    /// Thousands of damaged files: each is an error or sound no longer than the file.
    @Test func damagedFilesNeverCrash() {
        var generator = SplitMix(seed: 11)
        let seeds = [
            wav(sine(440, rate: 16_000, count: 300)),
            riff(
                chunk("LIST", [1, 2, 3]) + formatChunk(code: 3, channels: 2, rate: 48_000, bits: 32, extensible: true)
                    + chunk("data", [UInt8](repeating: 0x3F, count: 800))),
            riff(formatChunk(channels: 3, rate: 11_025, bits: 24) + chunk("data", [UInt8](repeating: 1, count: 90), length: 0), length: 0),
        ]
        var readable = 0
        let count = fuzzCount(6000)
        for round in 0..<count {
            let bytes = mutated(seeds[round % seeds.count], &generator)
            guard let samples = try? frames(bytes) else { continue }
            readable += 1
            #expect(samples.count <= bytes.count)
            #expect(samples.allSatisfy { $0 >= -1 && $0 <= 1 })
        }
        #expect(readable > 100)
        #expect(readable < count)
    }
}
