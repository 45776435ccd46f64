"""Held-out sounds as files, with rows for evaluation.jsonl: spoken words, sound events, and an hour in which nothing happens.

Voices, styles and ranges of parameters are the held-out ones, the seeds' stream is none of training's or validation's.
"""
import wave
from pathlib import Path

import numpy as np

from .. import language
from . import install, mix, noises, synthesizers, talk, voices, waves
from .draws import Draws
from .events import render
from .waves import RATE

STREAM = 2                # of the seed: 0 training, 1 validation
NOISE_DECIBELS = 10.0     # of "noise10": active part of the speech over the noise
LEAD, TAIL = 0.5, 0.8     # seconds around an utterance
BABBLE_SHARE = 0.12      # of the chatter
OWN_NOISE = -72.0         # dBFS, under everything: no microphone is silent
SOUNDS = ("speech", "silence", "music", "knock", "bell", "noise")
QUIET = tuple(n for n in noises.BACKGROUND if n is not noises.crowd)     # what an hour without speech and events may hold


def _say(sentence, rng, split, tongue=talk.ENGLISH):
    voice, manner = voices.draw(rng, "train" if split == "train" else "validation", tongue)
    mark = ("", "?", ".")[int(rng.integers(3))]
    return synthesizers.speak([(sentence + mark, voice, manner)])[0], voice


def speak(sentence, rng, split="evaluation"):
    """One utterance of a sentence (lower case, no punctuation) by a random voice -> float32 [samples] at 16 kHz, active part at -24 dBFS.
    split: "train" for a voice that nano was trained on, anything else for a held-out one."""
    return _say(sentence, rng, split)[0]


def chatter(rng, split="evaluation"):
    """Speech that is not for nano, about topics and in words and languages that (but for split "train") are held out.
    -> float32 [samples] at 16 kHz, active part at about -24 dBFS; which it is: "other" (English), "foreign" or "babble" (two to four voices at once)."""
    if rng.random() < BABBLE_SHARE:
        return mix.voices([_say(talk.english(rng, split), rng, split)[0] for _ in range(int(rng.integers(2, 5)))], rng), "babble"
    sentence, tongue = talk.other(rng, split)
    return _say(sentence, rng, split, tongue)[0], "other" if tongue == talk.ENGLISH else "foreign"


def _scaled(samples, decibels):
    """With a root mean square of `decibels` dBFS."""
    return samples * np.float32(10 ** (decibels / 20) / max(mix.level(samples), 1e-9))


def _save(path, samples):
    """Clipping would change what is measured, so that a clip that is too loud is turned down as a whole."""
    waves.write(path, samples * np.float32(min(1, 0.97 / max(float(np.abs(samples).max()), 1e-9))))
    return path.name


def write_words(folder, count, seed):
    """`count` utterances, each as a clean file and as a copy with noise 10 dB below its active part -> rows."""
    install.require()
    folder, rows = Path(folder), []
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        rng = np.random.default_rng([seed, 51, STREAM, i])
        sentence = language.utterance(rng)
        samples, voice = _say(sentence, rng, "evaluation")
        clip = np.concatenate([np.zeros(int(LEAD * RATE), np.float32), samples, np.zeros(int(TAIL * RATE), np.float32)])
        noisy = mix.add_noise(clip, mix.background(clip, rng, held=True), NOISE_DECIBELS)
        own = _scaled(rng.standard_normal(len(clip), dtype=np.float32), OWN_NOISE)
        for condition, sound in (("clean", clip), ("noise10", noisy)):
            name = f"words-{i:04d}-{condition}"
            file = _save(folder / f"{name}.wav", sound + own)
            rows.append(dict(id=name, audio=file, condition=condition, words=sentence, voice=str(voice)))
    return rows


def event(sound, rng):
    """A clip of 2 to 4 s with one sound event (or none: silence) in low noise -> float32 [samples]."""
    n = int(rng.uniform(2, 4) * RATE)
    room = _scaled(Draws(rng, True).pick(noises.STATIONARY)(Draws(rng, True), n), rng.uniform(-72, -55))
    if sound == "silence":
        return room
    if sound == "speech":
        samples = np.zeros(n + 1, np.float32)
        while len(samples) > n - 0.3 * RATE:                                  # until the sentence is short enough
            samples = speak(language.utterance(rng), rng)
    else:
        samples = render(sound, rng, float(rng.uniform(1.2, n / RATE - 0.4)), split="evaluation")
    start = int(rng.integers(int(0.1 * RATE), n - len(samples)))
    room[start:start + len(samples)] += samples * np.float32(10 ** (rng.uniform(-6, 6) / 20))
    return room


def write_events(folder, count, seed):
    """`count` clips of each of SOUNDS -> rows."""
    install.require()
    folder, rows = Path(folder), []
    folder.mkdir(parents=True, exist_ok=True)
    for kind, sound in enumerate(SOUNDS):
        for i in range(count):
            clip = event(sound, np.random.default_rng([seed, 52, STREAM, kind, i]))
            own = _scaled(np.random.default_rng([seed, 53, STREAM, kind, i]).standard_normal(len(clip), dtype=np.float32), OWN_NOISE)
            rows.append(dict(id=f"{sound}-{i:04d}", audio=_save(folder / f"{sound}-{i:04d}.wav", clip + own), sound=sound))
    return rows


def write_hour(path, seed, seconds=3600):
    """A WAV of `seconds` of silence and background noise of one kind after another, without speech, music, knocks or bells.
    -> list of dict(start, seconds, noise, level): what lies where; level in dBFS."""
    segments, at, index, fade = [], 0, 0, RATE // 2
    total, tail = int(seconds * RATE), np.zeros(fade, np.float32)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        while at < total:
            rng = np.random.default_rng([seed, 54, STREAM, index])
            draws, n = Draws(rng, True), min(int(rng.uniform(8, 40) * RATE), total - at)
            silent = rng.random() < 0.4
            kind = draws.pick(noises.STATIONARY if silent else QUIET)
            level = float(rng.uniform(-75, -62) if silent else rng.uniform(-60, -36))
            # half a second more than is written here: it fades out under the next segment
            sound = _scaled(kind(draws, n + fade), level) + _scaled(rng.standard_normal(n + fade, dtype=np.float32), OWN_NOISE - 6)
            edge = min(fade, n)
            sound[:edge] = sound[:edge] * ramp[:edge] + tail[:edge] * ramp[::-1][:edge]
            file.writeframes(waves.to_int16(sound[:n]).tobytes())
            segments.append(dict(start=at / RATE, seconds=n / RATE, noise="silence" if silent else kind.__name__, level=round(level, 1)))
            tail, at, index = sound[n:], at + n, index + 1
    return segments
