import AgentSocket
import Foundation
import Glibc

/// What `mmagentd --demo` runs: nano on the shipped recording of a desk, for whoever has neither microphone nor camera.
public struct Demonstration: Sendable {
    public let configuration: DaemonConfiguration
    private let recording: String

    /// Why there is no demonstration.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        case noRecording(looked: [String])
        case noFolder(path: String, reason: String)

        public var description: String {
            switch self {
            case .noRecording(let looked):
                "neither \(looked.joined(separator: " nor ")) holds models/nano and recordings/desk: install the package, or run it in the repository"
            case .noFolder(let path, let reason):
                "the demonstration's socket needs a folder, and \(path) cannot be it (\(reason)): set XDG_RUNTIME_DIR to a folder that you may write"
            }
        }
    }

    /// - Parameters:
    ///   - places: folders that may hold models/nano and recordings/desk; the first that does is taken.
    ///   - runtimeFolder: of the user ($XDG_RUNTIME_DIR); nil: a new temporary folder.
    public init(places: [String] = Self.places(), runtimeFolder: String? = Self.runtimeFolder()) throws(Problem) {
        let files = FileManager.default
        func isFolder(_ path: String) -> Bool {
            var isFolder: ObjCBool = false
            return files.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
        guard let place = places.first(where: { isFolder($0 + "/models/nano") && isFolder($0 + "/recordings/desk/frames") }) else {
            throw .noRecording(looked: places)
        }
        recording = place + "/recordings/desk"
        var configuration = DaemonConfiguration()
        configuration.model.path = place + "/models/nano"
        configuration.audio.source = "file:\(recording)/microphone.wav"
        configuration.video.source = "file:\(recording)/frames"
        // Over and over: whoever opens a second terminal misses nothing.
        configuration.audio.loop = true
        configuration.video.loop = true
        let parent = runtimeFolder ?? files.temporaryDirectory.path
        // One a process: two demonstrations do not meet at one socket.
        let folder = parent + "/mmagent-demo-\(ProcessInfo.processInfo.processIdentifier)"
        configuration.socket.path = folder + "/mmagentd.sock"
        // A path that is too long for a socket is told before anything is made.
        if case .pathTooLong(_, let limit)? = configuration.socketSettings.problems().first {
            throw .noFolder(path: folder, reason: "the socket's path would be longer than the \(limit) bytes that the kernel allows")
        }
        guard mkdir(folder, 0o700) == 0 else { throw .noFolder(path: folder, reason: String(cString: strerror(errno))) }
        self.configuration = configuration
    }

    /// What to try, for the terminal.
    public var text: String {
        """
        mmagentd plays \(recording) to nano, over and over. In another terminal:
          export MMAGENT_SOCKET=\(configuration.socket.path)
          mmagentctl ask "what is on the desk?"
          mmagentctl events --only observation,transcription,turn
          mmagentctl watch "tell me when you see a mug"
          mmagentctl snapshot desk.jpg
        Ctrl-C ends it.
        """
    }

    /// Takes the socket's folder away.
    public func remove() {
        try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: configuration.socket.path).deletingLastPathComponent().path)
    }

    /// The package's folder, then those above the program's file, as in a repository's .build, then the working directory.
    public static func places() -> [String] {
        var places = ["/usr/share/mmagent"]
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        if let build = folder.pathComponents.lastIndex(of: ".build") {
            while folder.pathComponents.count > build { folder.deleteLastPathComponent() }
            places.insert(folder.path, at: 0)
        }
        return places + [FileManager.default.currentDirectoryPath]
    }

    /// $XDG_RUNTIME_DIR, if it is a folder.
    public static func runtimeFolder() -> String? {
        guard let path = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"], path.hasPrefix("/"),
            FileManager.default.isWritableFile(atPath: path)
        else { return nil }
        return path
    }
}
