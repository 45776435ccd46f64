import AgentProtocol
import Capture
import ImageFiles
import Media
import Session

/// Media that take milliseconds, on a thread of their own: sound that clients send, and snapshots, wait behind nobody's pictures.
actor LightMedia {
    private nonisolated let thread = EngineThread(name: "mmagent-light")
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    deinit { thread.stop() }

    func jpeg(of image: RGBImage, quality: Int) throws(ImageFileError) -> [UInt8] {
        try ImageFiles.encodeJPEG(image, quality: quality)
    }

    /// At 16 kHz. - Parameter converter: of the sound before this; used on at the same rate.
    func sound(_ blob: Blob, after converter: (rate: Int, Resampler)?) throws -> (samples: [Float], converter: (rate: Int, Resampler)?) {
        try Task.checkCancellation()
        let (rate, samples) = try blob.pcm16()
        guard rate != AudioBlock.sampleRate else { return (samples, nil) }
        var resampler = converter?.rate == rate ? converter!.1 : Resampler(from: rate, to: AudioBlock.sampleRate)
        return (resampler.push(samples), (rate, resampler))
    }
}
