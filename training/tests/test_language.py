"""Answers follow from the scene; the tokenizer keeps every text."""
import numpy as np
import pytest

from training import answers, language
from training.language import INDEX, Thing

RED = language.COLOURS.index("red")
CASES = ["what is on the desk?", "  two  spaces\n\ttab", "naïve 漢字 \U0001F642", "a mug, a book and a pair of scissors.", "<|turn>user\nhi<turn|>\n"]
MUG, BOOK, LAMP = Thing(INDEX["mug"], RED, 0.2, 0.8, 1), Thing(INDEX["book"], 4, 0.5, 0.3, 2), Thing(INDEX["lamp"], -1, 0.8, 0.8, 3)


@pytest.mark.parametrize("case", CASES)
def test_round_trip(tokenizer, case):
    assert tokenizer.decode(tokenizer.encode(case, add_special_tokens=False).ids, skip_special_tokens=False) == case


def test_kinds_and_colours_are_single_pieces(tokenizer):
    for word in [*language.INDEX, *language.COLOURS]:
        assert len(tokenizer.encode(f" {word}", add_special_tokens=False).ids) == 1, word


def test_listing_and_back():
    assert language.listing([MUG, LAMP, MUG]) == "a lamp and two mugs." and language.listing([]) == "nothing."
    rng = np.random.default_rng(0)
    for _ in range(100):
        things = [Thing(int(rng.integers(32)), -1, 0, 0) for _ in range(int(rng.integers(0, 7)))]
        assert answers.kinds_in(language.listing(things)) == {t.kind for t in things}


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


def test_word_errors():
    assert answers.word_errors("what is on the desk", "what is on the desk") == 0
    assert answers.word_errors("what is the desk", "what is on the desk now") == 2


def test_a_cautious_list_leaves_out_whole_kinds():
    rng, things = np.random.default_rng(2), [MUG, MUG, BOOK, LAMP]
    lists = [language.ask_objects(rng, things, "desk", 0.4)[1] for _ in range(2000)]
    assert abs(sum("mug" in text for text in lists) / 2000 - 0.6) < 0.04 and all("mug" not in text or "two mugs" in text for text in lists)
    assert any(text == "nothing." for text in lists) and language.ask_objects(rng, things, "desk")[1] == "a book, a lamp and two mugs."
