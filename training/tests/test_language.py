"""Answers follow from the scene and the stream; questions are worded and typed in many ways; the tokenizer keeps every text, and grows without changing what it had."""
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from training import held_wordings, language, start, tokenizer as tokens
from training.language import INDEX, UNKNOWN, Change, Happening, Sound, Thing, honesty, instructions, names, wordings

RED = language.COLOURS.index("red")
CASES = ["what is on the desk?", "  two  spaces\n\ttab", "naïve 漢字 \U0001F642", "a mug, a book and a pair of scissors.", "<|turn>user\nhi<turn|>\n"]
STRANGE = Thing(UNKNOWN, -1, 0.9, 0.2, 4)
MUG, BOOK, LAMP = Thing(INDEX["mug"], RED, 0.2, 0.8, 1), Thing(INDEX["book"], 4, 0.5, 0.3, 2), Thing(INDEX["lamp"], -1, 0.8, 0.8, 3)


@pytest.mark.parametrize("case", CASES)
def test_round_trip(tokenizer, case):
    assert tokenizer.decode(tokenizer.encode(case, add_special_tokens=False).ids, skip_special_tokens=False) == case


def test_kinds_and_colours_are_single_pieces(tokenizer):
    for word in [*language.INDEX, *language.COLOURS]:
        assert len(tokenizer.encode(f" {word}", add_special_tokens=False).ids) == 1, word


def test_listing():
    assert language.listing([MUG, LAMP, MUG]) == "a lamp and two mugs." and language.listing([]) == "nothing."


def test_places():
    assert language.where(MUG, [MUG], "desk") == ["on the left at the front."]
    assert language.where(BOOK, [BOOK, MUG], "shelf") == ["in the middle at the top, next to the mug.", "in the middle at the top."]
    book = Thing(BOOK.kind, -1, 0.5, 0.4)
    near, as_near, farther = Thing(MUG.kind, -1, 0.5, 0.6), Thing(LAMP.kind, -1, 0.5, 0.18), Thing(LAMP.kind, -1, 0.5, 0.1)
    assert language.where(book, [near, book, as_near], "desk") == [f"in the middle at the back{n}." for n in (", next to the mug", ", next to the lamp", "")]
    assert language.neighbours(book, [farther, book, near]) == [near]
    assert language.side(BOOK, [MUG, BOOK, LAMP], True) == "a mug." and language.side(MUG, [MUG, BOOK], True) == "nothing."
    assert language.side(MUG, [MUG, Thing(0, -1, 0.22, 0.1)], True) is None                     # too near to say


def test_changes():
    moved = Thing(MUG.kind, RED, 0.6, 0.8, 1)
    assert language.changed([BOOK], [BOOK, MUG]) == "a red mug was put down."
    assert language.changed([BOOK, MUG], [BOOK]) == "a red mug was taken away."
    assert language.changed([MUG], [moved]) == "the mug was moved." and language.changed([MUG], [MUG]) == "nothing changed."
    assert language.notice([MUG], [MUG]) == ""
    assert language.before_last_change([[BOOK], [BOOK, MUG], [BOOK, MUG]]) == [BOOK] and language.before_last_change([[MUG], [MUG]]) == [MUG]
    assert language.watch("", MUG.kind, True, [], [MUG]) == "there is a red mug now." and language.watch("", MUG.kind, True, [MUG], [MUG, BOOK]) == ""
    assert language.watch("", MUG.kind, False, [MUG], []) == "the mug is gone."


def test_presence_is_balanced_and_true():
    rng = np.random.default_rng(1)
    for yes in (True, False):
        for _ in range(200):
            question, answer = language.ask_presence(rng, [MUG, BOOK], "desk", yes)
            assert answer == ("yes." if yes else "no.") and "{" not in question
    assert any("red mug" in language.ask_presence(rng, [MUG], "desk", True)[0] for _ in range(200))


def test_spoken_sentences_and_vocabulary():
    rng = np.random.default_rng(4)
    words = {w for _ in range(8000) for w in language.utterance(rng).split()}
    assert len(words) >= 150 and all(w.isascii() and w == w.lower() and w.replace("'", "").isalpha() for w in words)
    assert language.spoken("What's on the desk?") == "what's on the desk"
    assert [language.utterance(np.random.default_rng(9)) for _ in range(3)] == [language.utterance(np.random.default_rng(9))] * 3


def test_a_cautious_list_leaves_out_whole_kinds():
    rng, things = np.random.default_rng(2), [MUG, MUG, BOOK, LAMP]
    lists = [language.ask_objects(rng, things, "desk", 0.4)[1] for _ in range(2000)]
    assert abs(sum("mug" in text for text in lists) / 2000 - 0.6) < 0.04 and all("mug" not in text or "two mugs" in text for text in lists)
    assert any(text == "nothing." for text in lists) and language.ask_objects(rng, things, "desk")[1] == "a book, a lamp and two mugs."


def test_unknown_things():
    other = Thing(UNKNOWN, -1, 0.1, 0.2, 5)
    assert language.listing([STRANGE, MUG]) == "a mug and something i don't know." and language.listing([STRANGE, other]) == "two things i don't know."
    assert language.changed([MUG], [MUG, STRANGE]) == "something i don't know was put down."
    assert language.changed([MUG, STRANGE, other], []) == "a red mug and two things i don't know were taken away."
    assert language.where(BOOK, [BOOK, STRANGE], "desk")[0] == "in the middle at the back, next to something i don't know."
    assert language.side(BOOK, [BOOK, MUG, STRANGE], False) == "something i don't know."
    rng = np.random.default_rng(0)
    drawn = [f(rng, [STRANGE], "desk") for f in (language.ask_colour, language.ask_spatial, language.follow_up) for _ in range(50)]
    assert not any(drawn)                                                                        # nothing is asked of it alone
    assert all(answer == "no." for _, answer in (language.ask_presence(rng, [STRANGE], "desk") for _ in range(100)))
    counted = {language.ask_count(rng, [STRANGE, MUG], "desk")[1] for _ in range(100)}
    assert "two." in counted and any("don't know" in language.ask_objects(rng, [STRANGE], "desk")[1] for _ in range(5))


def test_absent_things_have_no_colour_and_no_place():
    rng = np.random.default_rng(1)
    for _ in range(300):
        question, answer = language.ask_absent(rng, [MUG, BOOK], "desk")
        assert answer.startswith("there is no ") and "{" not in question and answer not in ("there is no mug.", "there is no book.")


def test_what_nano_cannot_know():
    rng = np.random.default_rng(2)
    drawn = [language.ask_unknowable(rng) for _ in range(6000)]
    assert len({q for q, _ in drawn}) > 2000 and not any("{" in q for q, _ in drawn)
    assert {a for _, a in drawn} == {language.WHO, language.ABLE, language.CANNOT_KNOW, language.TOO_LONG_AGO, *language.GREETINGS}
    assert len(honesty.UNKNOWABLE) >= 250
    known = {language.spoken(t) for group in wordings.ALOUD for t in getattr(wordings, group)}
    assert not known & {language.spoken(t) for t in [*honesty.UNKNOWABLE, *honesty.IDENTITY, *honesty.ABILITY]}        # no question has two answers


def test_memory():
    rng, sounds = np.random.default_rng(3), [("where is the lamp", 60), ("(knock)", 20), ("(noise)", 2)]
    heard = {language.ask_heard(rng, sounds)[1][0] for _ in range(60)}
    assert heard == {"a knock.", 'you said "where is the lamp".'} and language.ask_heard(rng, [])[1] == ["nothing."]
    assert None in [language.ask_heard(rng, sounds + [("(speech)", 1)]) for _ in range(30)]         # words that it didn't get were said since
    put, gone = Happening(10, (MUG,)), Happening(30, (), (BOOK,))
    assert language.ask_last(rng, [gone, put], sounds)[1] == ["a red mug was put down."]
    assert language.ask_last(rng, [gone], sounds)[1] == ["there was a knock."] and language.ask_last(rng, [], [])[1] == ["nothing."]
    asked = {answers[0] for _, answers in (language.ask_ago(rng, [gone, put], sounds) for _ in range(200))}
    assert asked == {"a few seconds ago.", "about a minute ago.", "i don't remember that."}
    assert [language.ago(s) for s in (2, 7, 9, 15, 50)] == [["just now."], ["just now.", "a few seconds ago."], ["a few seconds ago.", "just now."], ["a few seconds ago."],
                                                            ["about a minute ago."]]
    assert language.ago(200) == ["a few minutes ago.", "more than a few minutes ago."] and language.ago(2000) == ["more than a few minutes ago."]


def test_two_questions_and_follow_ups():
    rng = np.random.default_rng(4)
    question, answer = language.two(rng, ("what is on the desk?", "a mug."), ("is there a mug?", "yes."))
    assert answer == "a mug. yes." and question.startswith("what is on the desk") and question.endswith("is there a mug?")
    assert language.two(rng, ("where?", ["x.", "y."]), ("is there a mug?", "yes."))[1] == ["x. yes.", "y. yes."]
    talks = [t for t in (language.follow_up(rng, [MUG, BOOK, LAMP], "desk") for _ in range(300)) if t]
    assert len(talks) > 200 and all(len(t) == 2 and "{" not in t[0][0] + t[1][0] for t in talks)
    assert {"red.", "yes.", "no.", "a book.", "there is no key."} & {t[1][1] for t in talks} >= {"red.", "yes.", "a book."}


def test_instructions_speak_once_and_only_of_their_own():
    kind, gone = language.Instruction("", "kind", kind=MUG.kind), language.Instruction("", "gone", kind=MUG.kind)
    assert kind.answer(Change([], [MUG])) == "there is a red mug now." and gone.answer(Change([MUG, BOOK], [BOOK])) == "the mug is gone."
    assert [i.answer(e) for i in (kind, gone) for e in (Change([MUG], [MUG]), Change([MUG, BOOK], [MUG]), Sound("(knock)"), None)] == [""] * 8
    blue = language.Instruction("", "kind", kind=MUG.kind, colour=4)
    assert blue.answer(Change([], [MUG])) == "" and language.Instruction("", "kind", kind=MUG.kind, colour=RED).answer(Change([], [MUG]))
    assert language.Instruction("", "empty", "shelf").answer(Change([MUG], [])) == "the shelf is empty now." and language.Instruction("", "empty").answer(Change([], [])) == ""
    assert language.Instruction("", "any").answer(Change([MUG], [])) == "a red mug was taken away."
    said = {s: language.Instruction("", "sound", sound=s).answer(Sound(s)) for s in instructions.SOUND_TELLS}
    assert said == {"(knock)": "someone knocked.", "(bell)": "a bell rang.", "(music)": "music is playing.", "(speech)": "someone spoke."}
    assert language.Instruction("", "sound", sound="(bell)").answer(Sound("(knock)")) == "" and language.Instruction("", "sound").answer(Sound("(noise)")) == ""
    stop = language.Instruction("", "words", words="stop")
    assert stop.answer(Sound("please stop")) == 'someone said "stop".' and stop.answer(Sound("stopping")) == "" and stop.answer(Change([], [MUG])) == ""
    assert language.Instruction("", "kind", kind=MUG.kind, say="hello").answer(Change([], [MUG])) == "hello."
    assert language.Instruction("", "kind").answer(Change([], [MUG])) == ""                       # of a thing nano doesn't know
    assert language.instruction(np.random.default_rng(5), about="kind", kind=MUG.kind, colour=RED).text.count("red") == 1


def test_standing_instructions_are_due_in_three_of_ten():
    rng = np.random.default_rng(6)
    drawn = [language.standing(rng, [MUG, BOOK], [BOOK, LAMP]) for _ in range(1500)] + [language.standing(rng, None, None, s) for s in ("(knock)", "put the lamp here") for _ in range(750)]
    assert abs(np.mean([answer != "" for _, answer in drawn]) - 0.3) < 0.04 and len({text for text, _ in drawn}) > 700 and not any("{" in text for text, _ in drawn)
    assert not any(language.standing(rng, [MUG], [MUG])[1] for _ in range(200))


def test_synonyms_are_of_one_kind_and_no_lure():
    called = [name for others in names.SYNONYMS.values() for name, _ in others]
    assert set(names.SYNONYMS) <= set(INDEX) and not set(called) & set(language.LURES) and len(set(called)) == len(called) and len(set(language.LURES)) == len(language.LURES) >= 100
    assert not any(name in INDEX and name != kind for kind, others in names.SYNONYMS.items() for name, _ in others)
    rng = np.random.default_rng(7)
    assert {"is there a cup?", "is there a mug?"} <= {names.fill("is there {a}?", rng, kind=MUG.kind) for _ in range(200)}
    assert names.fill("where is the {bare}?", rng, name="spectacles") == "where are the spectacles?" and names.fill("is there {a}?", rng, name="axe") == "is there an axe?"


def test_typing():
    rng, question = np.random.default_rng(8), "what's the colour of the mug?"
    typed = {language.typed(question, rng) for _ in range(3000)}
    assert len(typed) > 500 and {"what's the color of the mug?", "WHAT'S THE COLOUR OF THE MUG?", "whats the colour of the mug?", "What's the colour of the mug"} <= typed
    for _ in range(200):
        wrong = language.typo(question, rng)
        assert wrong != question and abs(len(wrong) - len(question)) <= 1 and "mug" in wrong       # short words are left alone
        assert language.cased(question, rng).lower().rstrip("?").replace("'", "") == "whats the colour of the mug"
    assert language.typo("is it a mug?", rng) == "is it a mug?"


def test_held_out_wordings_are_not_trained_on():
    groups = [g for part in (wordings, honesty, instructions) for g in vars(part).values()]
    lists = [g for g in groups if isinstance(g, list)] + [v for g in groups if isinstance(g, dict) for v in g.values() if isinstance(v, list)]
    trained = {language.spoken(t) for g in lists for t in g if isinstance(t, str)}
    held = [t for group in held_wordings.HELD.values() for t in group]
    assert len(trained) > 1000 and len(held) > 250 and not trained & {language.spoken(t) for t in held}
    rng = np.random.default_rng(9)
    texts = [held_wordings.held(group, rng, "desk", MUG.kind, sound="a knock", say="hello", words="stop") for group in held_wordings.HELD for _ in range(10)]
    texts += [held_wordings.unknowable(rng)[0] for _ in range(50)] + [held_wordings.absent(rng, [MUG])[0] for _ in range(50)]
    assert not any("{" in t for t in texts)
    drawn = held_wordings.instruction(rng, about="kind", kind=MUG.kind)
    assert "mug" in drawn.text or any(name in drawn.text for name, _ in names.SYNONYMS["mug"])
    assert drawn.answer(Change([], [MUG])) and drawn.answer(Change([MUG], [])) == ""


def test_an_extended_tokenizer_keeps_its_entries(tokenizer, tmp_path):
    tokenizer.save(str(tmp_path / "old.json"))
    lines = ["zebras graze quietly", "a dozen zebras", "declaration:zebras{description:"] * 5
    new = tokens.extend(tmp_path / "old.json", tmp_path / "new.json", lines, tokenizer.get_vocab_size() + 20)
    assert Tokenizer.from_file(str(tmp_path / "new.json")).to_str() == new.to_str()
    assert all(new.token_to_id(entry) == i for entry, i in tokenizer.get_vocab().items()) and 0 < new.get_vocab_size() - tokenizer.get_vocab_size() <= 20
    size = lambda t, text: len(t.encode(text, add_special_tokens=False).ids)
    assert size(new, " zebras") == 1 and size(tokenizer, " zebras") > 1
    rng = np.random.default_rng(10)
    for text in [*CASES, *lines, *(language.typed(language.ask_unknowable(rng)[0], rng) for _ in range(300))]:
        assert new.decode(new.encode(text, add_special_tokens=False).ids, skip_special_tokens=False) == text and size(new, text) <= size(tokenizer, text)
    table = torch.randn(tokenizer.get_vocab_size(), 4)
    longer = start.lengthened(table, tokenizer, new)
    pieces = tokenizer.encode(" zebras", add_special_tokens=False).ids
    assert torch.equal(longer[:len(table)], table) and torch.allclose(longer[new.token_to_id("▁zebras")], table[pieces].mean(0)) and len(longer) == new.get_vocab_size()
    with pytest.raises(SystemExit, match="extend that model's tokenizer"):
        start.lengthened(torch.randn(new.get_vocab_size(), 4), new, tokenizer)
