import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import ImageFiles
import Media
import Testing

/// Pictures that clients send: what is odd about them is counted, and they count as pictures.
@Suite struct ClientPictureTests {
    private func jpeg() throws -> [UInt8] { try ImageFiles.encodeJPEG(RGBImage(width: 32, height: 32, red: 200), quality: 80) }

    /// Without its end marker, as several cameras write them.
    private func odd() throws -> Blob { Blob(mimeType: "image/jpeg", data: try jpeg().dropLast(2)) }

    @Test func warningsAreCountedHoweverThePictureCame() async throws {
        let running = try await RunningDaemon.start()
        // A stream of its own, which takes pictures.
        let client = try await AgentClient.connect(to: running.socket)
        try await client.setUp(.native(session: nil, topics: []))
        func warnings() async throws -> Int64? { try await client.status()["counters"]?["pictureWarnings"]?.integer }
        #expect(try await warnings() == 0)
        let sound = Blob(mimeType: "image/jpeg", data: try jpeg())
        for (number, picture) in [sound, try odd(), try odd()].enumerated() {
            try await client.send(ClientMessage(.realtimeInput([.video(picture)]), id: .number(Int64(number))))
            _ = try await client.reply(to: .number(Int64(number)), timeout: .seconds(60))
            #expect(try await warnings() == Int64(number))
        }
        let turn = Content(role: "user", parts: [Part(.inlineData(try odd())), Part(.text("what is it?"))])
        try await client.send(ClientMessage(.clientContent(ClientContent(turns: [turn], turnComplete: false)), id: "turn"))
        _ = try await client.reply(to: "turn", timeout: .seconds(60))
        #expect(try await warnings() == 3)
        await client.close()
        await running.stop()
    }

    @Test func aPictureOfATurnCountsAsAPicture() async throws {
        let running = try await RunningDaemon.start()
        // Each question from a client without a history.
        func details(_ parts: [Part]) async throws -> [String: Int64] {
            let client = try await running.client(subscribe: [.turn])
            let content = ClientContent(turns: [Content(role: "user", parts: parts)], turnComplete: true)
            try await client.send(ClientMessage(.clientContent(content), id: "q"))
            let turn = try await client.reply(to: "q", timeout: .seconds(60)).turn
            var end: ReceivedMessage?
            while end == nil {
                let message = try await client.next(waitingFor: "the answer", timeout: .seconds(60))
                if message.turn == turn, message.isTurnComplete { end = message }
            }
            await client.close()
            let details = try #require(end?.json["usageMetadata"]?["promptTokensDetails"]?.array)
            return details.reduce(into: [:]) { $0[$1["modality"]?.string ?? ""] = $1["tokenCount"]?.integer }
        }
        let text = Part(.text("what is it?"))
        let without = try await details([text])
        #expect(without["IMAGE"] ?? 0 == 0)
        let with = try await details([Part(.inlineData(Blob(mimeType: "image/jpeg", data: try jpeg()))), text])
        #expect(with["IMAGE"] ?? 0 > 0, "\(with)")
        #expect(with["VIDEO"] ?? 0 == 0 && with["AUDIO"] ?? 0 == 0, "\(with)")
        // As text only its marks count.
        #expect((0...8).contains((with["TEXT"] ?? 0) - (without["TEXT"] ?? 0)), "\(with), \(without)")
        await running.stop()
    }
}
