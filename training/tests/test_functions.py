"""Made-up functions: declared in the published syntax, called with what the request gives, left alone when none fits."""
import re

import numpy as np
import pytest

from training import functions, language
from training.functions import Function, Parameter, invented
from training.language import INDEX, Thing

MUG, BOOK = Thing(INDEX["mug"], 0, 0.2, 0.8, 1), Thing(INDEX["book"], 4, 0.6, 0.3, 2)
LAMP = Function("set_lamp", "sets the lamp.", (Parameter("volume", "integer", "", (1, 5), False, False), Parameter("colour", "string", "the colour", ("red", "blue"), True)), (("make the lamp {colour}.", ("colour",)),),
                "done, the lamp is {colour} now.", "lamp")


def test_declaration_has_the_published_syntax():
    q = '<|"|>'
    assert functions.declaration(LAMP) == (f"<|tool>declaration:set_lamp{{description:{q}sets the lamp.{q},parameters:{{properties:{{colour:{{description:{q}the colour{q},enum:[{q}red{q},{q}blue{q}],type:{q}STRING{q}}},"
                                           f"volume:{{type:{q}INTEGER{q}}}}},required:[{q}colour{q}],type:{q}OBJECT{q}}}}}<tool|>")
    bare = Function("ring", "rings.", (), (("ring.", ()),), "done.", "bell")
    assert functions.declaration(bare) == f"<|tool>declaration:ring{{description:{q}rings.{q},parameters:{{type:{q}OBJECT{q}}}}}<tool|>"
    assert functions.call("f", {"on": True, "level": 3, "Name": "anna", "height": 1.5}) == f"<|tool_call>call:f{{height:1.5,level:3,Name:{q}anna{q},on:true}}<tool_call|>"
    assert functions.response("f", {"ok": False}) == "<|tool_response>response:f{ok:false}<tool_response|>"


@pytest.mark.parametrize("held", [False, True])
def test_calls_are_of_what_is_declared_and_said(held):
    rng, called, silent = np.random.default_rng(1), 0, 0
    for _ in range(600):
        declared = functions.draw(rng, held)
        assert 1 <= len(declared) <= 4 and len({f.name for f in declared}) == len(declared)
        turns = functions.ask(rng, declared, [MUG, BOOK], "desk", held)
        assert not any("{" in q for q, _ in turns[:1])
        if len(turns) == 1:
            silent += 1
            assert "<|" not in turns[0][1]
            continue
        called += 1
        (question, call), (answered, said) = turns
        name, given = re.fullmatch(r"<\|tool_call>call:(\w+)\{(.*)\}<tool_call\|>", call).groups()
        function = next(f for f in declared if f.name == name)
        arguments = dict(re.findall(r"(\w+):(<\|\"\|>.*?<\|\"\|>|[^,]+)", given))
        known = {p.name: p for p in function.parameters}
        assert set(arguments) <= set(known) and all(p.name in arguments for p in function.parameters if p.required)
        for key, value in arguments.items():
            text, p = value.replace('<|"|>', ""), known[key]
            assert (value != text) == (p.type == "string")
            assert not p.closed or text in p.values
            if not function.seen and p.type != "boolean":
                assert text in question.lower(), (text, question)
        assert answered.startswith(f"<|tool_response>response:{name}{{") and said.endswith(".") and "<|" not in said
    assert 0.45 < called / (called + silent) < 0.7


def test_a_held_out_function_shares_no_verb_and_no_thing():
    assert not {v for v, *_ in functions.TRAINED.actions + functions.TRAINED.people + functions.TRAINED.goods + functions.TRAINED.notes} & {v for v, *_ in functions.HELD.actions + functions.HELD.people + functions.HELD.goods + functions.HELD.notes}
    for part in ("nouns", "which", "persons", "texts"):
        assert not set(getattr(functions.TRAINED, part)) & set(getattr(functions.HELD, part)) and len(set(getattr(functions.TRAINED, part))) == len(getattr(functions.TRAINED, part))
    rng = np.random.default_rng(2)
    assert len({f.name for _ in range(3000) for f in functions.draw(rng)}) > 4000


def test_what_is_seen_becomes_an_argument():
    rng, seen = np.random.default_rng(3), set()
    while len(seen) < 2:
        function = functions.draw(rng, count=1)[0]
        if function.seen:
            item, told = (p.name for p in function.parameters)
            question, arguments = functions.request(rng, function, [MUG, BOOK, BOOK])
            seen.add(function.seen)
            assert arguments in ([{item: "mug", told: "red"}] if function.seen == "colour" else [{item: "mug", told: 1}, {item: "book", told: 2}])
            assert functions.request(rng, function, []) is None


def test_an_instruction_calls_when_it_is_due():
    rng = np.random.default_rng(4)
    turns = [t for t in (functions.instruction(rng, [LAMP], [BOOK], [BOOK, MUG]) for _ in range(500)) if t]
    due = [t for t in turns if len(t) == 2]
    assert abs(len(due) / len(turns) - 0.4) < 0.08 and all(t[0][1].startswith("<|tool_call>call:set_lamp{colour:") for t in due) and all(t[0][1] == "" for t in turns if len(t) == 1)
    assert all(len(t) == 1 for t in (functions.instruction(rng, [LAMP], [MUG], [MUG]) for _ in range(100)))
    assert any(re.search(r"the lamp (red|blue) .*mug|mug.*the lamp (red|blue)", t[0][0]) for t in due)


def test_an_application_may_fail():
    rng = np.random.default_rng(5)
    said = {functions.ask(rng, [LAMP], [MUG], fits=True)[1][1] for _ in range(300)}
    assert {"done, the lamp is red now.", "that did not work: not found."} <= said


def test_invented_words_are_new_in_every_draw_and_never_held_out_ones():
    rng = np.random.default_rng(4)
    drawn = [invented.words(rng) for _ in range(200)]
    nouns = {noun for words in drawn for noun in words.nouns if words.nouns is not functions.TRAINED.nouns}
    assert len(nouns) > 900 and not nouns & set(functions.HELD.nouns)
    assert 0.2 < np.mean([words.nouns is functions.TRAINED.nouns for words in drawn]) < 0.4
    # A word is spelled with letters alone: it may stand in a name.
    assert all(re.fullmatch("[a-z]+", w) for words in drawn for w in [*words.nouns, *(v for v, *_ in words.actions)])
