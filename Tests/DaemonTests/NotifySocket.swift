import Foundation
import Glibc
import Synchronization

/// What a service manager is told: the datagrams that come to `NOTIFY_SOCKET`, taken as they come, since a full queue would hold up who
/// sends them.
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32
    private let told = Mutex<[String]>([])
    private let isClosed = Atomic(false)

    var texts: [String] { told.withLock { $0 } }

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("notify-\(UUID().uuidString.prefix(8))").path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        Thread.detachNewThread { [self] in read() }
    }

    /// What came up to now can still be read.
    func close() { isClosed.store(true, ordering: .relaxed) }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !isClosed.load(ordering: .relaxed) {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 50) > 0 else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { told.withLock { $0.append(String(decoding: buffer[..<count], as: UTF8.self)) } }
        }
        Glibc.close(descriptor)
        unlink(path)
    }
}
