import Capture
import Media

/// The sound of a file as samples at 16 kHz: WAV, or whatever ffmpeg reads.
enum SoundFile {
    static func samples(_ path: String) throws -> [Float] {
        var file = try SoundTrack.open(path: path)
        var resampler = Resampler(from: file.rate, to: AudioBlock.sampleRate)
        var samples: [Float] = []
        while true {
            let frames = file.read(limit: 8192, channel: nil)
            if frames.isEmpty { break }
            samples += resampler.push(frames)
        }
        return samples + resampler.finish()
    }
}
