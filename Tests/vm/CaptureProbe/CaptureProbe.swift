import Capture
import Foundation
import Media

/// Prints when flashes and clicks were captured, in media time, for the scenario of audio-visual sync:
///
///     capture-probe alsa:hw:Loopback,1 v4l2:/dev/video0 60
///     flash 1234.567890          seconds on the media clock (CLOCK_MONOTONIC)
///     click 1234.568012
///     drift 0.000499             of the microphone's clock, every 5 s
@main
struct CaptureProbe {
    /// Quiet that a click ends, and how loud a sample of it is.
    private static let quiet = 0.5
    private static let threshold: Float = 0.2

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let seconds = Double(arguments[3]) else {
            print("usage: capture-probe AUDIO VIDEO SECONDS")
            exit(2)
        }

        let audio = try Sources.audio(try SourceSpecification(arguments[1]))
        let video = try Sources.video(try SourceSpecification(arguments[2]), VideoOptions(width: 640, height: 480))
        try await audio.start()
        try await video.start()
        let end = MediaTime.now().adding(seconds: seconds)
        var isBright = true
        var lastLoud = -1.0
        var nextReport = MediaTime.now().adding(seconds: 5)
        while MediaTime.now() < end {
            for case .block(let block) in audio.read(maximumSamples: 16_000) {
                for (index, sample) in block.samples.enumerated() where abs(sample) > threshold {
                    let time = block.start.seconds + Double(index) / Double(AudioBlock.sampleRate)
                    if time - lastLoud > quiet { print("click \(time)") }
                    lastLoud = time
                }
            }
            for case .frame(let frame) in video.read() {
                let level = frame.image.pixels[(frame.image.pixels.count / 2)...].prefix(300).reduce(0) { $0 + Int($1) } / 300
                if level > 192, !isBright { print("flash \(frame.time.seconds)") }
                isBright = level > 192 || isBright && level > 64
            }
            if MediaTime.now() >= nextReport {
                nextReport = nextReport.adding(seconds: 5)
                print("drift \(audio.status.clockDrift ?? 0)")
            }
            try await Task.sleep(for: .milliseconds(4))
        }
        await audio.stop()
        await video.stop()
    }
}
