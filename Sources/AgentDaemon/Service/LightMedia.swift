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

    /// As good as fits into a message that every client of WebSocket takes: noise and large pictures are packed harder, then halved.
    func snapshot(of image: RGBImage) throws(ImageFileError) -> (jpeg: [UInt8], width: Int, height: Int) {
        var image = image
        while true {
            for quality in Self.qualities {
                let jpeg = try ImageFiles.encodeJPEG(image, quality: quality)
                if jpeg.count <= Self.maximumSnapshotBytes { return (jpeg, image.width, image.height) }
            }
            image = image.reduced(toAtMost: max(1, image.width * image.height / 4))
        }
    }

    private static let qualities = [90, 75, 60, 45]
    /// In base64, with what stands around it, 512 KiB.
    static let maximumSnapshotBytes = 380 << 10

    /// At 16 kHz. - Parameter converter: of the sound before this; used on at the same rate.
    func sound(_ blob: Blob, after converter: (rate: Int, Resampler)?) throws -> (samples: [Float], converter: (rate: Int, Resampler)?) {
        try Task.checkCancellation()
        let (rate, samples) = try blob.pcm16()
        guard rate != AudioBlock.sampleRate else { return (samples, nil) }
        var resampler = converter?.rate == rate ? converter!.1 : Resampler(from: rate, to: AudioBlock.sampleRate)
        return (resampler.push(samples), (rate, resampler))
    }
}
