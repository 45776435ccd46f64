"""What people ask nano and what it answers: question templates, answers, watches, captions, all from one scene's truth.

A scene is a list of `Thing`s. Every function that draws takes a numpy Generator and depends on nothing else.
Sentences are lower case with punctuation; `spoken` gives the same sentence as it is heard (no punctuation).
"""
from dataclasses import dataclass

import numpy as np

from .world import COLOURS, KINDS

SYSTEM = "You watch a desk and listen to the room. Answer in a few words."
TRANSCRIBE = "transcribe."                     # asked on a fork when a sound ends
NOTICE = "what is new?"                        # asked on a fork when the picture has changed
NOTHING = "nothing."
NUMBERS = ["no", "one", "two", "three", "four", "five", "six"]
LEFT, MIDDLE, RIGHT = "on the left", "in the middle", "on the right"
FRONT, BACK = "at the front", "at the back"
TOP, BOTTOM = "at the top", "at the bottom"
SOUNDS = {"music": "(music)", "knock": "(knock)", "bell": "(bell)", "noise": "(noise)"}
# what a sound is called in the sentences of the contrastive head
SOUND_CAPTIONS = {"(music)": ["music", "music plays", "a melody", "someone plays music"],
                  "(knock)": ["a knock", "someone knocks", "knocking on wood", "a knock at the door"],
                  "(bell)": ["a bell", "a bell rings", "an alarm", "a ringing bell or alarm"],
                  "(noise)": ["noise", "background noise", "only noise", "no words, just noise"]}
# what people ask about that nano was never shown: the honest answer is no
LURES = ["dog", "cat", "knife", "chair", "cup", "umbrella", "guitar", "bird", "bag", "glass", "plate", "stapler", "ruler", "watch", "television", "tomato",
         "lemon", "cake", "coin", "flower", "comb", "brush", "mouse", "robot"]
LURES = [name for name in LURES if name not in {kind.name for kind in KINDS}]        # but for what it was taught since
# kinds that are easily taken for each other or lie together: half of the absent kinds that are asked for come from here
NEAR = {"apple": ["ball", "mushroom"], "ball": ["apple", "bowl"], "banana": ["carrot", "duck"], "bell": ["lamp", "teapot"], "book": ["box", "laptop"],
        "bottle": ["candle", "lamp"], "bowl": ["mug", "hat"], "box": ["book", "camera"], "camera": ["phone", "box"], "candle": ["bottle", "pen"],
        "car": ["shoe", "duck"], "carrot": ["banana", "pen"], "clock": ["ball", "camera"], "duck": ["banana", "teapot"], "fork": ["spoon", "key"],
        "glasses": ["scissors", "headphones"], "hammer": ["key", "spoon"], "hat": ["bowl", "shoe"], "headphones": ["glasses", "lamp"], "key": ["pen", "fork"],
        "keyboard": ["laptop", "phone"], "lamp": ["plant", "candle"], "laptop": ["keyboard", "book"], "mug": ["bowl", "teapot"], "mushroom": ["apple", "lamp"],
        "pen": ["key", "carrot"], "phone": ["camera", "keyboard"], "plant": ["lamp", "bottle"], "scissors": ["glasses", "key"], "shoe": ["car", "hat"],
        "spoon": ["fork", "pen"], "teapot": ["mug", "bell"]}
INDEX = {kind.name: i for i, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Thing:
    """kind, colour: indices (colour -1: none); x, y: centre in 0..1 from the left and the top; identity within an episode."""
    kind: int
    colour: int
    x: float
    y: float
    identity: int = 0


# ------------------------------------------------------------------------------------------------ phrases
def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def named(kind, colour=-1):
    """-> "a mug", "a red mug", "a red pair of scissors"."""
    phrase = KINDS[kind].phrase.split(" ", 1)[1]
    return article(f"{COLOURS[colour]} {phrase}" if colour >= 0 else phrase)


def bare(kind):
    """-> "mug", "pair of scissors" without an article."""
    return KINDS[kind].phrase.split(" ", 1)[1]


def some(kind, count):
    return KINDS[kind].phrase if count == 1 else f"{NUMBERS[count]} {KINDS[kind].plural}"


def join(parts):
    return (", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]) if parts else "nothing"


def counts(things):
    out = {}
    for thing in things:
        out[thing.kind] = out.get(thing.kind, 0) + 1
    return dict(sorted(out.items()))


def listing(things):
    """-> "two books, a lamp and a mug." in alphabetical order of the kinds, "nothing." when there is nothing."""
    return join([some(k, n) for k, n in counts(things).items()]) + "."


def answer_count(n):
    return f"{NUMBERS[n]}." if n else "none."


# ------------------------------------------------------------------------------------------------ questions
LIST = ["what is on the {place}?", "what's on the {place}?", "what do you see?", "what can you see?", "list the objects.", "list the objects on the {place}.",
        "what lies on the {place}?", "which objects are on the {place}?", "what objects do you see?", "name the things on the {place}.", "what is there?",
        "what is on the {place} now?", "what things are on the {place}?", "tell me what is on the {place}.", "what do you see on the {place}?", "what is here?"]
PRESENCE = ["is there {a}?", "do you see {a}?", "is there {a} on the {place}?", "can you see {a}?", "do you see {a} on the {place}?", "is {a} there?",
            "is {a} on the {place}?", "is there any {bare}?"]
COLOUR = ["what colour is the {bare}?", "which colour is the {bare}?", "what is the colour of the {bare}?", "tell me the colour of the {bare}.",
          "what colour does the {bare} have?"]
COUNT_KIND = ["how many {plural} are there?", "how many {plural} do you see?", "how many {plural} are on the {place}?", "count the {plural}."]
COUNT_ALL = ["how many objects are there?", "how many things do you see?", "how many objects are on the {place}?", "how many things are on the {place}?",
             "count the objects."]
WHERE = ["where is the {bare}?", "where do you see the {bare}?", "where on the {place} is the {bare}?", "tell me where the {bare} is."]
LEFT_OF = ["what is left of the {bare}?", "what is to the left of the {bare}?", "what do you see left of the {bare}?"]
RIGHT_OF = ["what is right of the {bare}?", "what is to the right of the {bare}?", "what do you see right of the {bare}?"]
NEXT_TO = ["what is next to the {bare}?", "what is near the {bare}?", "what stands next to the {bare}?"]
CHANGED = ["what changed?", "what has changed?", "what is different now?", "what just happened?", "what happened on the {place}?"]
PUT = ["what did i just put down?", "what did i put on the {place}?", "what did i just add?", "what is the new object?"]
TAKEN = ["what did i just take away?", "what did i take away?", "what did i remove?", "what is missing now?", "what is gone?"]
# instructions that stand: asked again on a fork whenever something changed; the answer is empty until it has a reason to speak
WATCH_KIND = ["tell me when you see {a}.", "tell me when there is {a}.", "let me know when {a} appears.", "tell me when i put down {a}.", "say when {a} appears."]
WATCH_GONE = ["tell me when the {bare} is gone.", "let me know when the {bare} disappears.", "tell me when i take the {bare} away."]
WATCH_ANY = ["tell me when something changes.", "tell me when you see something new.", "let me know when anything happens."]
# what is said in the room and is not for nano
SMALL_TALK = ["hello", "good morning", "thank you", "yes", "no", "please stop", "stop", "okay", "good night", "help me please", "what time is it",
              "how are you", "who are you", "never mind", "wait a moment", "i put the {bare} here", "i need the {bare}", "give me the {colour} {bare}",
              "take the {bare} away", "look at the {colour} {bare}", "this is my {colour} {bare}", "the {bare} is {side} of the {bare2}", "turn on the lamp",
              "where did i leave my {plural}", "put the {bare} next to the {bare2}", "there are {number} {plural}", "be quiet now", "listen to me"]


def fill(template, rng, place="desk", kind=None, other=None, colour=None):
    """The template with its gaps filled; `place`: "desk" or "shelf" (a desk is also called a table)."""
    word = "table" if place == "desk" and rng.random() < 0.15 else place
    kind = int(rng.integers(len(KINDS))) if kind is None else kind
    other = int(rng.integers(len(KINDS))) if other is None else other
    colour = COLOURS[int(rng.integers(len(COLOURS)))] if colour is None else colour
    return template.format(place=word, a=KINDS[kind].phrase, bare=bare(kind), plural=KINDS[kind].plural, bare2=bare(other), colour=colour,
                           side=str(rng.choice(["left", "right"])), number=NUMBERS[int(rng.integers(2, 7))])


def spoken(sentence):
    """The sentence as it is transcribed: lower case, no punctuation but the apostrophe."""
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in sentence.lower()).split())


def utterance(rng, place=None):
    """A sentence of the domain as it is spoken: mostly questions, some instructions and small talk."""
    groups = [LIST, PRESENCE, COLOUR, COUNT_KIND, COUNT_ALL, WHERE, LEFT_OF, RIGHT_OF, NEXT_TO, CHANGED, PUT, TAKEN, WATCH_KIND, WATCH_GONE, WATCH_ANY, SMALL_TALK]
    weights = np.array([12, 12, 9, 9, 5, 9, 5, 5, 5, 5, 4, 4, 4, 2, 2, 10], float)
    group = groups[int(rng.choice(len(groups), p=weights / weights.sum()))]
    template = group[int(rng.integers(len(group)))]
    text = fill(template, rng, place or ("desk" if rng.random() < 0.7 else "shelf"))
    if "{a}" in template and rng.random() < 0.06:
        lure = LURES[int(rng.integers(len(LURES)))]
        text = template.format(a=article(lure), place=place or "desk", bare=lure)
    return spoken(text)


def typed(question, rng):
    """The question in one of the ways people type it: as is, capitalised, without its mark, with please."""
    if rng.random() < 0.2:
        return spoken(question)
    if rng.random() < 0.06:
        question = "please " + question if rng.random() < 0.5 else question[:-1] + ", please" + question[-1]
    if rng.random() < 0.25:
        question = question[0].upper() + question[1:]
    if rng.random() < 0.3:
        question = question[:-1]
    return question


# ------------------------------------------------------------------------------------------------ answers
ZONE_MARGIN = 0.035           # questions about places are asked only of things that far from a zone's border
SIDE_MARGIN = 0.06            # ... and about sides only when no centre is nearer than that in x
AS_NEAR = 0.05                # of two things whose distances differ by less, either is called the one next to it


def across(x):
    return LEFT if x < 0.36 else RIGHT if x > 0.64 else MIDDLE


def along(y, place):
    near = y > 0.5
    return (BOTTOM if near else TOP) if place == "shelf" else (FRONT if near else BACK)


def clear_zone(thing):
    return min(abs(thing.x - 0.36), abs(thing.x - 0.64), abs(thing.y - 0.5)) > ZONE_MARGIN


def neighbours(thing, things):
    """The things next to it: the nearest, and then those that are as near but for `AS_NEAR`; distances in heights of a 4:3 picture."""
    distance = lambda t: (((t.x - thing.x) * 4 / 3) ** 2 + (t.y - thing.y) ** 2) ** 0.5
    others = sorted((t for t in things if t is not thing), key=distance)
    return [t for t in others if distance(t) - distance(others[0]) <= AS_NEAR]


def where(thing, things, place):
    """-> the right answers, the fullest first: "on the left at the front, next to the lamp.", with any other neighbour, and without one."""
    text = f"{across(thing.x)} {along(thing.y, place)}"
    return [f"{text}, next to the {bare(t.kind)}." for t in neighbours(thing, things) if t.kind != thing.kind] + [f"{text}."]


def unique(things):
    """Things whose kind is there once."""
    n = counts(things)
    return [t for t in things if n[t.kind] == 1]


def side(thing, things, left):
    """What is left (right) of the thing, or None when a centre is too near to say."""
    others = [t for t in things if t is not thing]
    if any(abs(t.x - thing.x) < SIDE_MARGIN for t in others):
        return None
    return listing([t for t in others if (t.x < thing.x) == left])


def change(before, after):
    """(put down, taken away, moved) between two states of a place, by identity; moved: the centre went by more than 0.08."""
    old, new = {t.identity: t for t in before}, {t.identity: t for t in after}
    put = [t for i, t in new.items() if i not in old]
    taken = [t for i, t in old.items() if i not in new]
    moved = [t for i, t in new.items() if i in old and abs(old[i].x - t.x) + abs(old[i].y - t.y) > 0.08]
    return put, taken, moved


def before_last_change(states):
    """The newest of the states that differs from the last one: an unchanged frame in between is no change, and often not even kept."""
    return next((s for s in reversed(states) if any(change(s, states[-1]))), states[-1])


def changed(before, after):
    """-> "a red mug was put down." / "a book was taken away." / "the lamp was moved." / "nothing changed." """
    put, taken, moved = change(before, after)
    parts = [f"{join([named(t.kind, t.colour) for t in put])} {'was' if len(put) == 1 else 'were'} put down"] if put else []
    parts += [f"{join([named(t.kind, t.colour) for t in taken])} {'was' if len(taken) == 1 else 'were'} taken away"] if taken else []
    parts += [f"the {bare(t.kind)} was moved" for t in moved]
    return join(parts) + "." if parts else "nothing changed."


def notice(before, after):
    """What nano says of its own accord: what changed, or the empty answer."""
    text = changed(before, after)
    return "" if text == "nothing changed." else text


def watch(instruction, kind, appears, before, after):
    """The answer to a standing instruction after a change: a sentence when its condition has just come true, else the empty answer."""
    put, taken, moved = change(before, after)
    if kind is None:
        return notice(before, after)
    hit = [t for t in (put if appears else taken) if t.kind == kind]
    if not hit:
        return ""
    return f"there is {named(hit[0].kind, hit[0].colour)} now." if appears else f"the {bare(kind)} is gone."


def caption(things, place, rng):
    """A sentence that describes the scene, for the contrastive head: kinds, some with their colours, in any order."""
    order = [things[i] for i in rng.permutation(len(things))]
    parts = [named(t.kind, t.colour if rng.random() < 0.7 else -1) for t in order]
    return (join(parts) if parts else f"an empty {place}") + (f" on the {place}" if parts and rng.random() < 0.4 else "")


def sound_caption(transcript, rng):
    """A sentence that describes a sound, for the contrastive head; `transcript`: its words, or its name as SOUNDS has it."""
    return pick(rng, SOUND_CAPTIONS[transcript]) if transcript in SOUND_CAPTIONS else f'someone says "{transcript}"'


# ------------------------------------------------------------------------------------------------ question and answer pairs
def pick(rng, templates):
    return templates[int(rng.integers(len(templates)))]


def ask_objects(rng, things, place, omit=0.0):
    """`omit`: share of the kinds that the answer leaves out. Taught with it, a model names a kind only when it is surer of it than 1 / (2 - 2 omit), for the
    likeliest answer leaves out the others: to name what is not there is worse than to pass over what is."""
    left = {kind for kind in counts(things) if rng.random() < omit} if omit else ()
    return fill(pick(rng, LIST), rng, place), listing([t for t in things if t.kind not in left])


def ask_presence(rng, things, place, yes=None):
    """Half of the answers are yes; half of the absent ones asked for are easily taken for something that is there."""
    here = sorted(counts(things))
    yes = bool(rng.random() < 0.5) if yes is None else yes
    if yes and here:
        kind = int(rng.choice(here))
        colour = [t for t in things if t.kind == kind][0].colour if rng.random() < 0.12 else -1
        return _presence(rng, place, named(kind, colour), f"{COLOURS[colour]} {bare(kind)}" if colour >= 0 else bare(kind)), "yes."
    coloured = [t for t in things if t.colour >= 0]
    if coloured and rng.random() < 0.08:                      # the right kind in a colour that none of them has
        kind = coloured[int(rng.integers(len(coloured)))].kind
        colour = int(rng.choice([c for c in range(len(COLOURS)) if all(t.kind != kind or t.colour != c for t in things)]))
        return _presence(rng, place, named(kind, colour), f"{COLOURS[colour]} {bare(kind)}"), "no."
    if rng.random() < 0.1:
        lure = LURES[int(rng.integers(len(LURES)))]
        return _presence(rng, place, article(lure), lure), "no."
    near = [INDEX[n] for k in here for n in NEAR.get(KINDS[k].name, ()) if INDEX[n] not in here]
    absent = [k for k in range(len(KINDS)) if k not in here]
    kind = int(rng.choice(near if near and rng.random() < 0.5 else absent))
    return _presence(rng, place, KINDS[kind].phrase, bare(kind)), "no."


def _presence(rng, place, phrase, word):
    template = pick(rng, PRESENCE)
    return template.format(a=phrase, bare=word, place="table" if place == "desk" and rng.random() < 0.15 else place)


def ask_colour(rng, things, place):
    choices = [t for t in unique(things) if t.colour >= 0]
    if not choices:
        return None
    thing = choices[int(rng.integers(len(choices)))]
    return fill(pick(rng, COLOUR), rng, place, thing.kind), f"{COLOURS[thing.colour]}."


def ask_count(rng, things, place):
    if rng.random() < 0.35:
        return fill(pick(rng, COUNT_ALL), rng, place), answer_count(len(things))
    n = counts(things)
    several = [k for k in n if n[k] > 1]
    here = several if several and rng.random() < 0.6 else sorted(n)
    kind = int(rng.choice(here)) if here and rng.random() < 0.85 else int(rng.integers(len(KINDS)))
    return fill(pick(rng, COUNT_KIND), rng, place, kind), answer_count(n.get(kind, 0))


def spatial(rng, things, place):
    """-> a question about where things are and all its right answers, the fullest first; or None when the draw asks what can't be said."""
    choices = unique(things)
    if not choices:
        return None
    thing = choices[int(rng.integers(len(choices)))]
    r = rng.random()
    if r < 0.45:
        return (fill(pick(rng, WHERE), rng, place, thing.kind), where(thing, things, place)) if clear_zone(thing) else None
    if r < 0.85:
        left = bool(rng.random() < 0.5)
        answer = side(thing, things, left)
        return None if answer is None else (fill(pick(rng, LEFT_OF if left else RIGHT_OF), rng, place, thing.kind), [answer])
    near = neighbours(thing, things)
    if len(near) > 1:
        return None
    return fill(pick(rng, NEXT_TO), rng, place, thing.kind), [f"{KINDS[near[0].kind].phrase}." if near else NOTHING]


def ask_spatial(rng, things, place):
    drawn = spatial(rng, things, place)
    return drawn and (drawn[0], drawn[1][0])


def ask_change(rng, before, after, place):
    put, taken, _ = change(before, after)
    r = rng.random()
    if r < 0.5:
        return fill(pick(rng, CHANGED), rng, place), changed(before, after)
    if r < 0.75:
        return fill(pick(rng, PUT), rng, place), join([named(t.kind, t.colour) for t in put]) + "."
    return fill(pick(rng, TAKEN), rng, place), join([named(t.kind, t.colour) for t in taken]) + "."


def ask_watch(rng, before, after, place):
    put, taken, _ = change(before, after)
    r = rng.random()
    if r < 0.2:
        return NOTICE, notice(before, after)
    if r < 0.35:
        return fill(pick(rng, WATCH_ANY), rng, place), notice(before, after)
    appears = bool(rng.random() < 0.65)
    happened = [(t.kind, True) for t in put] + [(t.kind, False) for t in taken]
    here = sorted({t.kind for t in after} | {t.kind for t in before})
    if happened and rng.random() < 0.5:
        kind, appears = happened[int(rng.integers(len(happened)))]
    else:
        kind = int(rng.choice(here)) if here and rng.random() < 0.6 else int(rng.integers(len(KINDS)))
    return fill(pick(rng, WATCH_KIND if appears else WATCH_GONE), rng, place, kind), watch("", kind, appears, before, after)
