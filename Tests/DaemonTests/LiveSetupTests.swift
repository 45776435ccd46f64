import AgentProtocol
import AgentSocket
import Foundation
import Testing

/// What programs for the Live API ask for in their setup, over the socket.
@Suite struct LiveSetupTests {
    private func client(_ running: RunningDaemon, _ setup: String) async throws -> (AgentClient, setup: ReceivedMessage) {
        let client = try await AgentClient.connect(to: running.socket)
        try await client.send(line: Array("{\"setup\":\(setup)}".utf8))
        let complete = try await client.next(waitingFor: "setupComplete", timeout: .seconds(30))
        if let error = complete.error { throw error }
        return (client, complete)
    }

    private func ignored(_ complete: ReceivedMessage) -> [String] {
        (complete.json["setupComplete"]?["mm"]?["ignored"]?.array ?? []).compactMap(\.string)
    }

    /// The messages up to the end of a turn.
    private func turn(_ client: AgentClient) async throws -> [ReceivedMessage] {
        var messages: [ReceivedMessage] = []
        while true {
            let message = try await client.next(waitingFor: "a turn", timeout: .seconds(60))
            if let error = message.error { throw error }
            messages.append(message)
            if message.isTurnComplete { return messages }
        }
    }

    private func say(_ text: String, to client: AgentClient) async throws {
        try await client.send(ClientMessage(.clientContent(ClientContent(turns: [.text(text)], turnComplete: true))))
    }

    @Test func whatWasToBeSpokenComesAsItsTranscript() async throws {
        let running = try await RunningDaemon.start()
        let audio = #""generationConfig":{"responseModalities":["AUDIO"]}"#
        let (spoken, complete) = try await client(running, "{\(audio),\"outputAudioTranscription\":{}}")
        #expect(ignored(complete) == ["setup.generationConfig.responseModalities: AUDIO -> TEXT"])
        try await say("what is on the desk?", to: spoken)
        let messages = try await turn(spoken)
        #expect(messages.allSatisfy { $0.json["serverContent"]?["modelTurn"] == nil })
        let pieces = messages.compactMap { $0.json["serverContent"]?["outputTranscription"] }
        #expect(pieces.count > 1 && pieces.last?["finished"] == true && pieces.dropLast().allSatisfy { $0["finished"] == nil })
        #expect(messages.dropLast().last?.json["serverContent"]?["generationComplete"] == true)
        // The same words as an answer in text; and without a wish for the transcript that is what comes.
        let (plain, _) = try await client(running, "{\(audio)}")
        try await say("what is on the desk?", to: plain)
        let written = try await turn(plain)
        #expect(written.contains { $0.json["serverContent"]?["modelTurn"] != nil })
        #expect(written.compactMap(\.text).joined() == messages.compactMap(\.text).joined())
        await spoken.close()
        await plain.close()
        await running.stop()
    }

    @Test func aHistoryIsToldAndNotAnswered() async throws {
        let running = try await RunningDaemon.start()
        let (client, _) = try await client(running, #"{"historyConfig":{"initialHistoryInClientContent":true},"mm":{}}"#)
        func content(_ turns: String, _ id: String) -> [UInt8] {
            Array("{\"clientContent\":{\"turns\":[\(turns)],\"turnComplete\":true},\"mm\":{\"id\":\"\(id)\"}}".utf8)
        }
        let (question, answer) = (#"{"role":"user","parts":[{"text":"is there a mug?"}]}"#, #"{"role":"model","parts":[{"text":"yes."}]}"#)
        try await client.send(line: content("\(question),\(answer),\(question)", "h"))
        #expect(try await client.reply(to: "h").turn == nil)
        // The next one is answered, after all that.
        let with = try await self.client(running, "{}").0
        try await client.send(line: content(#"{"parts":[{"text":" where?"}]}"#, "q"))
        try await with.send(line: content(#"{"parts":[{"text":" where?"}]}"#, "q"))
        let (long, short) = (try await turn(client), try await turn(with))
        func prompt(_ messages: [ReceivedMessage]) -> Int64 { messages.last?.json["usageMetadata"]?["promptTokenCount"]?.integer ?? 0 }
        #expect(prompt(long) > prompt(short) + 10)
        await client.close()
        await with.close()
        await running.stop()
    }

    /// As pipecat begins a conversation: a history that ends with a question, and then a text of one space.
    @Test func aTextWithoutWordsAsksWhatWasSaid() async throws {
        let running = try await RunningDaemon.start()
        let (client, _) = try await client(running, #"{"historyConfig":{"initialHistoryInClientContent":true},"mm":{}}"#)
        // Nothing was said yet: nothing is asked.
        try await client.send(line: Array(#"{"realtimeInput":{"text":" "},"mm":{"id":"a"}}"#.utf8))
        #expect(try await client.reply(to: "a").turn == nil)
        let turn = #"{"role":"user","parts":[{"text":"is there a mug?"}]}"#
        try await client.send(line: Array("{\"clientContent\":{\"turns\":[\(turn)],\"turnComplete\":true},\"mm\":{\"id\":\"h\"}}".utf8))
        #expect(try await client.reply(to: "h").turn == nil)
        try await client.send(line: Array(#"{"realtimeInput":{"text":" "},"mm":{"id":"q"}}"#.utf8))
        #expect(try await client.reply(to: "q").turn != nil)
        #expect(try await self.turn(client).isEmpty == false)
        await client.close()
        await running.stop()
    }

    @Test func pushToTalk() async throws {
        let running = try await RunningDaemon.start()
        let manual = #""realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}"#
        let (client, complete) = try await client(running, "{\(manual),\"mm\":{\"subscribe\":[\"turn\",\"voiceActivity\"]}}")
        #expect(ignored(complete) == [])
        let sound = Data(
            (0..<16_000).flatMap { index -> [UInt8] in
                let value = Int16(8_000 * sin(Double(index) / 16)).littleEndian
                return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
            }
        ).base64EncodedString()
        for input in ["\"activityStart\":{}", "\"audio\":{\"mimeType\":\"audio/pcm\",\"data\":\"\(sound)\"}", "\"activityEnd\":{}"] {
            try await client.send(line: Array("{\"realtimeInput\":{\(input)}}".utf8))
        }
        let messages = try await turn(client)
        #expect(messages.first?.json["voiceActivity"]?["type"] == "ACTIVITY_START")
        #expect(messages.last?.json["mm"]?["evidence"]?["audio"]?.array?.count == 1)
        // One that ends without having begun, and ones that are not the client's to tell.
        try await client.send(line: Array(#"{"realtimeInput":{"activityEnd":{}},"mm":{"id":"e"}}"#.utf8))
        let (detecting, _) = try await self.client(running, #"{"mm":{}}"#)
        try await detecting.send(line: Array(#"{"realtimeInput":{"activityStart":{}},"mm":{"id":"e"}}"#.utf8))
        let main = try await running.client()
        try await main.send(line: Array(#"{"realtimeInput":{"activityStart":{}},"mm":{"id":"e"}}"#.utf8))
        for (client, reason) in [(client, "NO_ACTIVITY"), (detecting, "NO_MANUAL_ACTIVITY"), (main, "MAIN_SESSION")] {
            let refused = await #expect(throws: AgentClientError.self) { _ = try await client.reply(to: "e") }
            if case .refused(let error)? = refused { #expect(error.reason == reason) } else { Issue.record("\(reason)") }
            await client.close()
        }
        await running.stop()
    }

    @Test func theSystemInstructionMayChange() async throws {
        let running = try await RunningDaemon.start()
        let (client, _) = try await client(running, #"{"systemInstruction":{"parts":[{"text":"be brief"}]},"mm":{}}"#)
        try await client.send(
            line: Array(#"{"contextUpdate":{"systemInstruction":{"parts":[{"text":"be kind"}]}},"mm":{"id":"c"}}"#.utf8))
        _ = try await client.reply(to: "c")
        for tools in [#"[{"functionDeclarations":[{"name":"ring","description":"rings."}]}]"#, "[]"] {
            try await client.send(line: Array(#"{"contextUpdate":{"tools":{"tools":\#(tools)}},"mm":{"id":"t"}}"#.utf8))
            _ = try await client.reply(to: "t")
        }
        try await client.send(
            line: Array(#"{"contextUpdate":{"tools":{"tools":[{"functionDeclarations":[{"name":"1"}]}]}},"mm":{"id":"u"}}"#.utf8))
        let refused = await #expect(throws: AgentClientError.self) { _ = try await client.reply(to: "u") }
        if case .refused(let error)? = refused { #expect(error.reason == "UNSUPPORTED_SCHEMA") } else { Issue.record("not refused") }
        #expect(try await client.answer(to: "who are you?").end.isTurnComplete)
        await client.close()
        await running.stop()
    }
}
