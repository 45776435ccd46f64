"""Soft tokens of sounds through the trained audio tower, computed once: what the decoder hears in training.

A clip is an utterance or a sound event between short stretches of room noise, augmented as in the tower's own training, with the words or
the label that the model shall answer to `language.TRANSCRIBE`.
"""
import os
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import language, parallel

RATE = 16000
KINDS = tuple(language.SOUNDS)
SORTS = {"words": 0.58, "speech": 0.18, "knock": 0.06, "bell": 0.06, "music": 0.06, "noise": 0.06}      # what a draw of any sort gives, where there is some
BABBLE_SHARE = 0.15       # of the speech that is not for nano: several voices at once
CUT_SHARE = 0.08          # of the utterances that a gate has cut
OVER_SHARE = 0.15         # of the words: something else sounds at the same time, so much below it in dB:
OVER_EVENT, OVER_VOICE = (0, 20), (6, 20)


class Clips:
    """The cache in memory."""

    def __init__(self, path):
        data = np.load(path)
        self.soft, self.offset, self.texts = data["soft"], data["offset"], data["text"]
        sorts = np.array([self.sort(i) for i in range(len(self))])
        self._pools = {s: pool for s in SORTS if len(pool := np.flatnonzero(sorts == s))}
        self._shares = np.array([SORTS[s] for s in self._pools]) / sum(SORTS[s] for s in self._pools)

    def __len__(self):
        return len(self.texts)

    def draw(self, rng, sort=None):
        """The number of a clip. sort: one of SORTS, of which there must be one; None: any, in their proportions."""
        if sort is None:
            sort = list(self._pools)[int(rng.choice(len(self._pools), p=self._shares))]
        if sort not in self._pools:
            raise ValueError(f"no clip of sort {sort!r}: there are {', '.join(self._pools)}")
        pool = self._pools[sort]
        return int(pool[rng.integers(len(pool))])

    def sort(self, clip):
        """-> "words", "speech" (not for nano), "knock", "bell", "music" or "noise"."""
        names = {language.SPEECH: "speech"} | {text: kind for kind, text in language.SOUNDS.items()}
        return names.get(self.text(clip), "words")

    def length(self, clip):
        return int(self.offset[clip + 1] - self.offset[clip])

    def text(self, clip):
        return str(self.texts[clip])

    def tokens(self, clip, first, end):
        """[end - first, width] float16."""
        start = self.offset[clip]
        return self.soft[start + first:start + end]


def padded(samples, rng):
    """The sound with 0.1 to 0.35 s of silence before and 0.1 to 0.9 s after it, as the engine's gate cuts it out."""
    before, after = (int(rng.uniform(*span) * RATE) for span in ((0.1, 0.35), (0.1, 0.9)))
    return np.concatenate([np.zeros(before, np.float32), samples, np.zeros(after, np.float32)])


def _drawn(speech, pool, rng):
    return speech.utterance(int(pool[rng.integers(len(pool))]))


def _words(split, speech, rng):
    """Words for nano, now and then with something quieter over them -> (samples, text)."""
    from .sound import events, mix
    samples, text = _drawn(speech, speech.domain, rng)
    if rng.random() < CUT_SHARE:
        samples = mix.cut(samples, rng)
    if rng.random() < OVER_SHARE:
        if rng.random() < 0.4:
            other, span = _drawn(speech, np.arange(len(speech)), rng)[0], OVER_VOICE
        else:
            other, span = events.render(KINDS[int(rng.integers(len(KINDS)))], rng, float(rng.uniform(0.6, 2.5)), split=split), OVER_EVENT
        at = int(rng.integers(max(1, len(samples) - len(other) // 2)))
        samples = mix.overlay(samples, other, float(rng.uniform(*span)), at)[:len(samples) + RATE // 2]
    return samples, text


def _other_speech(speech, rng):
    """Speech that is not for nano -> (samples, text)."""
    from .sound import mix
    several = rng.random() < BABBLE_SHARE
    pool = speech.other if several else np.concatenate([speech.other, speech.foreign])
    parts = [_drawn(speech, pool, rng)[0] for _ in range(int(rng.integers(2, 5)) if several else 1)]
    samples = mix.voices(parts, rng)
    return (mix.cut(samples, rng) if rng.random() < 3 * CUT_SHARE else samples), language.SPEECH


def make(split, speech, rng, event_share, speech_share):
    """One clip -> (waveform float32, text). `event_share`: of the clips without speech; `speech_share`: of those with speech that is not for nano."""
    from .sound import events, mix
    kind = rng.random()
    if kind >= event_share:
        others = kind < event_share + speech_share and len(speech.other) + len(speech.foreign)
        samples, text = _other_speech(speech, rng) if others else _words(split, speech, rng)
        return mix.augment(padded(samples, rng), rng, speed=split == "train"), text
    kind = KINDS[int(rng.integers(len(KINDS)))]
    wave = events.render(kind, rng, float(rng.uniform(0.8, 3.5)), split=split)
    return mix.augment(padded(wave.astype(np.float32), rng), rng), language.SOUNDS[kind]


def in_order(waves, encode, size=16):
    """`encode` (a list of waveforms -> a list of results) on `size` waveforms of like length at a time, so that few are padded -> the results, in the order of `waves`."""
    order, out = sorted(range(len(waves)), key=lambda i: len(waves[i])), [None] * len(waves)
    for first in range(0, len(waves), size):
        part = order[first:first + size]
        for i, result in zip(part, encode([waves[i] for i in part])):
            out[i] = result
    return out


@torch.no_grad()
def _part(rank, world, work, config, count, split, seed):
    parallel.join(rank, 1)
    from . import audio
    from .train_audio import Speech, load_tower
    tower, speech, c = load_tower(work, config), Speech(work, split), config["clips"]
    soft, texts = [], []
    own = range(rank * count // world, (rank + 1) * count // world)
    batch = []
    for i in tqdm(own, desc=f"clips, {split}", unit="clip", disable=rank > 0, mininterval=10):
        wave, text = make(split, speech, np.random.default_rng([seed, 71, split == "train", i]), c["event_share"], c["speech_share"])
        batch.append(wave)
        texts.append(text)
        if len(batch) == 128 or i == own[-1]:
            soft += [audio.rms(s.float()).half().numpy() for s in in_order(batch, lambda waves: audio.soft_tokens(tower, waves))]
            batch = []
    np.savez(Path(work) / f"clips-{split}-{rank}.npz", soft=np.concatenate(soft), length=[len(s) for s in soft], text=texts)


def run(work, config, workers, split, count):
    path = Path(work) / f"clips-{split}.npz"
    if path.exists():
        return
    parallel.launch(_part, workers, (work, config, count, split, config["seed"]), "clips")
    files = sorted(Path(work).glob(f"clips-{split}-*.npz"))
    parts = [np.load(p) for p in files]
    temporary = path.with_suffix(".part")
    np.savez(temporary.open("wb"), soft=np.concatenate([p["soft"] for p in parts]), text=np.concatenate([p["text"] for p in parts]),
             offset=np.cumsum(np.concatenate([[0]] + [p["length"] for p in parts])))
    os.replace(temporary, path)
    [p.unlink() for p in files]
