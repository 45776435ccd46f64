import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import ImageFiles
import Media
import Testing

/// What clients send to be decoded: bounded by headers, off the service, one picture at a time, and it can be given up.
@Suite struct MediaBudgetTests {
    /// The head of a PNG of one bit a pixel; what follows is never looked at.
    private func bomb(side: UInt32) -> [UInt8] { bomb(width: side, height: side) }

    private func bomb(width: UInt32, height: UInt32) -> [UInt8] {
        let size = [width, height].flatMap { side in withUnsafeBytes(of: side.bigEndian) { Array($0) } }
        let head: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
        return head + Array("IHDR".utf8) + size + [1, 0, 0, 0, 0, 0, 0, 0, 0]
    }

    private func jpeg(side: Int) throws -> Blob {
        Blob(mimeType: "image/jpeg", data: try ImageFiles.encodeJPEG(RGBImage(width: side, height: side, red: 200), quality: 80))
    }

    private func ask(_ pictures: [Blob], id: RequestID, complete: Bool = true) -> ClientMessage {
        let parts = pictures.map { Part(.inlineData($0)) } + [Part(.text("what is it?"))]
        return ClientMessage(.clientContent(ClientContent(turns: [Content(role: "user", parts: parts)], turnComplete: complete)), id: id)
    }

    private func refusal(_ client: AgentClient, of id: RequestID) async -> StatusError? {
        do {
            _ = try await client.reply(to: id, timeout: .seconds(60))
            return nil
        } catch {
            guard case .refused(let status) = error else { return nil }
            return status
        }
    }

    @Test func aBombIsRefusedByItsHeadersAndTheLimitsAreAnnounced() async throws {
        let running = try await RunningDaemon.start { $0.live.maximumLinePixels = 1 << 20 }
        let client = try await AgentClient.connect(to: running.socket)
        let limits = try #require(try await client.setUp(.native(session: nil)).json["setupComplete"]?["mm"]?["limits"])
        #expect(limits["linePixels"]?.integer == 1 << 20)
        for name in ["lineBytes", "clientPixelsPerSecond", "daemonPixels", "lineSoundSeconds"] { #expect((limits[name]?.integer ?? 0) > 0) }
        let eight = (0..<8).map { _ in Blob(mimeType: "image/png", data: bomb(side: 8192)) }
        try await client.send(ask(eight, id: "bomb"))
        let refused = await refusal(client, of: "bomb")
        #expect(refused?.reason == "TOO_MANY_PIXELS" && refused?.message.contains("\(8 * 8192 * 8192) pixels") == true)
        // A picture that fits is taken, and one that claims nonsense is refused by itself.
        try await client.send(ask([try jpeg(side: 900)], id: "fits", complete: false))
        #expect(await refusal(client, of: "fits") == nil)
        try await client.send(ask([Blob(mimeType: "image/png", data: Array(bomb(side: 8).prefix(20)))], id: "cut"))
        #expect(await refusal(client, of: "cut")?.message.contains("PNG") == true)
        let sound = Blob(mimeType: "audio/pcm;rate=8000", data: [UInt8](repeating: 0, count: 2 * 8_000 * 61))
        try await client.send(ClientMessage(.realtimeInput([.audio(sound)]), id: "long"))
        #expect(await refusal(client, of: "long")?.reason == "TOO_MUCH_SOUND")
        await client.close()
        await running.stop()
    }

    /// What is wrong with sound is said of what is wrong: its length follows from a rate that there is.
    @Test func soundOfAWrongRateOrTypeIsNotCalledTooLong() async throws {
        let running = try await RunningDaemon.start()
        let client = try await AgentClient.connect(to: running.socket)
        try await client.setUp(.native(session: nil))
        for (type, reason, words) in [
            ("audio/pcm;rate=1", "OUT_OF_RANGE", "rate of audio/pcm;rate=1 is 1: expected 8000 to 192000"),
            ("audio/pcm;rate=fast", "OUT_OF_RANGE", "is fast: expected 8000"),
            ("audio/pcm;channels=0", "OUT_OF_RANGE", "is 0: expected 1 to 8"),
            ("audio/ogg", "UNSUPPORTED_MIME_TYPE", "audio/pcm;rate=16000"),
        ] {
            let sound = Blob(mimeType: type, data: [UInt8](repeating: 0, count: 2 * 16_000 * 61))
            try await client.send(ClientMessage(.realtimeInput([.audio(sound)]), id: "s"))
            let refused = await refusal(client, of: "s")
            #expect(refused?.reason == reason && refused?.message.contains(words) == true, "\(String(describing: refused))")
        }
        await client.close()
        await running.stop()
    }

    /// Sides whose product or sum has no place in an `Int`: refused by themselves, and the next message is answered.
    @Test(arguments: [[UInt32.max], [0x7FFF_FFFF, 0x7FFF_FFFF, 0x7FFF_FFFF]]) func aHeaderBeyondAllNumbersEndsNothing(
        sides: [UInt32]
    ) async throws {
        let running = try await RunningDaemon.start()
        let client = try await running.client(subscribe: [.turn])
        try await client.send(ask(sides.map { Blob(mimeType: "image/png", data: bomb(side: $0)) }, id: "beyond"))
        let refused = await refusal(client, of: "beyond")
        #expect(refused?.reason == "UNREADABLE_IMAGE" && refused?.message.contains("\(sides[0])x\(sides[0])") == true)
        let frames = sides.map { RealtimeInput.video(Blob(mimeType: "image/png", data: bomb(side: $0))) }
        try await client.send(ClientMessage(.realtimeInput([frames[0]]), id: "frame"))
        #expect(await refusal(client, of: "frame")?.reason == "UNREADABLE_IMAGE")
        #expect(try await client.answer(to: "are you there?", id: "text").end.isTurnComplete)
        await client.close()
        await running.stop()
    }

    /// Random headers have a weight or a refusal; neither is ever beyond its bounds.
    /// 27 kB that make a decoder pass 490 times over 34 million pixels: six seconds of a core.
    @Test func aPictureOfVeryManyScansIsRefusedUndecoded() async throws {
        let running = try await RunningDaemon.start()
        let client = try await running.client()
        try await client.send(ask([Blob(mimeType: "image/jpeg", data: scanBomb(side: 5792, scans: 490))], id: "scans"))
        let refused = await refusal(client, of: "scans")
        #expect(refused?.reason == "UNREADABLE_IMAGE" && refused?.message.contains("64 scans") == true)
        await client.close()
        await running.stop()
        // As many as programs write cost what they always did, more of them more.
        #expect(try ImageFiles.work(of: scanBomb(side: 80, scans: 8)) == 6400)
        #expect(try ImageFiles.work(of: scanBomb(side: 80, scans: 33)) == 5 * 6400)
    }

    /// A progressive JPEG of one component whose scans say that nothing follows.
    private func scanBomb(side: Int, scans: Int) -> [UInt8] {
        func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
            [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 0xFF)] + body
        }
        let sides = [UInt8(side >> 8), UInt8(side & 0xFF)]
        var bytes: [UInt8] = [0xFF, 0xD8]
        bytes += segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        bytes += segment(0xC2, [8] + sides + sides + [1, 1, 0x11, 0])
        // One code each, "0": the end of 16 384 bands and more, and no difference.
        bytes += segment(0xC4, [0x10, 1] + [UInt8](repeating: 0, count: 15) + [0xE0])
        bytes += segment(0xC4, [0x00, 1] + [UInt8](repeating: 0, count: 15) + [0])
        let runs = (((side + 7) / 8) * ((side + 7) / 8) + 32_766) / 32_767
        let bits = [Bool](repeating: true, count: 15 * runs).indices.map { $0 % 15 != 0 }
        var data: [UInt8] = []
        for start in stride(from: 0, to: bits.count, by: 8) {
            let byte = (0..<8).reduce(UInt8(0)) { $0 << 1 | (start + $1 >= bits.count || bits[start + $1] ? 1 : 0) }
            data += byte == 0xFF ? [0xFF, 0] : [byte]
        }
        for _ in 0..<scans { bytes += segment(0xDA, [1, 1, 0x00, 1, 63, 0x10]) + data }
        return bytes + [0xFF, 0xD9]
    }

    @Test func weightFuzz() throws {
        var random = SeededRandom(state: 7)
        let limits = DaemonConfiguration().live
        let whole = try jpeg(side: 16).data
        var weighed = 0
        for _ in 0..<ConfigurationFuzzTests.count {
            let blobs = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                var bytes = whole
                if Bool.random(using: &random) {
                    let width = UInt32.random(in: 0 ... .max, using: &random) >> UInt32.random(in: 0..<32, using: &random)
                    bytes = bomb(
                        width: width, height: UInt32.random(in: 0 ... .max, using: &random) >> UInt32.random(in: 0..<32, using: &random))
                }
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                return Blob(mimeType: "image/png", data: bytes)
            }
            let rate = ["0", "1", "-1", "9223372036854775807", "99999999999999999999", "8000"].randomElement(using: &random) ?? ""
            let sound = Blob(mimeType: "audio/pcm;rate=\(rate);channels=\(rate)", data: whole)
            for message in [ask(blobs, id: 1), ClientMessage(.realtimeInput(blobs.map { .video($0) } + [.audio(sound)]))] {
                do throws(StatusError) {
                    let weight = try MediaWeight(message, limits: limits)
                    weighed += 1
                    #expect((0...limits.maximumLinePixels).contains(weight.pixels))
                } catch {
                    #expect(error.status == .invalidArgument && error.reason != nil)
                }
            }
        }
        #expect(weighed > ConfigurationFuzzTests.count / 20)
    }

    /// Pictures of `realtimeInput` that wait are given up too, behind the answer under way: who streams them means that.
    @Test func mediaUnderWayCanBeGivenUp() async throws {
        let running = try await RunningDaemon.start {
            $0.live.maximumLinePixels = 1 << 17
            $0.live.maximumClientPixels = 1 << 12
            $0.stream.maximumAnswerTokens = 8_000
        }
        let client = try await AgentClient.connect(to: running.socket)
        try await client.setUp(.native(session: nil, topics: []))
        // All that a line may have.
        let frames = ClientMessage.Kind.realtimeInput([.video(try jpeg(side: 362))])
        try await client.send(ClientMessage(frames, id: "at once"))
        #expect(await refusal(client, of: "at once") == nil)
        try await client.send(ClientMessage(.clientContent(ClientContent(turns: [.text("a story")], turnComplete: true)), id: "q"))
        let turn = try await client.reply(to: "q", timeout: .seconds(60)).turn
        // This one may begin in 32 s.
        try await client.send(ClientMessage(frames, id: "later"))
        try await client.send(ClientMessage(.native(.cancel(turn: nil)), id: "c1"))
        let first = try #require(try await client.reply(to: "c1", timeout: .seconds(60)).native("cancel"))
        #expect(first["turn"]?.string == turn && first["cancelled"] == true)
        try await client.send(ClientMessage(.native(.cancel(turn: nil)), id: "c2"))
        let given = await refusal(client, of: "later")
        #expect(given?.status == .cancelled, "\(String(describing: given))")
        await client.close()
        await running.stop()
    }

    /// Its pictures come faster than they may be decoded: it waits, nobody else does, and it can take the message back.
    @Test func aClientBeyondItsRateWaitsAloneAndCanGiveUp() async throws {
        let running = try await RunningDaemon.start {
            $0.live.maximumLinePixels = 1 << 17
            $0.live.maximumClientPixels = 1 << 12
            // Less than one message has: such a one is let in alone.
            $0.live.maximumDaemonPixels = 1 << 16
        }
        let client = try await running.client(subscribe: [.turn])
        let pictures = [try jpeg(side: 256), try jpeg(side: 256)]
        try await client.send(ask(pictures, id: "at once", complete: false))
        #expect(await refusal(client, of: "at once") == nil)
        // The next may begin in 16 s: a line's worth was let in at once.
        try await client.send(ask(pictures, id: "later"))
        let begin = ContinuousClock.now
        let other = try await running.client(subscribe: [.turn])
        #expect(try await other.answer(to: "are you there?").end.isTurnComplete)
        // What has not even come into work is given up at once, while the other still waits.
        try await other.send(ask(pictures, id: "queued"))
        try await other.send(ClientMessage(.native(.cancel(turn: nil)), id: "c"))
        #expect(await refusal(other, of: "queued")?.status == .cancelled)
        try await client.send(ClientMessage(.native(.cancel(turn: nil)), id: "c"))
        #expect(await refusal(client, of: "later")?.status == .cancelled)
        print("another client was answered and the message given up after \(ContinuousClock.now - begin)")
        #expect(try await client.answer(to: "and you?", id: "text").end.isTurnComplete)
        await client.close()
        await other.close()
        await running.stop()
    }
}
