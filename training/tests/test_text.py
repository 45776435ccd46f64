"""Tokenizer and answers."""
import numpy as np
import pytest

from training import text

CASES = ["what is on the desk?", "  two  spaces\n\ttab", "naïve 漢字 \U0001F642", "a mug, a book and a pair of scissors.", "<|turn>user\nhi<turn|>\n"]


@pytest.mark.parametrize("case", CASES)
def test_round_trip(tokenizer, case):
    ids = tokenizer.encode(case, add_special_tokens=False).ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == case


def test_special_tokens_have_the_family_s_ids(tokenizer):
    assert [tokenizer.token_to_id(t) for t in ("<pad>", "<eos>", "<bos>", "<unk>")] == [0, 1, 2, 3]
    assert tokenizer.encode("<|video|>", add_special_tokens=False).ids == [text.SPECIAL.index("<|video|>")]


def test_kinds_are_single_pieces(tokenizer, kinds):
    for kind in kinds:
        assert len(tokenizer.encode(f" {kind['name']}", add_special_tokens=False).ids) == 1


def test_listing_in_canonical_order_and_back(kinds):
    names = {k["name"]: i for i, k in enumerate(kinds)}
    present = {names["scissors"], names["mug"], names["book"]}
    assert text.listing(present, kinds) == "a book, a mug and a pair of scissors."
    assert text.listing({names["mug"]}, kinds) == "a mug." and text.listing(set(), kinds) == "nothing."
    rng = np.random.default_rng(0)
    for _ in range(50):
        some = set(rng.permutation(len(kinds))[:rng.integers(0, 6)].tolist())
        assert text.parse_listing(text.listing(some, kinds), kinds) == some
