import Session
import Testing

@Suite struct PolicyTests {
    @Test func whatHappensDuringAnAskMakesOneMoreAboutTheNewest() {
        var policy = WatchPolicy<Int>()
        #expect(policy.streamMovedOn(1, by: "camera") == 1)
        for event in 2...100 { #expect(policy.streamMovedOn(event, by: "camera") == nil) }
        #expect(policy.ended() == 100)
        #expect(policy.isRunning)
        #expect(policy.ended() == nil)
        #expect(!policy.isRunning)
        #expect(policy.streamMovedOn(101, by: "camera") == 101)
    }

    /// A frame is not forgotten for the sound after it.
    @Test func eachSourcesNewestEventIsAskedAboutOnce() {
        var policy = WatchPolicy<Int>()
        _ = policy.streamMovedOn(1, by: "camera")
        for (event, source) in [(2, "camera"), (3, "mic"), (4, "camera"), (5, "mic")] {
            #expect(policy.streamMovedOn(event, by: source) == nil)
        }
        #expect(policy.ended() == 4)
        #expect(policy.streamMovedOn(6, by: "mic") == nil)
        #expect(policy.ended() == 6)
        #expect(policy.ended() == nil)
    }

    @Test func aStoppedAskForgetsWhatItMissed() {
        var policy = WatchPolicy<Int>()
        _ = policy.streamMovedOn(1, by: "mic")
        _ = policy.streamMovedOn(2, by: "mic")
        policy.stop()
        #expect(!policy.isRunning)
        #expect(policy.streamMovedOn(3, by: "mic") == 3)
        #expect(policy.ended() == nil)
    }

    @Test(arguments: [
        ("what is on the desk", SoundInterpretation.words("what is on the desk")), ("  is there a mug\n", .words("is there a mug")),
        ("(knock)", .event("knock")), (" (Music)\n", .event("music")), ("(glass breaking)", .event("glass breaking")),
        ("(speech)", .event("speech")), ("(noise)", .nothing), ("(silence)", .nothing), ("", .nothing), (" \n", .nothing), ("()", .nothing),
        ("( )", .nothing),
        ("(", .words("(")), ("(knock", .words("(knock")), ("(knock) who is there (bell)", .words("(knock) who is there (bell)")),
        ("(knock)(bell)", .words("(knock)(bell)")),
    ])
    func anAnswerIsReadAsWordsOrAsTheNameOfASound(answer: String, meaning: SoundInterpretation) {
        #expect(SoundInterpretation(answer) == meaning)
    }

    @Test(arguments: [
        ("is there a mug is there a mug is there a mug is", "is there a mug"), ("no no no no no no", "no"),
        ("the lamp is red and the lamp is blue and the lamp is", "the lamp is red and"), ("a b a b a b a", "a b"),
    ])
    func aTranscriptThatLoopsIsCut(text: String, cut: String) {
        #expect(RepetitionGuard.cut(text) == cut)
    }

    @Test(arguments: [
        "", "no no no", "what is on the desk", "is there a mug or is there a book", "put it down put it down", "(knock)",
        "the red mug the blue mug the green mug the white mug",
    ])
    func whatPeopleSayIsNotCut(text: String) {
        #expect(RepetitionGuard.cut(text) == nil)
    }

    @Test func anAnswerIsHeldUntilThereIsSomethingInIt() {
        var answer = HeldAnswer()
        #expect(answer.push("") == "")
        #expect(answer.push(" ") == "")
        #expect(!answer.hasSpoken)
        #expect(answer.push("a") == " a")
        #expect(answer.hasSpoken)
        #expect(answer.push(" ") == " ")
        #expect(answer.push("mug") == "mug")
    }
}
