import Media

/// The sound of one recording, or of several end to end, piece by piece: one file is held at a time.
package struct StreamSound: Sendable {
    package struct File: Sendable {
        package let path: String
        /// Seconds at which its recording begins.
        package let from: Double
        package let to: Double
    }

    /// A single sound.
    package struct Span: Sendable {
        package let from: Double
        package let to: Double
    }

    /// Heard alone, a sound has this much before it, as the detector looks back, and this much silence after it, so that the
    /// detector finds its end.
    private static let (lookback, silence) = (0.3, 1.0)

    private let files: [File]
    private var held: (path: String, samples: [Float])?

    package init(_ files: [File]) { self.files = files }

    /// - Returns: the samples from one moment to another; silence where a file has none.
    package mutating func samples(from: Double, to: Double) throws -> [Float] {
        var samples: [Float] = []
        for file in files where file.from < to && from < file.to {
            let sound = try load(file.path)
            let (begin, end) = (Self.index(max(from, file.from) - file.from), Self.index(min(to, file.to) - file.from))
            samples += sound[min(begin, sound.count)..<min(end, sound.count)]
            samples += [Float](repeating: 0, count: max(0, end - max(begin, sound.count)))
        }
        return samples
    }

    /// A sound alone.
    mutating func samples(of span: Span) throws -> [Float] {
        let silence = [Float](repeating: 0, count: Self.index(Self.silence))
        return try samples(from: max(0, span.from - Self.lookback), to: span.to) + silence
    }

    private static func index(_ time: Double) -> Int { Int((time * Double(AudioBlock.sampleRate)).rounded()) }

    private mutating func load(_ path: String) throws -> [Float] {
        if let held, held.path == path { return held.samples }
        held = nil
        let samples = try SoundFile.samples(path)
        held = (path, samples)
        return samples
    }
}
