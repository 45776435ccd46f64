"""What is true in a long recording at a moment: what is there, what changed last, what was heard, how long ago.

Pure functions of a `Record`. What nano may have forgotten is not asked: memory is what the declared budget surely still holds.
"""
from dataclasses import dataclass, field

from .. import language

SETTLED = 1.5                # seconds after an event of what is asked about: so long nothing is asked
MEMORY = 60.0                # seconds back that are asked about ...
FRAMES, SOUNDS = 14, 7       # ... and told frames and sounds back: two thirds of the 20 and 10 that a stream's budget holds at least
JUST = 30.0                  # seconds: taken away so lately is "just taken away"
SURE = 10                    # decibels: a sentence so far above what lies under it is surely what was heard


@dataclass(frozen=True)
class State:
    """What stands where from `time` on."""
    time: float
    place: str
    things: tuple


@dataclass(frozen=True)
class Change:
    """From the frame at `time` on something is different. kind: put, taken, moved (of one thing), exchange, light, shift."""
    time: float
    kind: str
    before: tuple = ()
    after: tuple = ()

    @property
    def parts(self):
        """-> put down, taken away, moved."""
        return language.change(self.before, self.after)


@dataclass(frozen=True)
class Span:
    start: float
    end: float

    def holds(self, time):
        return self.start <= time < self.end


@dataclass(frozen=True)
class Heard:
    """A sound; text: its words, or "(knock)", "(bell)", "(music)", "(speech)" of other talk, "(noise)"; sure: nothing lies over it."""
    start: float
    end: float
    text: str
    sure: bool = True


@dataclass
class Record:
    """All that happened. told: times of the frames that differ from the one before."""
    seconds: float
    states: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    hands: list = field(default_factory=list)
    darks: list = field(default_factory=list)
    muted: list = field(default_factory=list)                    # (device, Span)
    told: list = field(default_factory=list)
    sounds: list = field(default_factory=list)

    def shut(self, device):
        return [span for name, span in self.muted if name == device]


# ------------------------------------------------------------------------------------------------ now
def state(record, time):
    """What is there at `time`; None before the first frame."""
    return next((s for s in reversed(record.states) if s.time <= time), None)


def is_off(record, device, time):
    return any(span.holds(time) for span in record.shut(device))


def is_dark(record, time):
    return any(span.holds(time) for span in record.darks)


def is_hidden(record, time):
    """A hand is in the picture."""
    return any(span.holds(time) for span in record.hands)


def sees(record, time):
    """Whether the newest frame shows what is there."""
    return state(record, time) is not None and not (is_off(record, "camera", time) or is_dark(record, time) or is_hidden(record, time))


def seen_events(record):
    """Times at which what is seen changed in any way."""
    spans = [*record.hands, *record.darks, *record.shut("camera")]
    return sorted([c.time for c in record.changes] + [t for s in spans for t in (s.start, s.end)])


def is_settled(record, time):
    """Nothing that is seen has changed just now."""
    return not any(time - SETTLED < t <= time for t in seen_events(record))


def is_steady(record, start, end):
    """What is there can be seen and stays the same all the time from `start` to `end`."""
    return sees(record, start) and not any(start < t <= end for t in seen_events(record)) and is_settled(record, start)


def is_quiet(record, time):
    """No sound is under way or has ended just now, and the microphone was not muted or unmuted just now."""
    spans = [*record.sounds, *record.shut("microphone")]
    return not any(s.start - 0.2 <= time < s.end + SETTLED for s in spans)


def is_heard(record, sound):
    """The microphone was on all the time of the sound."""
    return not any(sound.start < s.end and s.start < sound.end for s in record.shut("microphone"))


# ------------------------------------------------------------------------------------------------ memory
def seen_from(record, time):
    """From when on what was seen is surely in memory at `time`: muting wipes it, and a budget holds so many frames."""
    wiped = [s.end for s in record.shut("camera") if s.start <= time]
    told = [t for t in record.told if t <= time]
    return max([time - MEMORY, *wiped, *told[-FRAMES:-FRAMES + 1]])


def heard_from(record, time):
    """From when on what was heard is surely in memory at `time`."""
    wiped = [s.end for s in record.shut("microphone") if s.start <= time]
    ended = [s.end for s in record.sounds if s.end <= time]
    return max([time - MEMORY, *wiped, *ended[-SOUNDS:-SOUNDS + 1]])


def last_change(record, time):
    """The newest put, taken or moved thing -> Change, or None when that is not certain: too long ago, all of it at once, the camera moved since, a black frame or a
    hand between it and the change before, two of them at once."""
    seen = [c for c in record.changes if c.time <= time and c.kind != "light"]
    if not seen or seen[-1].kind not in ("put", "taken", "moved"):
        return None
    last = seen[-1]
    crowded = len(seen) > 1 and last.time - seen[-2].time < SETTLED
    return last if last.time > seen_from(record, time) + 1 and not crowded else None


def single_changes(record, time):
    """What was put down or taken away alone, is surely in memory and is the last that happened to its kind -> [Change]."""
    begin = seen_from(record, time) + 1
    past = [c for c in record.changes if c.time <= time]
    out = []
    for n, change in enumerate(past):
        if change.kind in ("put", "taken") and change.time > begin:
            kind = kinds_of(change)[0]
            if kind != language.UNKNOWN and not any(kind in kinds_of(c) for c in past[n + 1:]):
                out.append(change)
    return out


def kinds_of(change):
    """Of all that was put down, taken away or moved."""
    return [t.kind for part in change.parts for t in part]


def is_unchanged(record, time):
    """Nothing was put down, taken away or moved yet, and the camera never moved."""
    return not any(c.time <= time and c.kind != "light" for c in record.changes) and not any(s.start <= time for s in record.shut("camera"))


def remembered(record, time):
    """Newest last: the sounds in memory, noise left out -> [Heard]."""
    begin = heard_from(record, time)
    return [s for s in record.sounds if s.end <= time and s.start > begin and s.text != "(noise)" and is_heard(record, s)]


def last_sound(record, time):
    """The newest sound in memory, or None when that is not certain."""
    known = remembered(record, time)
    return known[-1] if known and known[-1].sure else None


def is_silent_yet(record, time):
    """Nothing was heard since the beginning."""
    return not any(s.start <= time and s.text != "(noise)" for s in record.sounds) and not any(s.start <= time for s in record.shut("microphone"))


def just_taken(record, time):
    """Kinds that were there in the last JUST seconds and are not there now, newest first."""
    here = {t.kind for t in state(record, time).things}
    begin = max([time - JUST] + [s.end for s in record.shut("camera") if s.start <= time])
    gone = []
    for change in reversed(record.changes):
        if begin < change.time <= time:
            gone += [t.kind for t in change.parts[1] if t.kind not in here and t.kind not in gone and t.kind != language.UNKNOWN]
    return gone


def never_seen(record, time):
    """Kinds that were not there at any time yet."""
    seen = {t.kind for s in record.states if s.time <= time for t in s.things}
    return [k for k in language.INDEX.values() if k not in seen]


def observations(record):
    """What should be noticed: single things put down and taken away, while the camera is on -> [(time, "put" or "taken", Thing)]."""
    out = []
    for change in record.changes:
        if change.kind in ("put", "taken") and not is_off(record, "camera", change.time):
            put, taken, _ = change.parts
            out += [(change.time, "put", t) for t in put] + [(change.time, "taken", t) for t in taken]
    return out
