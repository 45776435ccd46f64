import AgentSocket
import Files
import Foundation
import Glibc

extension DaemonConfiguration.Listen {
    private static let maximumFileBytes = 1 << 18

    /// What clients from the network must show.
    /// - Parameter credentials: the folder of systemd's credentials.
    func access(credentials: String? = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]) throws(ListenError) -> NetworkAccess {
        var file = keys
        var isCredential = false
        if file.isEmpty, let credentials {
            file = credentials + "/keys"
            isCredential = true
        }
        guard !file.isEmpty, !isCredential || Glibc.access(file, F_OK) == 0 else { throw .noKeys }
        let text = try Self.text(of: file, key: "keys", isSecret: !isCredential)
        let ring: KeyRing
        do { ring = try KeyRing(text, file: file) } catch { throw .malformed("\(error)") }
        guard !ring.isEmpty else { throw .emptyKeys(file: file) }
        return NetworkAccess(keys: ring, hosts: hostNames, origins: Set(words(origins)))
    }

    /// The pair that the configuration names; nil: TLS is off, or the pair is to be this machine's own.
    func configuredIdentity() throws(ListenError) -> TLSIdentity? {
        guard tls == .on, !certificate.isEmpty || !privateKey.isEmpty else { return nil }
        guard !certificate.isEmpty else { throw .halfPair(missing: "certificate") }
        guard !privateKey.isEmpty else { throw .halfPair(missing: "private_key") }
        let chain = try Self.text(of: certificate, key: "certificate")
        let key = try Self.text(of: privateKey, key: "private_key")
        do { return try TLSIdentity(certificate: chain, privateKey: key) } catch {
            throw .pair(certificate: certificate, reason: "\(error)")
        }
    }

    /// The address at which it listens is a name of this machine, too.
    private var hostNames: Set<String> { Set(words(hosts) + (ListenAddress(tcp).map { [$0.host] } ?? [])) }

    /// Names that a certificate of this machine's own is for.
    var certificateHosts: [String] { hostNames.filter { !["0.0.0.0", "::"].contains($0) }.sorted() }

    private func words(_ text: String) -> [String] { text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init) }

    /// - Parameter isSecret: whether only its owner may read it.
    static func text(of file: String, key: String, isSecret: Bool = false) throws(ListenError) -> String {
        let bytes: [UInt8]
        do { bytes = try RegularFile.bytes(at: file, limit: maximumFileBytes) } catch {
            throw .unreadable(key: key, file: file, reason: "\(error)")
        }
        var info = stat()
        if isSecret, stat(file, &info) == 0, info.st_mode & 0o077 != 0 {
            throw .readableByOthers(file: file, mode: UInt32(info.st_mode & 0o777))
        }
        guard let text = String(bytes: bytes, encoding: .utf8) else { throw .unreadable(key: key, file: file, reason: "it is not UTF-8") }
        return text
    }
}
