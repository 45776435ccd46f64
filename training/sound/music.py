"""Music: melodies, chords, bass and drums in several timbres."""
import numpy as np

from .noises import TAU, decay
from .waves import RATE

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10), (0, 2, 3, 5, 7, 9, 10))
HELD_OUT_SCALES = ((0, 2, 3, 5, 7, 8, 11), (0, 2, 4, 6, 7, 9, 11))
PROGRESSIONS = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3), (0, 0, 3, 4), (5, 3, 0, 4))          # degrees of the scale, one a bar
HELD_OUT_PROGRESSIONS = ((0, 2, 3, 4), (1, 4, 0, 0))


def envelope(n, attack, release, sustain):
    """Rises in `attack` s, falls to `sustain` in about 0.15 s, ends in `release` s."""
    t = np.arange(n, dtype=np.float32) / RATE
    body = sustain + (1 - sustain) * np.exp(-t / 0.15)
    return body * np.minimum(t / attack, 1) * np.minimum(t[::-1] / release, 1)


def additive(d, n, f, timbre):
    """Harmonics with a fixed profile: `timbre` = gains, vibrato (Hz, depth), attack, release, sustain."""
    gains, (rate, depth), attack, release, sustain = timbre
    t = np.arange(n, dtype=np.float32) / RATE
    cycle = (f * t + f * depth / (TAU * rate) * np.sin(TAU * rate * t)) % 1
    out = sum(g * np.sin(TAU * (k * cycle)) for k, g in enumerate(gains, 1) if k * f < 7000)
    return out * envelope(n, attack, release, sustain)


def pluck(d, n, f, timbre):
    """Karplus and Strong: a burst that circulates in a delay of one period and loses its highs; vectorised by period."""
    period = max(int(RATE / f), 4)
    loop = d.normal(period)
    loop = (1 - timbre) * loop + timbre * np.roll(loop, 1)
    rounds = np.empty((-(-n // period), period), np.float32)
    damping = np.float32(0.5 ** (1 / (f * 0.5)))                       # a half life of about half a second, at any pitch
    for row in rounds:
        row[:] = loop
        loop = damping * (0.5 * loop + 0.5 * np.roll(loop, 1))
    out = rounds.reshape(-1)[:n]
    return out * np.minimum(np.arange(n, 0, -1) / 300, 1)


def modulated(d, n, f, timbre):
    """Two oscillators, one of which modulates the other's phase: electric pianos, bells, brass."""
    ratio, index, seconds = timbre
    t = np.arange(n, dtype=np.float32) / RATE
    fall = np.exp(-t / seconds)
    phase = TAU * ((f * t) % 1) + index * fall * np.sin(TAU * ((f * ratio * t) % 1))
    return np.sin(phase) * (0.2 + 0.8 * fall) * envelope(n, 0.005, 0.04, 0.8)


def instrument(d):
    """-> (function, timbre), one that is held for a whole piece."""
    kind = d.pick((additive, pluck, modulated), (5, 3, 3))
    if kind is pluck:
        return kind, d.linear(0, 0.6)
    if kind is modulated:
        return kind, (d.pick((1, 2, 3, 1.41, 3.5)), d.log(0.5, 5), d.log(0.15, 1.2))
    roll, odd = d.linear(0.6, 2.2), d.linear(0, 1) ** 2                # odd: how far the even harmonics are missing
    gains = [(odd if k % 2 == 0 else 1) * d.linear(0.6, 1.3) / k ** roll for k in range(1, 11)]
    return kind, (gains, (d.linear(4, 7), d.linear(0, 0.012)), d.log(0.004, 0.12), d.log(0.03, 0.2), d.linear(0.05, 1))


def drum(d, kind, n=RATE // 4):
    t = np.arange(n, dtype=np.float32) / RATE
    if kind == "kick":
        return np.sin(TAU * (55 * t + 8 * (1 - np.exp(-t * 25)) / 2)) * decay(n, 0.09)
    noise = d.normal(n)
    if kind == "snare":
        return 0.5 * noise * decay(n, 0.06) + 0.5 * np.sin(TAU * 190 * t) * decay(n, 0.04)
    return 0.35 * np.diff(noise, prepend=0) * decay(n, 0.02)           # a hi-hat


def music(draws, n):
    """A piece of one key, tempo and arrangement -> float32 [n]."""
    d = draws
    scale = d.style(SCALES, HELD_OUT_SCALES)
    progression = d.style(PROGRESSIONS, HELD_OUT_PROGRESSIONS)
    root, beat, beats = d.log(98, 330), 60 / d.log(65, 175), d.pick((4, 4, 3))
    parts = d.pick((("melody",), ("chords",), ("melody", "chords"), ("arpeggio",), ("melody", "bass", "drums"), ("chords", "bass", "drums"),
                    ("melody", "chords", "bass", "drums"), ("arpeggio", "melody"), ("chords", "bass")))
    lead, back = instrument(d), instrument(d)
    out = np.zeros(n, np.float32)

    def hertz(degree):
        octave, step = divmod(int(degree), len(scale))
        return root * 2 ** (octave + scale[step] / 12)

    def play(player, at, seconds, degree, gain):
        start, length = int(at * RATE), int(seconds * RATE)
        if 0 <= start < n and length > 300 and hertz(degree) < 3500:
            length = min(length, n - start)
            sound = player[0](d, length, hertz(degree), player[1])
            out[start:start + length] += gain * sound

    def hit(kind, at, gain):
        start = int(at * RATE)
        if 0 <= start < n:
            sound = drums[kind][:n - start]
            out[start:start + len(sound)] += gain * sound

    drums = {k: drum(d, k) for k in ("kick", "snare", "hat")} if "drums" in parts else {}
    swing, degree, at = d.linear(-0.5, 0.5) * beat, d.count(4, 9), 0.0
    if "melody" in parts:                                              # a random walk on the scale that likes small steps
        while at < n / RATE:
            length = beat * d.pick((0.5, 1, 1, 1.5, 2), (4, 4, 3, 1, 1))
            if d.chance(0.9):
                play(lead, at, length * d.linear(0.7, 1), degree, 0.8)
            degree = int(np.clip(degree + d.pick((-2, -1, -1, 0, 1, 1, 2, 4, -4), (2, 4, 4, 2, 4, 4, 2, 1, 1)), 2, 14))
            at += length
    for bar in range(int(n / RATE / (beat * beats)) + 2):
        start, chord = (bar * beats) * beat - abs(swing), progression[bar % len(progression)]
        notes = [chord, chord + 2, chord + 4]
        if "chords" in parts:
            for half in range(d.pick((1, 2))):
                for note in notes:
                    play(back, max(start, 0) + half * beats / 2 * beat, beat * beats / 2 if half else beat * beats * 0.9, note, 0.35)
        if "arpeggio" in parts:
            for step in range(2 * beats):
                play(back, start + step * beat / 2, beat, notes[step % 3] + (len(scale) if step % 6 > 2 else 0), 0.5)
        for b in range(beats):
            if "bass" in parts:
                play(lead if lead[0] is pluck else back, start + b * beat, beat * 0.9, chord - len(scale), 0.6)
            if drums:
                hit("kick" if b % 2 == 0 else "snare", start + b * beat, 0.8)
                hit("hat", start + b * beat, 0.5)
                hit("hat", start + (b + 0.5) * beat, 0.4)
    return out
