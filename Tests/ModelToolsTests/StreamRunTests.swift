import AgentProtocol
import ModelTools
import Testing

/// Writes down what is done to it, and answers with what was done before.
final class ScriptedHost: StreamHost {
    private(set) var done: [String] = []
    private var reached = 0.0
    var notes: [StreamNote] { [.sound("knock", at: 1)] }

    func advance(to seconds: Double) {
        if seconds != reached { done.append("to \(seconds)") }
        reached = seconds
    }

    func ask(_ question: String, after: [StreamTruth.Turn]) -> StreamAnswer {
        done.append("ask \(question) after \(after.count)")
        return StreamAnswer(text: "answer \(done.count)")
    }

    func askAfresh(_ question: String, _ glimpse: Glimpse) -> StreamAnswer {
        switch glimpse {
        case .frame(let path): done.append("fresh \(question) of \(path)")
        case .sound(let span): done.append("fresh \(question) of \(span.from) to \(span.to)")
        }
        return StreamAnswer(text: "fresh")
    }

    func follow(_ instruction: String, number: Int) { done.append("follow \(number) \(instruction)") }
    func unfollow(number: Int) { done.append("unfollow \(number)") }
    func setMuted(_ mute: Bool, _ device: StreamTruth.Mute.Device) { done.append("\(device) \(mute ? "off" : "on")") }

    func finish() -> StreamCost {
        done.append("finish")
        return StreamCost()
    }
}

@Suite struct StreamRunTests {
    @Test func everythingHappensAtItsTime() async throws {
        let truth = try ScriptedStream.truth(
            #"""
            "asks":[{"time":5,"measure":"presence","question":"mug?","answers":["yes."],"now":true},
                    {"time":12.5,"measure":"heard","question":"heard?","answers":["a bell."],"now":true},
                    {"time":20,"measure":"count","question":"how many?","answers":["one."],"now":true,"after":[{"question":"mug?","answer":"yes."}]},
                    {"time":60,"measure":"colour","question":"colour?","answers":["red."],"now":true}],
            "words":[{"from":30,"to":31,"text":"where is the mug","condition":"clean","answers":["on the left."],"typed":"where's the mug?"},
                     {"from":40,"to":41,"text":"good night","condition":"clean"}],
            "sounds":[{"from":8,"to":9,"sound":"knock"},{"from":10,"to":12,"sound":"bell"}],
            "muted":[{"device":"camera","from":20,"to":90}],
            "instructions":[{"text":"say.","from":5,"to":20,"due":[]},{"text":"tell.","from":20,"to":70,"due":[]}]
            """#)
        let host = ScriptedHost()
        let recording = StreamSet.Recording(truth: truth, sound: [], directory: "set")
        let record = try await StreamRun(recording: recording, host: host).run()
        #expect(
            host.done == [
                "to 5.0", "ask mug? after 0", "fresh mug? of set/a.jpg", "follow 0 say.", "to 12.5", "ask heard? after 0",
                // The bell's end is not found yet.
                "fresh heard? of 8.0 to 9.0", "to 20.0", "camera off", "ask how many? after 1", "unfollow 0",
                // Whoever comes next takes the place of who has left.
                "follow 1 tell.", "to 32.0", "ask where's the mug? after 0", "to 60.0", "ask colour? after 0", "to 70.0", "unfollow 1",
                "finish",
            ])
        #expect(record.answers.keys.sorted() == [0, 1, 2, 3] && record.fresh.keys.sorted() == [0, 1] && record.typed.keys.sorted() == [0])
        #expect(record.notes == [.sound("knock", at: 1)])
    }

    @Test func aLimitCutsEverythingThere() throws {
        let truth = try ScriptedStream.truth(
            #"""
            "asks":[{"time":5,"measure":"presence","question":"?","answers":["yes."]},{"time":61,"measure":"presence","question":"?","answers":["yes."]}],
            "words":[{"from":58,"to":59,"text":"good night","condition":"clean","answers":["?"]}],
            "muted":[{"device":"camera","from":20,"to":90}],
            "instructions":[{"text":"say.","from":50,"to":90,"due":[{"time":59,"answers":["now."]}]},{"text":"say.","from":70,"to":90,"due":[]}]
            """#
        ).limited(to: 60)
        #expect(truth.seconds == 60 && truth.asks.count == 1 && truth.frames.count == 2)
        // The answer to a sentence that ends with the recording would come too late.
        #expect(StreamAgenda(truth).actions.map(\.action) == [.ask(0), .mute(.camera, true), .follow(0)])
    }

    @Test func messagesBecomeNotes() throws {
        var follower = StreamListener()
        var watcher = StreamListener(instruction: 3)
        let lines = [
            #"{"mm":{"seq":1,"source":"camera","observation":{"text":"a mug was put down.","source":"camera","time":"12.5s"}}}"#,
            #"{"mm":{"seq":2,"source":"mic","observation":{"text":"knock","source":"mic","time":"13s"}}}"#,
            #"{"mm":{"seq":3,"turn":"t1","source":"mic"},"serverContent":{"inputTranscription":{"text":"is there a mug","finished":true,"startOffset":"14s","endOffset":"15.5s"}}}"#,
            #"{"mm":{"seq":4,"turn":"t1","source":"mic"},"serverContent":{"modelTurn":{"parts":[{"text":"ye"}]}}}"#,
            #"{"mm":{"seq":5,"turn":"t1","source":"mic"},"serverContent":{"modelTurn":{"parts":[{"text":"s."}]}}}"#,
            #"{"mm":{"seq":6,"turn":"t1","source":"mic"},"serverContent":{"turnComplete":true}}"#,
            #"{"mm":{"seq":7,"turn":"t2","source":"camera","unsolicited":true},"serverContent":{"modelTurn":{"parts":[{"text":"now."}]}}}"#,
            #"{"mm":{"seq":8,"turn":"t2","source":"camera","unsolicited":true},"serverContent":{"turnComplete":true}}"#,
            #"{"mm":{"seq":9,"turn":"t3","source":"mic"},"serverContent":{"modelTurn":{"parts":[{"text":"n"}]}}}"#,
            #"{"mm":{"seq":10,"turn":"t3","source":"mic","reason":"INTERRUPTED"},"serverContent":{"turnComplete":true}}"#,
            #"{"mm":{"seq":11,"turn":"t4"},"serverContent":{"modelTurn":{"parts":[{"text":"typed"}]}}}"#,
            #"{"mm":{"seq":12,"turn":"t4"},"serverContent":{"turnComplete":true}}"#,
        ]
        for line in lines {
            let message = try ReceivedMessage(Array(line.utf8))
            follower.receive(message, at: 20, origin: 10)
            watcher.receive(message, at: 20, origin: 10)
        }
        #expect(
            follower.notes == [
                .noticed("a mug was put down.", at: 2.5), .sound("knock", at: 3), .words("is there a mug", from: 4, to: 5.5, turn: "t1"),
                .answer(turn: "t1", "yes."),
            ])
        #expect(watcher.notes == [.said(instruction: 3, "now.", at: 20)])
    }
}
