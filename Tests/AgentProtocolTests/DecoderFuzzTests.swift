import AgentProtocol
import Testing

/// Mutated messages: each one gives a message or a refusal, never a crash, and refusals are short sentences.
@Suite("Decoder under mutated input")
struct DecoderFuzzTests {
    private static let seeds = [
        #"{"setup":{"model":"models/mmagent","generationConfig":{"temperature":0.5,"topK":40.0,"seed":"7"},"systemInstruction":{"parts":[{"text":"x"}]},"labels":{"a":"b"},"mm":{"version":1,"attach":"main","role":"observer","subscribe":["turn","*"]}}}"#,
        #"{"client_content":{"turns":[{"role":"user","parts":[{"inlineData":{"data":"_-8=","mime_type":"image/jpeg"}},{"text":"wh\u00e4t \ud83d\ude00?"}]}],"turnComplete":true},"mm":{"id":"c7"}}"#,
        #"{"realtimeInput":{"mediaChunks":[{"data":"AID/fw==","mimeType":"audio/pcm;rate=16000"}],"audioStreamEnd":true,"activityStart":{}}}"#,
        #"{"toolResponse":{"functionResponses":[{"id":"f","name":"n","response":{"a":[1,2.5e3,null,-0]},"willContinue":false}]}}"#,
        #"{"setup":{"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT"}},"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"enum":["x"]}}},"behavior":"NON_BLOCKING"}]}]}}"#,
        #"{"contextUpdate":{"systemInstruction":{"parts":[]},"tools":{"tools":[{}]}}}"#,
        #"{"mm":{"id":9,"mute":{"modality":"mic"}}}"#,
        #"{"mm":{"subscribe":["turn","health"],"id":"s"}}"#,
    ].map { Array($0.utf8) }

    private static let fragments = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "1e999", "-9223372036854775809", "\\ud800", "\u{0}", "mm", "setup", "==",
        "é",
    ]
    .map { Array($0.utf8) }

    @Test("20 000 mutations of every kind of message", arguments: [UInt64(1), 2, 3, 4])
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        var refused = 0
        let count = fuzzCount(5000)
        for _ in 0..<count {
            var bytes = Self.seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) { mutate(&bytes, &random) }
            var framer = LineFramer(maximumLineBytes: 4096)
            framer.push(bytes + [0x0A])
            while let element = framer.next() {
                switch element {
                case .refused(let error):
                    refused += 1
                    #expect(!error.description.isEmpty)
                case .line(let line):
                    do throws(StatusError) {
                        var message = try ClientMessage(line)
                        message.ignored = []
                        accepted += 1
                        // What was understood can be said again.
                        if case .native = message.kind { #expect(try ClientMessage(JSONText.encode(message.json)) == message) }
                    } catch {
                        refused += 1
                        #expect(error.status == .invalidArgument)
                        #expect((1...2000).contains(error.message.utf8.count), "\(error.message)")
                    }
                }
            }
        }
        // Both happen often, or the generator tests nothing.
        #expect(accepted > count / 10)
        #expect(refused > count / 5)
    }

    private static let eventSeeds = [
        #"{"event_type":"interaction.connect","id":"main@12","next_output_seq_num":4,"background":true}"#,
        #"{"event_type":"interaction.create","model":"m","system_instruction":"x","generation_config":{"top_p":0.5},"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}]}"#,
        #"{"event_type":"input","content":[{"type":"text","text":"wh\u00e4t \ud83d\ude00?"},{"type":"image","data":"_-8=","mime_type":"image/png"}]}"#,
        #"{"events":[{"event_type":"input","content":[{"type":"audio","data":"AID/fw==","mime_type":"audio/pcm","sample_rate":16000}]},{"event_type":"interaction.complete"}]}"#,
        #"{"event_type":"input","content":[{"type":"function_result","call_id":"c1","result":[1,2.5e3,null],"is_error":false}]}"#,
        #"{"event_type":"mm","id":9,"subscribe":["turn"]}"#, #"{"event_type":"interaction.cancel"}"#,
    ].map { Array($0.utf8) }

    @Test("20 000 mutations of every event of Live Interactions", arguments: [UInt64(1), 2, 3, 4])
    func interactions(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (accepted, refused) = (0, 0)
        let count = fuzzCount(5000)
        var wire = InteractionsWire()
        for number in 0..<count {
            if number.isMultiple(of: 20) {
                wire = InteractionsWire()
                if number.isMultiple(of: 40) { _ = wire.read(Self.eventSeeds[0]) }
            }
            var bytes = Self.eventSeeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &random) { mutate(&bytes, among: Self.eventSeeds, &random) }
            for input in wire.read(bytes) {
                guard case .refused(let error) = input else {
                    accepted += 1
                    continue
                }
                refused += 1
                #expect([.invalidArgument, .failedPrecondition, .notFound].contains(error.status), "\(error)")
                #expect((1...2000).contains(error.message.utf8.count), "\(error.message)")
                // What is said of it can be read.
                let said = try #require(wire.write(OutboundMessage(ServerMessage(.error(error)))).bytes)
                #expect(try JSONText.parse(said)["event_type"] == "error")
            }
        }
        #expect(accepted > count / 20)
        #expect(refused > count / 5)
    }

    private func mutate(_ bytes: inout [UInt8], among seeds: [[UInt8]] = seeds, _ random: inout SeededGenerator) {
        let at = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(at...)
        case 1: bytes.insert(contentsOf: Self.fragments.randomElement(using: &random) ?? [], at: at)
        case 2: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
        case 3: if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 4:
            let end = Int.random(in: at...bytes.count, using: &random)
            bytes.removeSubrange(at..<min(end, at + 8))
        default:
            let other = seeds.randomElement(using: &random) ?? []
            let from = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[from..<min(from + 40, other.count)], at: at)
        }
    }
}
