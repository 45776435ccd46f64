"""What the audio tower learns from: clips of speech and sound events, with the letters that are spoken and what sounds when."""
from pathlib import Path

import numpy as np

from .audio import RATE, TOKEN
from .sound import events, mix
from .sound.synthesize import TOPICS

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"             # CTC class i + 1; class 0 is the blank
SOUNDS = ("speech", "music", "knock", "bell", "noise")
EVENTS = SOUNDS[1:]
LABELS = (*SOUNDS, "other")                           # what is told of every token: which sounds, and of speech, that it is not for nano
UNKNOWN = -1                                          # event label that does not count
QUIET, LOUD = (45.0, 60.0), (0.0, 30.0)               # dB of the sounds over the background: not to be heard as noise; undecided


class Speech:
    """Utterances of one split ("train" or "validation") in memory: 16 kHz, int16 there and float32 in -1..1 when drawn.
    domain, other, foreign: indices of those for nano, of English about anything else, of other languages."""

    def __init__(self, work, split):
        folder = Path(work) / "speech"
        names = ("train-*.npz", "other-*.npz") if split == "train" else (f"{split}.npz", f"{split}-other.npz")
        paths = [p for name in names for p in sorted(folder.glob(name))]
        if not paths:
            raise SystemExit(f"no {split} utterances in {folder}: run the step `speech` first")
        parts = [np.load(p) for p in paths]
        self._samples = [s[a:b] for p in parts for s, o in [(p["samples"], p["offsets"])] for a, b in zip(o[:-1], o[1:])]
        self.texts = [str(t) for p in parts for t in p["text"]]
        self.voices = [str(v) for p in parts for v in p["voice"]]
        self.lengths = np.array([len(s) for s in self._samples])
        self.domain, self.other, self.foreign = (np.flatnonzero(np.concatenate([p["topic"] for p in parts]) == topic) for topic in TOPICS)

    def __len__(self):
        return len(self.texts)

    def utterance(self, index):
        """-> samples float32, text"""
        return self._samples[index].astype(np.float32) / 32768, self.texts[index]


def letters(text):
    """-> CTC classes."""
    return [LETTERS.index(c) + 1 for c in text if c in LETTERS]


def tokens_needed(text):
    """Soft tokens that CTC needs at least: one per letter and a blank between equal ones."""
    return len(text) + sum(a == b for a, b in zip(text, text[1:]))


def spell(classes):
    """The best class of every token -> text: repeats merged, blanks dropped."""
    merged = [c for c, before in zip(classes, [0, *classes[:-1]]) if c and c != before]
    return " ".join("".join(LETTERS[c - 1] for c in merged).split())


def edits(a, b):
    """Levenshtein distance of two lists."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def activity(samples, hold=7, floor=10 ** (-35 / 20)):
    """Whether something sounds in each token's 40 ms: louder than `floor` of the loudest, or did less than `hold` tokens ago. -> bool"""
    level = np.sqrt((np.pad(samples, (0, -len(samples) % TOKEN)).reshape(-1, TOKEN) ** 2).mean(1))
    loud = level > max(floor * level.max(initial=0), 1e-5)
    return np.convolve(loud, np.ones(hold))[:len(loud)] > 0


class Clip:
    """A waveform of whole tokens, filled from left to right. Positions in samples; events [tokens, labels] of 0, 1 or UNKNOWN; words: None where not all that is said can be
    spelled."""

    def __init__(self, tokens):
        self.samples = np.zeros(tokens * TOKEN + 1, np.float32)          # one more: the last frame asks for it
        self.events = np.zeros((tokens, len(LABELS)), np.int8)
        self.words, self.end = [], 0

    def add(self, samples, labels, at):
        """Mixes `samples` in at `at`, cut at the end of the clip."""
        samples = samples[:len(self.samples) - at]
        self.samples[at:at + len(samples)] += samples
        active, first = activity(np.pad(samples, (at % TOKEN, 0))), at // TOKEN
        for label in labels:
            column = self.events[first:first + len(active), LABELS.index(label)]
            column |= active[:len(column)]
        self.end = max(self.end, at + len(samples))


def draw_clip(speech, rng, t):
    """Utterances and events one after another until the clip is full; some clips hold only events, some only speech that has no letters."""
    clip = Clip(t["tokens"])
    kind = rng.random()
    only_events, unspelled = kind < t["event_share"], t["event_share"] <= kind < t["event_share"] + t["unspelled_share"]
    if unspelled:
        clip.words = None
    while True:
        start = clip.end + int(rng.uniform(t["pause"][0], t["pause"][1]) * RATE)
        room = len(clip.samples) - start - int(t["tail"] * RATE)
        if only_events or rng.random() < t["event_share"] / 2:
            seconds = min(rng.uniform(*t["event_seconds"]), room / RATE)
            if seconds < t["event_seconds"][0]:
                return clip
            samples, name = event(rng, seconds, t["event_gain"])
            clip.add(samples, [name], start)
            continue
        samples, text, labels = unspelled_speech(speech, rng, room) if unspelled else utterance(speech, rng, room, t)
        if samples is None:
            return clip
        if text is None or tokens_needed(text) < len(samples) // TOKEN + 3:      # 0.03 % are spoken faster than CTC can spell
            clip.add(samples, labels, start)
            if text is not None:
                clip.words.append(text)
            if rng.random() < t["overlap_share"]:
                overlap(clip, speech, rng, start, len(samples), t)


def fitting(speech, rng, pool, room):
    """The first of six utterances of the pool that is not longer than `room` samples (several tries: fuller clips), or None."""
    return next((i for i in pool[rng.integers(len(pool), size=6)] if speech.lengths[i] <= room), None) if len(pool) else None


def utterance(speech, rng, room, t):
    """English of at most `room` samples -> samples (None: nothing fits), text, labels."""
    other = len(speech.other) and rng.random() < t["other_share"]
    chosen = fitting(speech, rng, speech.other if other else speech.domain, room)
    if chosen is None:
        return None, None, []
    samples, text = speech.utterance(chosen)
    if rng.random() < t["speed_share"]:
        samples = mix.perturb(samples, rng)
    if rng.random() < t["cut_share"]:
        samples = mix.cut(samples, rng)
    return (None if len(samples) > room else samples), text, ["speech", "other"] if other else ["speech"]


def unspelled_speech(speech, rng, room):
    """Another language, or several voices at once, of at most `room` samples -> samples (None: nothing fits), None, labels."""
    several = rng.random() < 0.4
    chosen = [fitting(speech, rng, speech.other if several else speech.foreign, room - RATE // 2) for _ in range(rng.integers(2, 5) if several else 1)]
    parts = [speech.utterance(i)[0] for i in chosen if i is not None]
    return (mix.voices(parts, rng) if len(parts) == len(chosen) else None), None, ["speech", "other"]


def overlap(clip, speech, rng, start, length, t):
    """Something else sounds at the same time: an event, or a quieter voice, whose words don't count."""
    if rng.random() < t["voice_share"]:
        chosen = fitting(speech, rng, np.arange(len(speech)), length)
        if chosen is not None:
            samples = speech.utterance(chosen)[0] * np.float32(10 ** (rng.uniform(*t["voice_gain"]) / 20))
            clip.add(samples, [], start + int(rng.integers(length - len(samples) + 1)))
        return
    samples, name = event(rng, length / RATE, t["overlap_gain"])
    clip.add(samples, [name], start)


def event(rng, seconds, gain):
    """-> waveform of a random event at a level drawn from `gain` in dB, its name"""
    kind = EVENTS[rng.integers(len(EVENTS))]
    return events.render(kind, rng, seconds) * np.float32(10 ** (rng.uniform(*gain) / 20)), kind


def draw(speech, rng, size, t):
    """-> waveforms [B, samples] float32, texts (None: not to be spelled), events [B, tokens, labels] int8."""
    clips = [draw_clip(speech, rng, t) for _ in range(size)]
    waveforms = []
    for clip in clips:
        quiet = rng.random() < t["quiet_share"]
        waveforms.append(mix.augment(clip.samples, rng, QUIET if quiet else LOUD))
        noise = clip.events[:, LABELS.index("noise")]
        if not quiet:
            noise[noise == 0] = UNKNOWN
    return np.stack(waveforms), [c.words if c.words is None else " ".join(c.words) for c in clips], np.stack([c.events for c in clips])


def kept(shape, rng, t):
    """What stays of log-mels [B, frames, 128]: bands of frequency and stretches of time are hidden, other ones in every clip. -> bool"""
    keep = np.ones(shape, bool)
    for clip in keep:
        for _ in range(t["mask_bands"]):
            width = rng.integers(t["mask_bins"] + 1)
            first = rng.integers(shape[2] - width)
            clip[:, first:first + width] = False
        for _ in range(round(t["mask_stretches"] * shape[1] / 100)):
            width = rng.integers(t["mask_frames"] + 1)
            first = rng.integers(shape[1] - width)
            clip[first:first + width] = False
    return keep
