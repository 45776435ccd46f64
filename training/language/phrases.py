"""Words and phrases that every sentence is made of: what a thing is called, lists of things, the fixed answers."""
from dataclasses import dataclass

from ..world import COLOURS, KINDS

SYSTEM = "You watch a desk and listen to the room. Answer in a few words."
TRANSCRIBE = "transcribe."                     # asked on a fork when a sound ends
NOTICE = "what is new?"                        # asked on a fork when the picture has changed
NOTHING = "nothing."
CANNOT_SEE = "i cannot see."                   # the camera is off
DARK = "it is too dark to see."                # the picture is black
SPEECH = "(speech)"                            # somebody speaks, and not of what nano knows
SOUNDS = {"music": "(music)", "knock": "(knock)", "bell": "(bell)", "noise": "(noise)"}
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
LEFT, MIDDLE, RIGHT = "on the left", "in the middle", "on the right"
FRONT, BACK = "at the front", "at the back"
TOP, BOTTOM = "at the top", "at the bottom"
UNKNOWN = len(KINDS)                           # the kind of a thing that nano was never taught; the last of every list
UNKNOWN_PHRASE, UNKNOWN_PLURAL = "something i don't know", "things i don't know"
INDEX = {kind.name: i for i, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Thing:
    """kind, colour: indices (kind UNKNOWN: none of KINDS; colour -1: none); x, y: centre in 0..1 from the left and the top; identity within an episode."""
    kind: int
    colour: int
    x: float
    y: float
    identity: int = 0


def pick(rng, choices):
    return choices[int(rng.integers(len(choices)))]


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def named(kind, colour=-1):
    """-> "a mug", "a red mug", "a red pair of scissors", "something i don't know"."""
    if kind == UNKNOWN:
        return UNKNOWN_PHRASE
    phrase = KINDS[kind].phrase.split(" ", 1)[1]
    return article(f"{COLOURS[colour]} {phrase}" if colour >= 0 else phrase)


def bare(kind):
    """-> "mug", "pair of scissors" without an article."""
    return UNKNOWN_PHRASE if kind == UNKNOWN else KINDS[kind].phrase.split(" ", 1)[1]


def the(kind):
    """-> "the mug", "something i don't know"."""
    return UNKNOWN_PHRASE if kind == UNKNOWN else "the " + bare(kind)


def some(kind, count):
    if kind == UNKNOWN:
        return UNKNOWN_PHRASE if count == 1 else f"{NUMBERS[count]} {UNKNOWN_PLURAL}"
    return KINDS[kind].phrase if count == 1 else f"{NUMBERS[count]} {KINDS[kind].plural}"


def join(parts):
    return (", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]) if parts else "nothing"


def counts(things):
    """-> {kind: how many}, in the order of the kinds."""
    out = {}
    for thing in things:
        out[thing.kind] = out.get(thing.kind, 0) + 1
    return dict(sorted(out.items()))


def listing(things):
    """-> "two books, a lamp and a mug." in alphabetical order of the kinds, "nothing." when there is nothing."""
    return join([some(k, n) for k, n in counts(things).items()]) + "."


def each(things):
    """-> "a red mug and a book": every thing with its colour, those of no known kind last and together."""
    strange = sum(t.kind == UNKNOWN for t in things)
    return join([named(t.kind, t.colour) for t in things if t.kind != UNKNOWN] + ([some(UNKNOWN, strange)] if strange else []))


def known(things):
    return [t for t in things if t.kind != UNKNOWN]


def unique(things):
    """Things whose kind is known and there once."""
    n = counts(things)
    return [t for t in known(things) if n[t.kind] == 1]


def answer_count(n):
    return f"{NUMBERS[n]}." if n else "none."


def spoken(sentence):
    """The sentence as it is transcribed: lower case, no punctuation but the apostrophe."""
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in sentence.lower()).split())
