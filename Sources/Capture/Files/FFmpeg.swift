import CALSA
import Glibc
import ImageFiles
import Synchronization

/// Another program's decoder for what is not read here: `ffmpeg`, run beside the daemon, its output read through a pipe.
///
/// It gets the file's path and nothing of ours: no standard input, no network protocols, and it ends with this value.
package final class FFmpeg: Sendable {
    package enum Output: Sendable {
        case pictures, sound

        /// What a picture of the file may ask for.
        var limits: [String] { self == .pictures ? ["-max_pixels", "\(ImageFiles.maximumPixels)"] : [] }

        var arguments: [String] {
            switch self {
            case .pictures: ["-an", "-sn", "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe"]
            // The engine's own rate: ffmpeg's converter is better than a second one after it.
            case .sound: ["-vn", "-sn", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-f", "wav"]
            }
        }
    }

    let path: String
    /// What the file is, in words.
    let kind: String
    private let process: pid_t
    private let output: Mutex<Int32>
    private let errors: Int32
    private static let complaintLimit = 2000

    /// - Parameter program: nil to look along PATH.
    static func start(_ output: Output, path: String, kind: String, program: String? = nil) throws(CaptureError) -> FFmpeg {
        guard let program = program ?? find(along: getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin") else {
            throw missing(output, path: path, kind: kind)
        }
        var (out, errors) = ([Int32](repeating: -1, count: 2), [Int32](repeating: -1, count: 2))
        guard mm_pipe(&out, 0) == 0 else { throw failure(path, "a pipe", errno) }
        guard mm_pipe(&errors, 1) == 0 else {
            let code = errno
            out.forEach { close($0) }
            throw failure(path, "a pipe", code)
        }
        let arguments =
            [program, "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"] + output.limits + ["-i", "file:" + path]
            + output.arguments + ["pipe:1"]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, out[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
        var process = pid_t()
        var list: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for argument in list { free(argument) } }
        let code = posix_spawn(&process, program, &actions, nil, &list, environ)
        close(out[1])
        close(errors[1])
        guard code == 0 else {
            close(out[0])
            close(errors[0])
            throw failure(path, program, code)
        }
        return FFmpeg(path: path, kind: kind, process: process, output: out[0], errors: errors[0])
    }

    private init(path: String, kind: String, process: pid_t, output: Int32, errors: Int32) {
        self.path = path
        self.kind = kind
        self.process = process
        self.output = Mutex(output)
        self.errors = errors
    }

    /// The reading end of its output, which the caller closes.
    func takeOutput() -> Int32 {
        output.withLock { output in
            defer { output = -1 }
            return output
        }
    }

    deinit {
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        close(errors)
        output.withLock { if $0 >= 0 { close($0) } }
    }

    /// The error when it gives nothing.
    func refusal(_ what: String) -> CaptureError {
        .unsupportedFile(path: path, kind: kind, remedy: "ffmpeg gives \(what) of it: \(complaint())")
    }

    /// What it complained about so far, its last line.
    private func complaint() -> String {
        var text = [UInt8](repeating: 0, count: Self.complaintLimit)
        let count = max(0, read(errors, &text, text.count))
        let lines = String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n")
        return lines.last.map(String.init) ?? "it said nothing"
    }

    private static func failure(_ path: String, _ what: String, _ code: Int32) -> CaptureError {
        .cannotOpen(path: path, reason: "\(what) for ffmpeg could not be started (\(String(cString: strerror(code))))")
    }

    package static func missing(_ output: Output, path: String, kind: String) -> CaptureError {
        let kinds = output == .pictures ? "Y4M, AVI with MJPEG, or a folder of JPEG" : "WAV"
        return .unsupportedFile(path: path, kind: kind, remedy: "install ffmpeg (apt install ffmpeg), or convert it to \(kinds)")
    }

    package static func find(along path: String) -> String? {
        path.split(separator: ":").map { "\($0)/ffmpeg" }.first { access($0, X_OK) == 0 }
    }
}
