"""Streams of words alone: functions that mean nothing, requests for them, and sentences to say again.

Copying a word from the system turn or from a question is a skill of its own, which streams of pictures and sounds ask for too seldom to teach it to a model
of this size: a fifth of their answers has one such word. Here every answer is made of them, in rows that cost a tenth.
"""
import numpy as np

from . import functions, language
from .functions import invented

REPEAT = ["say this: {}", "repeat after me: {}", "say {}", "please repeat: {}", "say again: {}", "repeat {}", "can you say {}", "spell it back: {}"]
ROWS = 0.62               # of a stream, for the declarations at most
CALLS, REPEATS = 0.58, 0.22     # of the asks; the rest fits no function


def sentence(rng):
    """Two to eight words: known ones, invented ones and numbers."""
    draws = [invented.word, invented.word, lambda r: language.pick(r, functions.TRAINED.nouns), lambda r: language.pick(r, functions.TRAINED.which), lambda r: str(int(r.integers(0, 200)))]
    return " ".join(language.pick(rng, draws)(rng) for _ in range(int(rng.integers(2, 9))))


def repeat(rng):
    """-> a request to say something, and that."""
    said = sentence(rng)
    return [(language.pick(rng, REPEAT).format(said), said)]


def _turns(rng, declared, held):
    """-> turns, or None for a function that asks for a picture; the measure"""
    r = rng.random()
    if r < REPEATS:
        return repeat(rng), "repeat"
    if r >= REPEATS + CALLS:
        return functions.ask(rng, declared, [], held=held, fits=False, aloof=True), "none"
    blind = [f for f in declared if not f.seen]
    return (functions.ask(rng, blind, [], held=held, fits=True) if blind else None), "call"


def tell(writer, rng, c, rows, held=False):
    """-> a Sample of at most `rows` rows; `held`: of the words that training never sees."""
    declared = functions.draw(rng, held)
    while len(writer.encode(functions.declarations(declared))) > rows * ROWS and len(declared) > 1:
        declared = declared[:-1]
    system = language.systems.draw(rng) if rng.random() < c["system_share"] else language.SYSTEM
    writer.begin(declarations=functions.declarations(declared), system=system)
    if rng.random() < c["gap_share"]:
        writer.gap(int(np.exp(rng.uniform(0, np.log(c["gap"])))))
    misses = 0
    while misses < 4:
        turns, measure = _turns(rng, declared, held)
        seconds = rng.uniform(0, 3500)
        if turns is None:
            continue
        if len(writer) + writer.rows(turns, seconds) <= rows:
            writer.ask(turns, seconds, measure)
        else:
            misses += 1
    return writer.sample
