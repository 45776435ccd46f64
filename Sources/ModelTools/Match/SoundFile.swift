import Capture
import Media

/// A WAV file as samples at 16 kHz.
enum SoundFile {
    static func samples(_ path: String) throws -> [Float] {
        var file = try WAVFile(path: path)
        var resampler = Resampler(from: file.format.rate, to: AudioBlock.sampleRate)
        var samples: [Float] = []
        while true {
            let frames = file.read(limit: 8192, channel: nil)
            if frames.isEmpty { break }
            samples += resampler.push(frames)
        }
        return samples + resampler.finish()
    }
}
