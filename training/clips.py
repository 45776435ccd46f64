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
KINDS = ("music", "knock", "bell", "noise")


class Clips:
    """The cache in memory."""

    def __init__(self, path):
        data = np.load(path)
        self.soft, self.offset, self.texts = data["soft"], data["offset"], data["text"]
        speech = ~np.isin(self.texts, ("", *language.SOUNDS.values()))
        self._speech, self._events = np.flatnonzero(speech), np.flatnonzero(~speech)

    def __len__(self):
        return len(self.texts)

    def draw(self, rng, event_share=0.2):
        pool = self._events if len(self._events) and rng.random() < event_share else self._speech
        return int(pool[rng.integers(len(pool))])

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


def make(split, speech, rng, event_share):
    """One clip -> (waveform float32, text). `event_share`: of the clips without words."""
    from .sound import events, mix
    if speech is not None and rng.random() >= event_share:
        samples, text = speech.utterance(int(rng.integers(len(speech))))
        wave = mix.augment(padded(samples, rng), rng, speed=split == "train")
        return wave, text
    kind = KINDS[int(rng.integers(len(KINDS)))]
    wave = events.render(kind, rng, float(rng.uniform(0.8, 3.5)), split=split)
    return mix.augment(padded(wave.astype(np.float32), rng), rng), language.SOUNDS[kind]


@torch.no_grad()
def _part(rank, world, work, config, count, split, seed):
    parallel.join(rank, 1)
    from . import audio
    from .train_audio import Speech, load_tower
    tower, speech = load_tower(work, config), Speech(work, split)
    soft, texts = [], []
    own = range(rank * count // world, (rank + 1) * count // world)
    batch = []
    for i in tqdm(own, desc=f"clips, {split}", unit="clip", disable=rank > 0, mininterval=10):
        wave, text = make(split, speech, np.random.default_rng([seed, 71, split == "train", i]), config["clips"]["event_share"])
        batch.append(wave)
        texts.append(text)
        if len(batch) == 16 or i == own[-1]:
            soft += [audio.rms(s.float()).half().numpy() for s in audio.soft_tokens(tower, batch)]
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
