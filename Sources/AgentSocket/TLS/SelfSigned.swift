import Crypto
public import Foundation
import SwiftASN1
import X509

/// A certificate that this machine makes for itself, for clients that are told to trust it.
public struct SelfSigned: Sendable {
    /// Long enough for a robot that nobody visits, and short enough for clients that accept no longer ones (825 days).
    public static let lifetimeDays = 825.0
    /// One that ends sooner is made anew at the start.
    public static let renewalDays = 30.0

    /// PEM.
    public let certificate: String
    /// PEM.
    public let privateKey: String

    /// - Parameter hosts: names and numeric addresses that it is for, beside the local ones.
    public init(hosts: some Sequence<String>, now: Date = Date()) throws {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("mmagent on this machine") }
        var names: [GeneralName] = [.dnsName("localhost"), Self.address("127.0.0.1"), Self.address("::1")].compactMap { $0 }
        for host in hosts { names.append(Self.address(host) ?? .dnsName(host)) }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now - 3600,
            notValidAfter: now + Self.lifetimeDays * 86_400, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                // Its own authority: clients are told to trust it alone.
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names)
            }, issuerPrivateKey: .init(key))
        self.certificate = try certificate.serializeAsPEM().pemString + "\n"
        privateKey = key.pemRepresentation + "\n"
    }

    /// Whether a certificate made here still serves: it lasts, and is for all these hosts.
    public static func serves(_ certificate: String, hosts: some Sequence<String>, now: Date = Date()) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: certificate), certificate.notValidAfter > now + renewalDays * 86_400,
            certificate.notValidBefore <= now, let names = try? certificate.extensions.subjectAlternativeNames
        else { return false }
        return hosts.allSatisfy { names.contains(address($0) ?? .dnsName($0)) }
    }

    /// nil: the text is no numeric address.
    private static func address(_ text: String) -> GeneralName? {
        var bytes = in6_addr()
        for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] where inet_pton(family, text, &bytes) == 1 {
            return .ipAddress(ASN1OctetString(contentBytes: withUnsafeBytes(of: &bytes) { Array($0.prefix(length)) }[...]))
        }
        return nil
    }
}
