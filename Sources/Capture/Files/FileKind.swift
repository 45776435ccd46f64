// CALSA: alsa-lib includes <sys/stat.h>, so stat counts as its member where both are built.
import CALSA
import Glibc

/// What a file is, by its first bytes (by its name only where bytes cannot tell).
package enum FileKind: Equatable, Sendable {
    case wav, y4m, avi, jpeg, png, folder
    /// A kind that only ffmpeg plays, if any; in words, with its article.
    case other(String)

    package init(path: String) throws(CaptureError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        if status.st_mode & S_IFMT == S_IFDIR {
            self = .folder
            return
        }
        var reader = try ByteReader(path: path)
        self.init(firstBytes: reader.bytes(16))
    }

    package init(firstBytes bytes: [UInt8]) {
        func begins(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if ["RIFF", "RF64", "BW64"].contains(where: { begins($0) }) && begins("WAVE", at: 8) {
            self = .wav
        } else if begins("YUV4MPEG2") {
            self = .y4m
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            self = .png
        } else if bytes.isEmpty {
            self = .other("an empty file")
        } else if begins("RIFF") && begins("AVI ", at: 8) {
            self = .avi
        } else if begins("ftyp", at: 4) {
            self = .other("an MP4 or MOV film")
        } else if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            self = .other("a Matroska or WebM film")
        } else if begins("OggS") {
            self = .other("an Ogg file")
        } else if begins("fLaC") {
            self = .other("a FLAC file")
        } else if begins("ID3") || bytes.starts(with: [0xFF, 0xFB]) {
            self = .other("an MP3 file")
        } else if begins("FORM") {
            self = .other("an AIFF file")
        } else if begins("GIF8") {
            self = .other("a GIF picture")
        } else {
            self = .other("of an unknown kind")
        }
    }
}
