import NIOSSL

/// The certificate by which clients know this server, and its private key.
public struct TLSIdentity: Sendable {
    let context: NIOSSLContext

    /// - Parameters:
    ///   - certificate: PEM, the chain with the server's own first.
    ///   - privateKey: PEM.
    public init(certificate: String, privateKey: String) throws(TLSIdentityError) {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
            guard !chain.isEmpty else { throw TLSIdentityError.unreadable("it has no certificate in PEM form") }
            let key = try NIOSSLPrivateKey(bytes: Array(privateKey.utf8), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            context = try NIOSSLContext(configuration: configuration)
        } catch let error as TLSIdentityError {
            throw error
        } catch {
            throw .unreadable("\(error)")
        }
    }
}

public enum TLSIdentityError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)

    public var description: String {
        switch self {
        case .unreadable(let problem): "certificate and private key cannot be used together: \(problem); both are PEM, and of one pair"
        }
    }
}
