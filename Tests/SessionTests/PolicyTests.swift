import Session
import Testing

@Suite struct PolicyTests {
    @Test func whatHappensDuringAnAskMakesOneMoreAboutTheNewest() {
        var policy = WatchPolicy<Int>()
        #expect(policy.streamMovedOn(1) == 1)
        for trigger in 2...100 { #expect(policy.streamMovedOn(trigger) == nil) }
        #expect(policy.ended() == 100)
        #expect(policy.isRunning)
        #expect(policy.ended() == nil)
        #expect(!policy.isRunning)
        #expect(policy.streamMovedOn(101) == 101)
    }

    @Test func aStoppedAskForgetsWhatItMissed() {
        var policy = WatchPolicy<Int>()
        _ = policy.streamMovedOn(1)
        _ = policy.streamMovedOn(2)
        policy.stop()
        #expect(!policy.isRunning)
        #expect(policy.streamMovedOn(3) == 3)
        #expect(policy.ended() == nil)
    }

    @Test(arguments: [
        ("what is on the desk", SoundInterpretation.words("what is on the desk")), ("  is there a mug\n", .words("is there a mug")),
        ("(knock)", .event("knock")), (" (Music)\n", .event("music")), ("(glass breaking)", .event("glass breaking")),
        ("(noise)", .nothing), ("(silence)", .nothing), ("", .nothing), (" \n", .nothing), ("()", .nothing), ("( )", .nothing),
        ("(", .words("(")), ("(knock", .words("(knock")), ("(knock) who is there (bell)", .words("(knock) who is there (bell)")),
        ("(knock)(bell)", .words("(knock)(bell)")),
    ])
    func anAnswerIsReadAsWordsOrAsTheNameOfASound(answer: String, meaning: SoundInterpretation) {
        #expect(SoundInterpretation(answer) == meaning)
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
