import Foundation
import Media

/// The recording as files that a daemon plays in real time: a folder of links for the camera, a WAV file for the microphone.
///
/// A device that is unmuted plays its file from the beginning: before that the file is made anew, from that moment on.
final class LiveMedia {
    private let recording: StreamSet.Recording
    private let folder: URL
    private var sound: StreamSound
    private var made = 0

    var camera: String { folder.appendingPathComponent("camera").path }
    var microphone: String { folder.appendingPathComponent("microphone.wav").path }

    init(_ recording: StreamSet.Recording, folder: URL) throws {
        self.recording = recording
        self.folder = folder
        sound = StreamSound(recording.sound)
        try prepare(.camera, from: 0)
        try prepare(.microphone, from: 0)
    }

    /// Lets the device's next start begin at this second of the recording.
    func prepare(_ device: StreamTruth.Mute.Device, from begin: Double) throws {
        made += 1
        // A file holds something, however late it begins.
        let seconds = min(begin, recording.truth.seconds - 1 / recording.truth.fps)
        switch device {
        case .camera:
            let frames = folder.appendingPathComponent("frames-\(made)")
            try FileManager.default.createDirectory(at: frames, withIntermediateDirectories: true)
            for (index, name) in pictures(from: seconds).enumerated() {
                let link = frames.appendingPathComponent(String(format: "%06d.jpg", index)).path
                // A link's path would be relative to the link's own folder.
                let picture = URL(fileURLWithPath: recording.file(name)).standardizedFileURL.path
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: picture)
            }
            try point(camera, to: frames.path)
        case .microphone:
            let file = folder.appendingPathComponent("sound-\(made).wav")
            try Self.wave(sound.samples(from: seconds, to: recording.truth.seconds)).write(to: file)
            try point(microphone, to: file.path)
        }
    }

    /// A picture for every frame that a camera of this rate takes from then on.
    private func pictures(from seconds: Double) -> [String] {
        let truth = recording.truth
        guard let first = truth.frames.first else { return [] }
        let count = Int(((truth.seconds - seconds) * truth.fps).rounded(.up))
        var next = 0
        var newest = first.image
        return (0..<count).map { index in
            // Half a frame of tolerance: times are written with two digits.
            let time = seconds + (Double(index) + 0.5) / truth.fps
            while next < truth.frames.count, truth.frames[next].time < time {
                newest = truth.frames[next].image
                next += 1
            }
            return newest
        }
    }

    /// At no moment is there no such file.
    private func point(_ link: String, to target: String) throws {
        let new = link + ".new"
        try FileManager.default.createSymbolicLink(atPath: new, withDestinationPath: target)
        guard rename(new, link) == 0 else { throw EvaluationError.unwritable(path: link, reason: String(cString: strerror(errno))) }
    }

    /// 16 kHz, mono, 16 bits.
    private static func wave(_ samples: [Float]) -> Data {
        func little<T: FixedWidthInteger>(_ value: T) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
        let rate = UInt32(AudioBlock.sampleRate)
        let bytes = UInt32(2 * samples.count)
        var data = Data("RIFF".utf8) + little(36 + bytes) + Data("WAVEfmt ".utf8) + little(UInt32(16)) + little(UInt16(1))
        data +=
            little(UInt16(1)) + little(rate) + little(2 * rate) + little(UInt16(2)) + little(UInt16(16)) + Data("data".utf8) + little(bytes)
        let values = samples.map { Int16(min(max($0, -1), 1) * 32_767).littleEndian }
        return data + values.withUnsafeBytes { Data($0) }
    }
}
