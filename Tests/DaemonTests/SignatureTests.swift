import AgentDaemon
import Foundation
import ModelSignature
import Testing

/// `[model] public_key`: what is taken, and what is refused before a weight is read.
@Suite struct SignatureTests {
    @Test func aSignedModelIsTakenAndTheKeyIsAskedForItAlone() async throws {
        let model = try SignedModel()
        defer { model.remove() }
        let running = try await RunningDaemon.start {
            $0.model.path = model.path
            $0.model.publicKey = model.publicKey
        }
        await running.stop()
        #expect(try DaemonConfiguration().checkSignature() == nil)
    }

    @Test func anUnsignedModelAnotherKeyAndNoKeyAreRefused() async throws {
        let model = try SignedModel()
        defer { model.remove() }
        await #expect(throws: SignatureError.notSigned(path: RunningDaemon.tinyModel + "/mmagent.sha256")) {
            try await RunningDaemon.start { $0.model.publicKey = model.publicKey }
        }
        let other = Data(repeating: 7, count: 32).base64EncodedString()
        await #expect(throws: SignatureError.wrongSignature(path: model.path + "/mmagent.sha256", publicKey: other)) {
            try await RunningDaemon.start {
                $0.model.path = model.path
                $0.model.publicKey = other
            }
        }
        // A configuration that a program made: a file with it is refused where it is read.
        await #expect(throws: SignatureError.malformedPublicKey(text: "none")) {
            try await RunningDaemon.start {
                $0.model.path = model.path
                $0.model.publicKey = "none"
            }
        }
    }

    @Test(arguments: ["AAAA", "not base64"])
    func whatIsNoKeyIsRefusedByTheFilesReader(text: String) {
        #expect {
            try DaemonConfiguration(text: "[model]\npublic_key = \"\(text)\"\n", file: "t")
        } throws: { error in
            "\(error)".contains("public_key") && "\(error)".contains(text) && "\(error)".contains("32 bytes in base64")
        }
    }
}
