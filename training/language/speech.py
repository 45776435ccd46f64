"""Sentences of the domain as they are spoken in the room: what the ear learns word by word."""
import numpy as np

from . import instructions, wordings as w
from .names import LURES, SPOKEN_LURES, fill
from .phrases import pick, spoken

# what is said in the room and is not for nano
SMALL_TALK = ["hello", "good morning", "thank you", "yes", "no", "please stop", "stop", "okay", "good night", "help me please", "what time is it",
              "how are you", "never mind", "wait a moment", "i put the {bare} here", "i need the {bare}", "give me the {colour} {bare}",
              "take the {bare} away", "look at the {colour} {bare}", "this is my {colour} {bare}", "the {bare} is {side} of the {bare2}", "turn on the lamp",
              "where did i leave my {plural}", "put the {bare} next to the {bare2}", "there are {number} {plural}", "be quiet now", "listen to me"]
TO_NANO = ["who are you", "what is your name", "what can you do", "what is the weather", "how can you help me", "what day is it", "what was on the {place} yesterday", "what was on the {place} this morning", "hello nano"]
FOLLOW = ["and the {bare}", "what about the {bare}", "and its colour", "and where is it", "what is next to it", "and what colour is it"]
GROUPS = [(w.ALOUD["LIST"], 12), (w.ALOUD["PRESENCE"], 12), (w.ALOUD["COLOUR"], 9), (w.ALOUD["COUNT_KIND"], 9), (w.ALOUD["COUNT_ALL"], 5), (w.ALOUD["WHERE"], 9), (w.ALOUD["LEFT_OF"], 5),
          (w.ALOUD["RIGHT_OF"], 5), (w.ALOUD["NEXT_TO"], 5), (w.ALOUD["CHANGED"], 5), (w.ALOUD["PUT"], 4), (w.ALOUD["TAKEN"], 4), (w.ALOUD["HEARD"] + w.ALOUD["SAID"] + w.ALOUD["LAST"], 7),
          (w.ALOUD["AGO_SOUND"], 2), (w.ALOUD["AGO_PUT"] + w.ALOUD["AGO_TAKEN"], 4), (instructions.ALOUD, 6), (TO_NANO, 5), (FOLLOW, 4), (SMALL_TALK, 10)]
_TEMPLATES = [g for g, _ in GROUPS]
_WEIGHTS = np.array([n for _, n in GROUPS], float) / sum(n for _, n in GROUPS)


def utterance(rng, place=None):
    """A sentence of the domain as it is spoken: mostly questions, now and then two in one, some instructions and small talk."""
    text = _sentence(rng, place)
    if rng.random() < 0.05:
        first, second = (pick(rng, pick(rng, _TEMPLATES[:6])) for _ in range(2))
        where = place or "desk"
        text = fill(first, rng, where, aloud=True) + " and " + fill(second, rng, where, aloud=True)
    return spoken(text)


def _sentence(rng, place):
    template = pick(rng, _TEMPLATES[int(rng.choice(len(_TEMPLATES), p=_WEIGHTS))])
    place = place or ("desk" if rng.random() < 0.7 else "shelf")
    if "{sound}" in template:
        template = template.replace("{sound}", pick(rng, ["a knock", "the bell", "music"]))
    lure = pick(rng, LURES[:SPOKEN_LURES]) if ("{a}" in template or "{bare}" in template) and rng.random() < 0.05 else None
    return fill(template, rng, place, aloud=True, name=lure)
