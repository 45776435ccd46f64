"""Plays a timeline's sounds: sentences of the domain, other people's talk, knocks, bells and music, over a room that is never silent."""
from dataclasses import dataclass

import numpy as np

from .. import language
from ..sound import evaluate_sets, events, mix, noises, waves
from ..sound.draws import Draws
from ..sound.waves import RATE
from . import truth
from .truth import Heard

ROOM = (-72.0, -58.0)        # dBFS of the room's own noise, another every minute
OWN = -74.0                  # dBFS of the microphone itself
LEVEL, FAR_LEVEL = (-5, 5), (-14, -8)                # decibels that a sound is louder than speech as synthesized, near and far
LEAD = {"noise": 1.5, "chatter": 0.4, "music": 0.4, "knock": -0.2}               # seconds that what lies under a sentence begins before it
COMMANDS = ("stop", "help me please", "good night")  # what instructions wait for: said now and then
ANSWERED = 1.5               # seconds after a spoken question at which its answer must still be true
PATIENCE, SPOKEN = 4.0, 4.0   # seconds that a sentence waits until nothing happens, and that a question takes with its answer
QUESTION, COMMAND = 0.75, 0.12                       # of the sentences


@dataclass(frozen=True)
class Spoken:
    """A sentence of the domain. ask: the question as it is typed with its right answers, where it can be answered at that time; condition: "clean", "far", "noise10"..."""
    start: float
    end: float
    text: str
    condition: str
    decibels: int | None
    ask: object = None


def _gain(decibels):
    return np.float32(10 ** (decibels / 20))


def room(rng, samples):
    """Stationary noise of changing colour and level [samples]."""
    out, at, fade = np.zeros(samples, np.float32), 0, RATE
    while at < samples:
        n, draws = int(rng.uniform(40, 80) * RATE), Draws(rng, True)
        part = draws.pick(noises.STATIONARY)(draws, n + fade)
        part = (part * _gain(rng.uniform(*ROOM)) / max(mix.level(part), 1e-9)).astype(np.float32)
        ramp = np.sqrt(np.linspace(0, 1, fade, dtype=np.float32))
        part[:fade] *= ramp if at else 1
        part[-fade:] *= ramp[::-1]
        part = part[:samples - at]
        out[at:at + len(part)] += part
        at += n
    return out + _gain(OWN) * rng.standard_normal(samples, dtype=np.float32)


def sentence(rng, draw_ask):
    """-> (text as it is spoken, the ask that it is or None). draw_ask: () -> an ask, or None where nothing can be asked."""
    kind = rng.random()
    if kind < QUESTION:
        ask = draw_ask()
        if ask is not None:
            return language.spoken(ask["question"]), ask
    if kind > 1 - COMMAND:
        return COMMANDS[int(rng.integers(len(COMMANDS)))], None
    return language.utterance(rng), None


def when_steady(record, start):
    """The first moment within PATIENCE from `start` on from which what is there stays the same long enough to ask about it aloud, else `start`."""
    times = start + np.arange(0, PATIENCE, 0.5)
    return float(next((t for t in times if truth.is_steady(record, t, t + SPOKEN)), start))


def across_the_room(samples, rng):
    """As it is heard from some metres away."""
    response = mix.impulse_response(rng)
    size = waves.good(len(samples) + len(response))
    return waves.normalise(mix.filtered(samples, np.fft.rfft(response, size), size))


def _of_length(samples, n):
    """The first n samples, repeated where there are fewer."""
    return np.resize(samples, n)


def under(rng, cue, spoken):
    """What lies under a sentence, `cue.decibels` below it -> (samples, samples that it begins earlier)."""
    lead = int(LEAD[cue.under] * RATE)
    n = max(len(spoken) + lead + int(0.3 * RATE), RATE // 2)
    if cue.under == "chatter":
        samples = _of_length(evaluate_sets.chatter(rng, split="evaluation")[0], n)
    else:
        samples = events.render(cue.under, rng, n / RATE if cue.under != "knock" else min(1.5, n / RATE), split="evaluation")
    level = mix.level(samples) if cue.under == "noise" else waves.active_rms(samples)
    samples = samples * np.float32(waves.active_rms(spoken) / max(level, 1e-9)) * _gain(-cue.decibels)
    fade = min(RATE // 4, len(samples) // 2)
    samples[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return samples, lead


def play(rng, cues, record, draw_ask):
    """-> (float32 [samples], [Spoken], [(kind, start, end)]); adds to record.sounds. draw_ask: (time) -> an ask that can be answered by what is seen at that time, or None."""
    out, spoken, happened, now = room(rng, int(record.seconds * RATE)), [], [], 0.0

    def add(samples, start):
        at = int(start * RATE)
        out[max(at, 0):at + len(samples)] += samples[max(-at, 0):][:len(out) - max(at, 0)]

    for cue in cues:
        start = now + cue.gap + max(LEAD.get(cue.under, 0.0), 0.0)
        ask, lead = None, 0
        if cue.kind == "sentence":
            start = when_steady(record, start)
            text, ask = sentence(rng, lambda: draw_ask(start))
            samples = evaluate_sets.speak(text, rng, "evaluation")
        elif cue.kind == "chatter":
            text, samples = language.SPEECH, evaluate_sets.chatter(rng, split="evaluation")[0]
        else:
            text, samples = language.SOUNDS[cue.kind], events.render(cue.kind, rng, cue.seconds, split="evaluation")
        end = start + len(samples) / RATE
        if end > record.seconds - 1.5:
            break
        if cue.far:
            samples = across_the_room(samples, rng)
        samples = samples * _gain(rng.uniform(*(FAR_LEVEL if cue.far else LEVEL)))
        add(samples, start)
        now = end
        if cue.under:
            below, lead = under(rng, cue, samples)
            add(below, start - lead / RATE)
            now = max(end, start + (len(below) - lead) / RATE)
            happened.append((cue.under, start - lead / RATE, now))
        happened.append(("speech" if cue.kind == "sentence" else cue.kind, start, end))
        record.sounds.append(Heard(start - max(lead, 0) / RATE, now, text, not cue.under or cue.decibels >= truth.SURE))
        if cue.kind == "sentence":
            condition = f"{cue.under}{cue.decibels}" if cue.under else "far" if cue.far else "clean"
            spoken.append(Spoken(start, end, text, condition, cue.decibels, ask if ask and truth.is_steady(record, start, end + ANSWERED) else None))
    peak = float(np.abs(out).max())
    return out * np.float32(min(1, 0.97 / peak)), spoken, happened
