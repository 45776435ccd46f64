extension StreamSet {
    /// All recordings end to end, as one. What went before a recording is in the memory of the stream and not in its truth, so
    /// questions about what was heard or happened before are left out of the first minutes of all but the first.
    var joined: Recording {
        var truths: [StreamTruth] = []
        var sound: [StreamSound.File] = []
        var start = 0.0
        for recording in recordings {
            let folder = recording.directory == directory ? "" : String(recording.directory.dropFirst(directory.count + 1)) + "/"
            truths.append(recording.truth.moved(by: start, folder: folder, isFirst: start == 0))
            sound += recording.sound.map { StreamSound.File(path: $0.path, from: $0.from + start, to: $0.to + start) }
            start += recording.truth.seconds
        }
        return Recording(truth: StreamTruth(joining: truths), sound: sound, directory: directory)
    }
}
