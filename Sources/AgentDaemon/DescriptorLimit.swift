import Glibc

/// Open files that the process may have. A connection costs one; without one left nothing can be opened, and no connection refused.
package enum DescriptorLimit {
    /// Kept beside the clients' and the model's: devices and recordings, threads' wake-ups, and connections that are being refused.
    package static let reserve = 192

    /// Raises the limit as far as `clients` need and the system allows.
    /// - Parameter files: of the model, which stay open.
    /// - Returns: how many clients may connect, and the limit.
    package static func raise(for clients: Int, files: Int) -> (clients: Int, limit: Int) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return (clients, .max) }
        let wanted = rlim_t(clients + files + reserve)
        if limit.rlim_cur < wanted {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return (served(clients, files: files, limit: Int(clamping: limit.rlim_cur)), Int(clamping: limit.rlim_cur))
    }

    /// However low the limit, one client is served.
    package static func served(_ clients: Int, files: Int, limit: Int) -> Int { max(1, min(clients, limit - files - reserve)) }
}
