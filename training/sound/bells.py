"""Bells and alarms: struck metal, doorbells, telephones, beeps, sirens, alarm clocks."""
import numpy as np

from .noises import TAU, decay
from .waves import RATE

CHURCH = (0.5, 1, 1.19, 1.5, 2, 2.51, 2.66, 3.01, 4.17)        # partials of a tuned bell over its strike note
BAR = (1, 2.76, 5.4, 8.93)                                     # of a free metal bar, as in a chime
BOWL = (1, 2.71, 5.03, 7.9)                                    # of a hemisphere, as on a bicycle or an old telephone


def strike(draws, n, frequency, ratios, seconds):
    """One blow on metal: every partial has its own decay and a close twin that beats with it."""
    t = np.arange(n, dtype=np.float32) / RATE
    out = 0.1 * draws.normal(n) * decay(n, 0.002)
    for ratio in ratios:
        f = frequency * ratio * draws.linear(0.985, 1.015)
        if f < 7500:
            twin = draws.linear(0.3, 3.0)
            ring = np.sin(TAU * ((f * t) % 1)) + 0.4 * np.sin(TAU * (((f + twin) * t) % 1))
            out += draws.linear(0.2, 1) / ratio ** 0.4 * ring * decay(n, seconds / ratio ** draws.linear(0.5, 1))
    return out.astype(np.float32)


def add(out, sound, at):
    sound = sound[:max(len(out) - at, 0)]
    out[at:at + len(sound)] += sound


def tone(draws, n, frequency, edge=0.004):
    """A beep: a sine or something sharper, with short ramps. `frequency`: Hz, a number or [n]."""
    cycle = np.cumsum(np.broadcast_to(np.asarray(frequency, np.float64), n) / RATE) % 1
    wave = sum(gain * np.sin(TAU * k * cycle) for k, gain in draws.pick(((((1, 1)),), ((1, 1), (2, 0.3)), ((1, 1), (3, 0.33), (5, 0.2)))) if
               k * np.max(frequency) < 7500)
    t = np.arange(n) / RATE
    return (wave * np.clip(np.minimum(t, t[::-1]) / edge, 0, 1)).astype(np.float32)


def struck(d, n):
    """A church, hand or table bell, one to four blows."""
    out, ratios = np.zeros(n, np.float32), d.pick((CHURCH, BAR, BOWL))
    frequency, seconds, gap = d.log(250, 2600), d.log(0.25, 1.6), d.log(0.35, 1.2)
    for i in range(d.count(1, 4)):
        add(out, d.linear(0.6, 1) * strike(d, n, frequency, ratios, seconds), int((0.02 + i * gap * d.linear(0.95, 1.05)) * RATE))
    return out


def doorbell(d, n):
    """Ding dong."""
    out, frequency = np.zeros(n, np.float32), d.log(450, 1300)
    for i, interval in enumerate(d.pick(((1, 0.79), (1, 0.84), (1, 0.67), (1, 0.79, 0.63)))):
        at = int((0.02 + i * d.linear(0.35, 0.7)) * RATE)
        add(out, strike(d, n, frequency * interval, d.pick((BAR, (1, 2, 3))), d.log(0.3, 0.9)), at)
    return out


def clapper(d, n):
    """An old telephone or alarm clock: a hammer between two bowls."""
    out, rate, f = np.zeros(n, np.float32), d.log(11, 28), d.log(900, 2600)
    bowls = [strike(d, RATE // 2, f * r, BOWL, d.log(0.06, 0.25)) for r in (1, d.linear(1.05, 1.25))]
    on, off = (d.linear(0.6, 1.8), d.linear(0.3, 1.2)) if d.chance(0.7) else (n / RATE, 0.0)
    for i in range(int(n / RATE * rate)):
        if (i / rate) % (on + off) < on:
            add(out, d.linear(0.8, 1) * bowls[i % 2], int(i / rate * RATE))
    return out


def telephone(d, n):
    """An electronic ring: two tones in the ringing cadence, modulated."""
    t = np.arange(n, dtype=np.float32) / RATE
    low, high = d.log(380, 900), d.linear(1.08, 1.35)
    ring = (np.sin(TAU * low * t) + np.sin(TAU * low * high * t)) * (1 + np.sign(np.sin(TAU * d.log(12, 30) * t)) * d.linear(0.3, 1))
    on, off = d.linear(0.4, 1.4), d.linear(0.2, 1)
    return (ring * (t % (on + off) < on)).astype(np.float32)


def beeps(d, n):
    """An alarm clock or a timer: groups of short beeps."""
    out, frequency, short = np.zeros(n, np.float32), d.log(700, 3800), d.log(0.05, 0.25)
    group, at = d.count(1, 4), d.linear(0, 0.08)
    rest = d.linear(0.2, 0.8)
    while at < n / RATE - 0.04:
        for _ in range(group):
            add(out, tone(d, int(short * RATE), frequency), int(at * RATE))
            at += 2 * short
        at += rest
    return out


def siren(d, n):
    """A pitch that climbs and falls, or jumps between two."""
    t = np.arange(n) / RATE
    swing = np.sin(TAU * d.log(0.3, 4) * t + TAU * d.rng.random())
    if d.chance(0.4):
        swing = np.sign(swing)
    return tone(d, n, d.log(550, 1500) * d.linear(1.15, 1.6) ** swing)


def smoke(d, n):
    """A smoke alarm: three loud high tones and a pause."""
    t = np.arange(n) / RATE
    on = d.linear(0.3, 0.6)
    phase = t % (on * 8)
    return (tone(d, n, d.log(2500, 3600)) * ((phase < 6 * on) & (phase % (2 * on) < on))).astype(np.float32)


def trill(d, n):
    """Two beeps in quick turns, as cheap telephones do."""
    t = np.arange(n) / RATE
    on, interval = d.linear(0.5, 1.2), d.linear(1.12, 1.4)
    frequency = d.log(900, 2200) * np.where((t * d.log(10, 24)) % 1 < 0.5, 1, interval)
    return (tone(d, n, frequency) * (t % (1.6 * on) < on)).astype(np.float32)


def shaken(d, n):
    """A small bell in a hand or over a shop's door: quick blows of uneven strength that die away, now and then shaken again."""
    out, f, seconds = np.zeros(n, np.float32), d.log(1200, 3600), d.log(0.12, 0.7)
    blows = [strike(d, RATE, f * d.linear(0.99, 1.01), d.pick((BAR, BOWL, CHURCH)), seconds) for _ in range(3)]
    at, rate = 0.02, d.log(6, 18)
    while at < n / RATE - 0.05:
        for i in range(d.count(4, 12)):
            add(out, d.linear(0.3, 1) * blows[i % 3], int(at * RATE))
            at += d.linear(0.6, 1.4) / rate
        at += d.linear(0.2, 1.4)
    return out


def ringer(d, n):
    """An electronic bell: soft tones that follow each other quickly up and down a chord, in bursts."""
    out, f, on = np.zeros(n, np.float32), d.log(600, 1800), d.log(0.035, 0.1)
    chord = d.pick(((1, 1.25, 1.5), (1, 1.2, 1.5, 2), (1, 1.33), (1, 1.5, 2, 1.5)))
    at = 0.02
    while at < n / RATE - 0.05:
        for i in range(d.count(6, 20)):
            note = tone(d, int(on * 1.3 * RATE), f * chord[i % len(chord)])
            add(out, note * decay(len(note), on), int(at * RATE))
            at += on
        at += d.linear(0.2, 1.0)
    return out


def signal(d, n):
    """What a device tells with: one to four short soft notes, rising or falling, once or again after a while."""
    out, f = np.zeros(n, np.float32), d.log(350, 2200)
    notes = [f * 2 ** (d.pick((0, 2, 3, 4, 5, 7, 9, 12, -3, -5)) / 12) for _ in range(d.count(1, 4))]
    at, gap, seconds, ratios = 0.02, d.log(0.07, 0.3), d.log(0.08, 0.6), d.pick(((1, 2, 3), (1, 2), (1, 3, 5), BAR[:3]))
    again = d.linear(0.8, 2.5)
    while at < n / RATE - 0.05:
        for i, note in enumerate(notes):
            add(out, strike(d, RATE, note, ratios, seconds), int((at + i * gap) * RATE))
        if d.chance(0.6):
            break
        at += len(notes) * gap + again
    return out


def glide(d, n):
    """A device's short sound of one tone that slides, like a drop."""
    out = np.zeros(n, np.float32)
    length = int(d.log(0.08, 0.4) * RATE)
    f, at = d.log(400, 2000) * d.log(0.5, 2) ** (np.arange(length) / length), d.linear(0.01, 0.1)
    for _ in range(d.count(1, 3)):
        add(out, tone(d, length, f) * decay(length, length / RATE / 2), int(at * RATE))
        at += d.linear(0.15, 0.6)
    return out


def glockenspiel(d, n):
    """A chime of four or more struck bars, as at a station."""
    out, frequency = np.zeros(n, np.float32), d.log(500, 1100)
    for i in range(d.count(4, 7)):
        add(out, strike(d, n, frequency * d.pick((1, 1.25, 1.5, 2, 0.75)), BAR[:3], 0.5), int((0.02 + i * d.linear(0.2, 0.4)) * RATE))
    return out


TRAINED = (struck, doorbell, clapper, telephone, beeps, siren, smoke, shaken, ringer, signal)
HELD_OUT = (trill, glockenspiel, glide)


def bell(draws, n):
    return draws.style(TRAINED, HELD_OUT)(draws, n)
