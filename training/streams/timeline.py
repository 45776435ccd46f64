"""What shall happen in a long recording, and when: quiet minutes, bursts, whole exchanges, hands, black frames, muted senses, sounds near and far apart.

Only times and kinds are drawn here; which thing is put where, and how long a sentence takes, is found out by `stage` and `soundtrack`.
"""
from dataclasses import dataclass

FRAMES_PER_SECOND = 2.0
PACES = {                    # share, seconds it lasts, mean seconds between two events (None: nothing happens)
    "quiet": (0.2, (35, 80), None), "calm": (0.5, (40, 100), 8.0), "burst": (0.3, (8, 25), 0.8)}
SIGHTS = {"put": 0.31, "taken": 0.27, "moved": 0.11, "exchange": 0.07, "light": 0.07, "shift": 0.05, "hand": 0.07, "dark": 0.05}
HANDED = 0.5                 # of what is put, taken or moved: share that a hand is seen before
LINGERS = 0.15               # of these hands: share that stays for seconds
APART = 1.0                  # seconds at least between what is over and what begins
SOUNDS = {"sentence": 0.54, "knock": 0.1, "bell": 0.09, "music": 0.09, "chatter": 0.13, "noise": 0.05}
UNDER = {None: 0.5, "noise": 0.32, "music": 0.06, "chatter": 0.06, "knock": 0.06}          # what a sentence has under it
DECIBELS = {0: 0.1, 5: 0.12, 10: 0.5, 15: 0.16, 20: 0.12}                                    # the sentence over what is under it
FAR = 0.2                    # of the sentences with nothing under them: from across the room
MUTED = (15.0, 35.0)         # seconds
MUTED_FROM = 120.0           # seconds: a shorter recording mutes nothing


@dataclass(frozen=True)
class Cue:
    """Something seen that shall happen at `time`; `end`: when a hand has left, when it is light again; else the same."""
    kind: str
    time: float
    end: float


@dataclass(frozen=True)
class SoundCue:
    """A sound that shall begin `gap` seconds after the one before has ended. seconds: how long, where it is free; under, decibels: what lies under a sentence, so much
    below it; far: from across the room."""
    kind: str
    gap: float
    seconds: float
    under: str | None = None
    decibels: int | None = None
    far: bool = False


def draw(rng, shares):
    names = list(shares)
    return names[int(rng.choice(len(names), p=[share / sum(shares.values()) for share in shares.values()]))]


def on_frame(seconds):
    """The time of the first frame at or after `seconds`."""
    return -int(-seconds * FRAMES_PER_SECOND // 1) / FRAMES_PER_SECOND


def muted(rng, seconds):
    """-> [(device, from, until)]: the camera in the first half, the microphone in the second, or the other way round."""
    if seconds < MUTED_FROM:
        return []
    devices, half = ["camera", "microphone"], seconds / 2
    if rng.random() < 0.5:
        devices.reverse()
    out = []
    for number, device in enumerate(devices):
        length = on_frame(rng.uniform(*MUTED))
        begin = on_frame(number * half + rng.uniform(0.2, 0.6) * half) + 0.25
        out.append((device, begin, begin + length))
    return out


def _length(rng, kind):
    """Seconds that a cue of this kind takes."""
    return on_frame({"hand": rng.uniform(1.0, 6.0), "dark": rng.uniform(2.0, 8.0)}.get(kind, 0.0))


def _hand(rng, pace):
    """Seconds that a hand is seen before something is put, taken or moved."""
    if rng.random() >= HANDED:
        return 0.0
    return on_frame(rng.uniform(2.0, 5.0)) if pace != "burst" and rng.random() < LINGERS else 0.5


def sights(rng, seconds, shut=()):
    """-> [Cue] by time, none within APART of another; shut: [(from, until)] of a muted camera, where nothing happens, but that now and then everything is another
    afterwards."""
    cues, now = [], on_frame(rng.uniform(3, 6))
    while now < seconds:
        pace = draw(rng, {name: share for name, (share, _, _) in PACES.items()})
        until = now + rng.uniform(*PACES[pace][1])
        mean = PACES[pace][2]
        while mean and now < min(until, seconds):
            kind = draw(rng, SIGHTS)
            hand = _hand(rng, pace) if kind in ("put", "taken", "moved") else 0.0
            begin = on_frame(now + APART + rng.exponential(mean))
            if hand:
                cues.append(Cue("hand", begin, begin + hand))
            cues.append(Cue(kind, begin + hand, begin + hand + _length(rng, kind)))
            now = cues[-1].end
        now = max(now, until)
    cues = [c for c in cues if c.end < seconds - 3 and all(c.end < begin - 2 or c.time > end + 2 for begin, end in shut)]
    cues += [Cue("exchange", on_frame((begin + end) / 2), on_frame((begin + end) / 2)) for begin, end in shut if rng.random() < 0.5]
    return sorted(cues, key=lambda c: (c.time, c.end))


def sounds(rng, seconds):
    """-> [SoundCue], more than fit into `seconds`."""
    cues, total = [], 0.0
    while total < seconds:
        pause = rng.random()
        gap = rng.uniform(1.3, 2.5) if pause < 0.3 else rng.uniform(25, 60) if pause > 0.94 else 2.5 + rng.exponential(4.0)
        kind = draw(rng, SOUNDS)
        length = {"knock": rng.uniform(0.8, 1.6), "bell": rng.uniform(1.0, 2.5)}.get(kind, rng.uniform(2.0, 5.0))
        under = draw(rng, UNDER) if kind == "sentence" else None
        cues.append(SoundCue(kind, float(gap), float(length), under, draw(rng, DECIBELS) if under else None, kind == "sentence" and not under and bool(rng.random() < FAR)))
        total += gap + 0.8                                       # a sound takes that long at least
    return cues
