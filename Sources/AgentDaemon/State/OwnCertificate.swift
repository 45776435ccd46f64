import AgentSocket
import Foundation
import Glibc
import Logging

/// The certificate that this machine makes for itself, kept in the state folder: clients are told once to trust it, and it stays the
/// same over restarts.
struct OwnCertificate {
    private let folder: String
    var certificate: String { folder + "/certificate.pem" }
    private var privateKey: String { folder + "/private-key.pem" }

    /// - Parameter state: the state folder.
    init(state: String) { folder = state + "/tls" }

    /// The pair as it is kept, or a new one, which the log tells of.
    func identity(hosts: [String], log: Logger) throws -> TLSIdentity {
        if let kept = kept(hosts) { return kept }
        let new = try SelfSigned(hosts: hosts)
        for folder in [(folder as NSString).deletingLastPathComponent, folder] where mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw WholeFile.Failure(path: folder, code: errno)
        }
        try WholeFile.write(Array(new.privateKey.utf8), to: privateKey, mode: 0o600, survives: true)
        try WholeFile.write(Array(new.certificate.utf8), to: certificate, mode: 0o644, survives: true)
        log.notice(
            """
            made a certificate for the network's entrance: have clients trust it, by SSL_CERT_FILE=\(certificate) (Python), \
            NODE_EXTRA_CA_CERTS=\(certificate) (Node.js) or curl --cacert \(certificate)
            """)
        return try TLSIdentity(certificate: new.certificate, privateKey: new.privateKey)
    }

    private func kept(_ hosts: [String]) -> TLSIdentity? {
        guard let certificate = try? DaemonConfiguration.Listen.text(of: certificate, key: "certificate"),
            SelfSigned.serves(certificate, hosts: hosts),
            let key = try? DaemonConfiguration.Listen.text(of: privateKey, key: "private_key", hiddenFrom: 0o077)
        else { return nil }
        return try? TLSIdentity(certificate: certificate, privateKey: key)
    }
}
