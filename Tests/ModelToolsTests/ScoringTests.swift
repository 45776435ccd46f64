import Checkpoint
import ModelTools
import Testing

@Suite struct ScoringTests {
    @Test(arguments: [
        ("Yes.", ["yes."], true), (" yes", ["yes."], true), ("yes.", ["yes"], true), ("Two  red mugs.", ["two red mugs."], true),
        ("yes, it is.", ["yes."], false), ("", ["no."], false), ("red", ["blue.", "red."], true), ("red..", ["red."], false),
    ])
    func anAnswerIsComparedWithoutCaseSpaceAndFinalPeriod(answer: String, accepted: [String], right: Bool) {
        #expect(AnswerScoring.isRight(answer, accepted) == right)
    }

    @Test func kindsAreNamedAsWholeWords() {
        let kinds = [
            ModelExtras.Kind(name: "key", phrase: "a key"), .init(name: "keyboard", phrase: "a keyboard"),
            .init(name: "car", phrase: "a toy car"), .init(name: "box", phrase: "a box"),
            .init(name: "glasses", phrase: "a pair of glasses"), .init(name: "headphones", phrase: "a pair of headphones"),
            .init(name: "phone", phrase: "a phone"),
        ]
        func named(_ answer: String) -> Set<String> { AnswerScoring.named(in: answer, of: kinds) }
        #expect(named("A keyboard and two keys.") == ["keyboard", "key"])
        #expect(named("two pairs of glasses, a toy car") == ["glasses", "car"])
        #expect(named("two boxes and a pair of headphones.") == ["box", "headphones"])
        #expect(named("nothing.") == [])
        #expect(AnswerScoring.f1(named: ["key", "box"], truth: ["key"]) == 2.0 / 3)
        #expect(AnswerScoring.f1(named: [], truth: []) == 1)
        #expect(AnswerScoring.f1(named: [], truth: ["key"]) == 0)
    }

    @Test(arguments: [
        ("what is on the desk", "What is on the desk?", 0), ("what is on the desk", "what is the desk", 1),
        ("what is", "what what is", 1), ("a b c", "", 3), ("a b c", "c b a", 2), ("it's red", "it’s red.", 0), ("a", "b c d", 3),
    ])
    func wordErrorsAreTheLeastEdits(reference: String, heard: String, errors: Int) {
        var tally = WordErrors()
        #expect(tally.add(reference: reference, heard: heard) == errors)
    }

    @Test func theRateIsOverAllWordsAndItsIntervalIsTheSameEachTime() throws {
        var tally = WordErrors()
        #expect(tally.rate() == nil)
        for index in 0..<40 { tally.add(reference: "one two three four", heard: index % 4 == 0 ? "one two" : "one two three four") }
        let rate = try #require(tally.rate())
        #expect(rate.value == 0.125)
        #expect(rate.n == 40 && rate.interval == .bootstrap)
        #expect(rate.low < 0.125 && rate.low > 0.04 && rate.high > 0.125 && rate.high < 0.25)
        #expect(tally.rate() == rate)
        #expect(tally.rate(seed: 2) != rate)
    }

    @Test func sharesHaveWilsonsInterval() throws {
        let figure = try #require(Figure.share([Bool](repeating: true, count: 8) + [false, false]))
        #expect(figure.value == 0.8 && figure.n == 10)
        // Newcombe (1998): 8 of 10 is 0.490 to 0.943.
        #expect(abs(figure.low - 0.4902) < 1e-3 && abs(figure.high - 0.9433) < 1e-3)
        let all = try #require(Figure.share([true, true]))
        #expect(all.high == 1 && all.low > 0.3 && all.low < 0.4)
        #expect(Figure.share([]) == nil)
    }

    @Test func meansHaveTheNormalInterval() throws {
        let figure = try #require(Figure.mean([1, 2, 3, 4], unit: .plain))
        // 1.96 x 1.291 / 2.
        #expect(figure.value == 2.5 && abs(figure.high - 3.765) < 1e-3 && abs(figure.low - 1.235) < 1e-3)
        // No share is beyond 1, and one value says nothing of its spread.
        #expect(Figure.mean([1, 1, 0.9])?.high == 1)
        #expect(Figure.mean([0.5])?.interval == Figure.Interval.none)
        #expect(Figure.mean([]) == nil)
    }

    @Test func presenceIsTheMeanOfBothKindsOfQuestion() throws {
        let figure = try #require(Figure.balanced([true, true, true, true], [true, false]))
        #expect(figure.value == 0.75 && figure.n == 6)
        #expect(figure.low > 0.4 && figure.low < 0.75 && figure.high > 0.75 && figure.high <= 1)
        #expect(Figure.balanced([true], []) == nil)
    }

    @Test func aCountOfNoneHasAnUpperBound() {
        let none = Figure.count(0, n: 50)
        #expect(none.value == 0 && none.low == 0)
        // Exact (Garwood 1936): 0 to 3.69 for none, 4.80 to 18.39 for ten.
        #expect(abs(none.high - 3.69) < 0.05)
        let ten = Figure.count(10, n: 50)
        #expect(abs(ten.low - 4.80) < 0.05 && abs(ten.high - 18.39) < 0.05)
    }

    @Test func aTieIsNotFound() {
        let two = ["a mug", "a pen"]
        #expect(RetrievalEvaluation.found([[3, 1], [2, 2]], captions: two) == [true, false])
        #expect(RetrievalEvaluation.found([[1, 3], [1, 2]], captions: two) == [false, true])
        #expect(RetrievalEvaluation.found([[.nan, 1], [0, 1]], captions: two) == [false, true])
        let bells = RetrievalEvaluation.found([[1, 0, 3], [2, 1, 2], [0, 0, 1]], captions: ["a bell", "a pen", "a bell"])
        #expect(bells == [true, false, true])
    }
}
