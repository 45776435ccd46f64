import AgentSocket
import Capture
import Checkpoint
import Foundation
import Glibc
import Session
import Tensors

/// What of a configuration does not work on this machine, found without starting anything: a daemon would say it later, and one
/// thing at a time. Files are read; no device is opened, and nothing is changed or left behind (see `FolderProbe`).
public struct ConfigurationCheck: Sendable {
    public struct Parts: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// Socket, groups, folders and files that are written, the sources' pace.
        public static let settings = Parts(rawValue: 1)
        /// The model's files.
        public static let model = Parts(rawValue: 2)
        /// The sources; recordings are opened.
        public static let sources = Parts(rawValue: 4)
        public static let all: Parts = [.settings, .model, .sources]
    }

    /// What is wrong, a sentence each: what, the value, the remedy.
    public private(set) var faults: [String] = []
    /// What works, though perhaps not as it is meant.
    public private(set) var warnings: [String] = []
    /// Files of a model that is as `[model] public_key`'s owner signed it; nil without a key.
    public private(set) var signedFiles: Int?

    public init(_ configuration: DaemonConfiguration, parts: Parts = .all) {
        if parts.contains(.model) { checkModel(configuration) }
        if parts.contains(.sources) { faults += configuration.sourceFaults().map(\.description) }
        if parts.contains(.settings) {
            // A source that is not written as it must be is told of by the sources.
            do { _ = try configuration.isLive() } catch let error as DaemonError { faults.append("\(error)") } catch {}
            faults += configuration.socketSettings.problems().map(\.description)
            checkListen(configuration.listen)
            checkState(configuration.state.path)
            checkMetrics(configuration.metrics.textfile)
            checkFolder(ofSocket: configuration.socket.path)
        }
    }

    private mutating func checkModel(_ configuration: DaemonConfiguration) {
        let model = configuration.model
        do { signedFiles = try configuration.checkSignature() } catch { return faults.append("[model] public_key: \(error)") }
        do {
            let files = try ModelFiles(directory: model.path, weights: model.weights, pool: ThreadPool(threads: 1))
            warnings += configuration.streamWarnings(model: files.checkpoint.configuration, name: files.name)
            if let strays = files.strayNote { warnings.append("[model] path \(model.path) has \(strays); ignored") }
        } catch {
            faults.append("[model] path: \(error)")
        }
    }

    private mutating func checkListen(_ listen: DaemonConfiguration.Listen) {
        warnings += listen.remarks(isOpen: !listen.tcp.isEmpty)
        guard !listen.tcp.isEmpty || !listen.keys.isEmpty else { return }
        if listen.tls == .off, let address = ListenAddress(listen.tcp), !address.isLoopback {
            faults.append("\(AgentSocketError.plainNetwork(address: listen.tcp))")
        }
        do { _ = try listen.access() } catch { faults.append("\(error)") }
        do { _ = try listen.configuredIdentity() } catch { faults.append("\(error)") }
    }

    /// A folder that this user may not write may be writable for the daemon's.
    private mutating func checkState(_ folder: String) {
        guard !folder.isEmpty, let problem = StateStore.problem(folder: folder) else { return }
        var info = stat()
        let isThere = stat(folder, &info) == 0
        let isOther = isThere && info.st_mode & S_IFMT != S_IFDIR
        let place = isThere ? folder : (folder as NSString).deletingLastPathComponent
        if isOther || FolderProbe(place).isImpossible { faults.append(problem) } else { warnings.append(problem) }
    }

    private mutating func checkMetrics(_ file: String) {
        guard !file.isEmpty else { return }
        let folder = (file as NSString).deletingLastPathComponent
        if let other = WholeFile.obstacle(at: file) {
            faults.append("[metrics] textfile: \(other) is no regular file, and is left as it is: name another file, or move it away")
            return
        }
        switch FolderProbe(folder) {
        case .writable: break
        case .missing: faults.append("[metrics] textfile \(file): there is no folder \(folder): make it, or name another file")
        case .forbidden:
            warnings.append("[metrics] textfile \(file): this user may not write into \(folder); the daemon's must")
        case .impossible(let reason):
            faults.append("[metrics] textfile \(file): no file can be made in \(folder) (\(reason)): name one in another folder")
        }
        if !file.hasSuffix(MetricsFile.ending) {
            warnings.append(
                "[metrics] textfile \(file) does not end in \(MetricsFile.ending): node_exporter's collector reads no other names")
        }
    }

    /// What a start would fail on, where the folder is there; permission is a matter of the daemon's user.
    private mutating func checkFolder(ofSocket path: String) {
        let folder = (path as NSString).deletingLastPathComponent
        guard case .impossible(let reason) = FolderProbe(folder) else { return }
        faults.append("[socket] path \(path): no socket can be made in \(folder) (\(reason)): name one in another folder")
    }
}
