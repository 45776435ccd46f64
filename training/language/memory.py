"""Questions about what the stream still holds: what was heard, what happened last, how long ago."""
from dataclasses import dataclass

from . import wordings as w
from .answers import told
from .names import fill
from .phrases import KINDS, NOTHING, SOUNDS, SPEECH, UNKNOWN, pick

FORGOTTEN = "i don't remember that."
AGO = [(8, "just now."), (25, "a few seconds ago."), (90, "about a minute ago."), (240, "a few minutes ago."), (float("inf"), "more than a few minutes ago.")]
AGO_MARGIN = 0.2              # nearer to a border than that, in shares of it, the answers of both sides are right
SAME_TIME = 1.0               # seconds: of two events that are not further apart, either happened last
HEARD = {"(knock)": "a knock.", "(bell)": "a bell.", "(music)": "music.", SPEECH: "someone spoke."}
HAPPENED = {"(knock)": "there was a knock.", "(bell)": "there was a bell.", "(music)": "there was music.", SPEECH: "someone spoke."}


@dataclass(frozen=True)
class Happening:
    """A change of the picture: when, and the things that were put down, taken away and moved."""
    seconds_ago: float
    put: tuple = ()
    taken: tuple = ()
    moved: tuple = ()


def ago(seconds):
    """-> the right answers to "how long ago?", best first."""
    n = next(i for i, (end, _) in enumerate(AGO) if seconds < end)
    answers = [AGO[n][1]]
    if n and seconds <= AGO[n - 1][0] * (1 + AGO_MARGIN):
        answers.append(AGO[n - 1][1])
    if seconds >= AGO[n][0] * (1 - AGO_MARGIN):
        answers.append(AGO[n + 1][1])
    return answers


def is_words(text):
    return bool(text) and not text.startswith("(")


def named_sounds(sounds):
    """Without silence and noise, which are no sounds to tell of."""
    return [s for s in sounds if s[0] and s[0] != SOUNDS["noise"]]


def heard(text):
    """-> "a knock." or `you said "where is the lamp".`"""
    return f'you said "{text}".' if is_words(text) else HEARD[text]


def ask_heard(rng, sounds):
    """`sounds`: [(transcript, seconds ago)], the newest last -> (question, [answers]); None where someone spoke words that nano didn't get since the newest it did."""
    sounds = named_sounds(sounds)
    if rng.random() < 0.3:
        spoken = [text for text, _ in sounds if is_words(text) or text == SPEECH]
        return None if spoken and spoken[-1] == SPEECH else (pick(rng, w.SAID), [heard(spoken[-1]) if spoken else NOTHING])
    return pick(rng, w.HEARD), [heard(sounds[-1][0]) if sounds else NOTHING]


def ask_last(rng, changes, sounds):
    """`changes`: [Happening], the newest last -> (question, [answers])."""
    events = [(c.seconds_ago, told(c.put, c.taken, c.moved)) for c in changes if c.put or c.taken or c.moved]
    events += [(seconds, f'you said "{text}".' if is_words(text) else HAPPENED[text]) for text, seconds in named_sounds(sounds)]
    events.sort(key=lambda e: e[0])
    newest = [answer for seconds, answer in events if seconds - events[0][0] < SAME_TIME]
    return pick(rng, w.LAST), newest or [NOTHING]


def ask_ago(rng, changes, sounds, place="desk"):
    """When a sound was heard, or a thing was put down, taken away or moved: the last time that it was -> (question, [answers])."""
    times = {}                                                  # {what: the newest time}
    for text, seconds in sounds:
        what = ("sound", SPEECH if is_words(text) else text)
        if what[1] in w.SOUND_NAMES:
            times[what] = min(seconds, times.get(what, seconds))
    for c in changes:
        for deed, things in (("put", c.put), ("taken", c.taken), ("moved", c.moved)):
            for thing in things:
                if thing.kind != UNKNOWN:
                    times[deed, thing.kind] = min(c.seconds_ago, times.get((deed, thing.kind), c.seconds_ago))
    if times and rng.random() < 0.8:
        what = pick(rng, list(times))
    else:
        what = ("sound", pick(rng, list(w.SOUND_NAMES))) if rng.random() < 0.4 else (pick(rng, ["put", "taken"]), int(rng.integers(len(KINDS))))
    if what[0] == "sound":
        template = pick(rng, w.AGO_SOUND)
        names = w.SOUND_NAMES[what[1]] + (w.SOUND_DEEDS[what[1]] if "hear" in template else [])
        question = fill(template.replace("{sound}", pick(rng, names)), rng, place)
    else:
        question = fill(pick(rng, {"put": w.AGO_PUT, "taken": w.AGO_TAKEN, "moved": w.MOVED}[what[0]]), rng, place, what[1])
    return question, ago(times[what]) if what in times else [FORGOTTEN]
