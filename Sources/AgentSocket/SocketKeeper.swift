import Glibc

/// Keeps a socket's path for its daemon: its lock and its file, made anew when somebody removes them.
struct SocketKeeper {
    enum Finding {
        /// The file was gone and is there again: here is what to listen on now.
        case renewed(fileDescriptor: Int32)
        /// Clients cannot find the daemon; told once for each reason.
        case unreachable(AgentSocketError)
    }

    let path: String
    private let mode: Int
    private let group: String?
    private var lock: SocketLock
    private(set) var file: SocketFile
    private var told: AgentSocketError?

    /// Makes the folder if only it is missing, then lock and file.
    init(path: String, mode: Int, group: String?) throws(AgentSocketError) {
        try SocketFile.require(path: path, mode: mode)
        if let group { _ = try SocketFile.groupID(group, key: "group") }
        try SocketFile.makeDirectory(for: path)
        lock = try SocketLock(socket: path)
        do throws(AgentSocketError) {
            file = try SocketFile(path: path, mode: mode, group: group)
        } catch {
            lock.release()
            throw error
        }
        (self.path, self.mode, self.group) = (path, mode, group)
    }

    /// Looks whether lock and file are in their places, and puts them there.
    /// - Returns: what the daemon has to do or tell; nil: nothing.
    mutating func look() -> Finding? {
        guard !lock.isInPlace || !file.isInPlace else {
            told = nil
            return nil
        }
        do throws(AgentSocketError) {
            try SocketFile.makeDirectory(for: path)
            if !lock.isInPlace {
                let next = try SocketLock(socket: path)
                lock.release()
                lock = next
            }
            guard !file.isInPlace else { return nil }
            file = try SocketFile(path: path, mode: mode, group: group)
            told = nil
            return .renewed(fileDescriptor: file.fileDescriptor)
        } catch {
            guard told != error else { return nil }
            told = error
            return .unreachable(error)
        }
    }

    /// Removes both, unless they are another's by now.
    func remove() {
        file.remove()
        lock.release()
    }
}
