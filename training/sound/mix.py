"""Augmentation: a clip as a microphone in a room hears it. `augment` keeps the length and the timing, so labels by time stay true.

`perturb` changes the speed (and with it pitch and formants) and so the length: it is for utterances before they are placed in a clip.
"""
import numpy as np

from . import noises, waves
from .draws import Draws
from .waves import RATE

SPEED = (0.88, 1.14)
SNR = (3.0, 30.0)         # dB, of the active part of the clip over the noise
CLEAN = 0.25              # share of clips without added noise
ROOM = 0.7                # share of clips in a room, when rooms are asked for
MICROPHONE = 0.7          # share of clips through a microphone that is not flat
PEAK = (-30.0, -3.0)      # dBFS
OWN_NOISE = (-78.0, -55.0)    # dBFS, of the microphone itself
BABBLE = 0.12             # share of the noises that are voices


def perturb(waveform, rng, speed=SPEED):
    """Resampled by a factor drawn from `speed`: faster and higher above 1."""
    return waves.resample(waveform, float(1 / np.exp(rng.uniform(*np.log(speed)))))


def impulse_response(rng):
    """A synthetic room: float32 [T60 * RATE]: the direct sound at sample 0 (nothing is delayed), early reflections, a diffuse tail."""
    t60 = float(np.exp(rng.uniform(np.log(0.1), np.log(0.6))))
    n = int(t60 * RATE)
    t = np.arange(n, dtype=np.float32) / RATE
    tail = rng.standard_normal(n, dtype=np.float32) * np.exp(np.float32(-6.91 / t60) * t)          # -60 dB at T60
    onset = int(rng.uniform(0.002, 0.012) * RATE)
    tail[:onset] *= np.linspace(0, 1, onset, dtype=np.float32) ** 2
    for _ in range(int(rng.integers(0, 3))):                                                       # walls eat the highs
        tail[1:] = 0.6 * tail[1:] + 0.4 * tail[:-1]
    tail /= np.sqrt((tail ** 2).sum()) + 1e-9
    response = tail * np.float32(10 ** (-rng.uniform(-2, 14) / 20))                                # direct to reverberant energy, dB
    early = rng.integers(int(0.001 * RATE), int(0.04 * RATE), size=int(rng.integers(4, 12)))
    early = early[early < n]
    response[early] += (rng.uniform(-0.45, 0.6, len(early)) * np.exp(-early / (0.02 * RATE))).astype(np.float32)
    response[0] = 1
    return response


def microphone(rng, frequency):
    """Gain per frequency [Hz]: corners of the band, a tilt, and up to three resonances of at most 6 dB. Zero phase."""
    f = np.maximum(frequency, 10.0)
    low, high = float(np.exp(rng.uniform(np.log(30), np.log(260)))), float(np.exp(rng.uniform(np.log(3200), np.log(9500))))
    gain = 1 / np.sqrt(1 + (low / f) ** 4) / np.sqrt(1 + (f / high) ** 8)
    decibels = rng.uniform(-2, 2) * np.log2(f / 1000)
    for _ in range(int(rng.integers(0, 4))):
        centre, width = np.exp(rng.uniform(np.log(150), np.log(6000))), rng.uniform(0.15, 0.8)
        decibels += rng.uniform(-6, 6) * np.exp(-0.5 * (np.log2(f / centre) / width) ** 2)
    return (gain * 10 ** (decibels / 20)).astype(np.float32)


def filtered(samples, gain, size):
    """[n] through `gain` per frequency of a transform of `size` >= n, cut to [n]."""
    return np.fft.irfft(np.fft.rfft(samples, size) * gain, size)[:len(samples)].astype(np.float32)


def babble(waveform, rng, others=None):
    """Voices at once, [len(waveform)]: of `others` (a list of waveforms), else of the clip's own, played backwards at other speeds."""
    n, out = len(waveform), np.zeros_like(waveform)
    for _ in range(int(rng.integers(3, 7))):
        voice = others[int(rng.integers(len(others)))] if others else perturb(waveform[::-1], rng, (0.75, 1.3))
        voice = np.resize(voice, n)
        out += np.float32(rng.uniform(0.4, 1)) * np.roll(voice, int(rng.integers(n)))
    return out


def background(waveform, rng, others=None, held=False):
    """Noise [len(waveform)] of any level."""
    if rng.random() < BABBLE:
        return babble(waveform, rng, others)
    draws = Draws(rng, held)
    return draws.pick(noises.BACKGROUND)(draws, len(waveform)).astype(np.float32)


def level(samples):
    return float(np.sqrt((samples ** 2).mean())) if len(samples) else 0.0


def add_noise(waveform, noise, decibels):
    """The waveform with `noise` so much below its active part."""
    own, other = waves.active_rms(waveform), level(noise)
    return waveform if own < 1e-6 or other < 1e-9 else waveform + noise * np.float32(own / other * 10 ** (-decibels / 20))


def overlay(samples, other, decibels, at=0):
    """`samples` with `other` from sample `at` on, whose active part lies `decibels` below theirs; as long as what ends last."""
    out = np.zeros(max(len(samples), at + len(other)), np.float32)
    out[:len(samples)] = samples
    gain = waves.active_rms(samples) / max(waves.active_rms(other), 1e-9) * 10 ** (-decibels / 20)
    out[at:at + len(other)] += other * np.float32(gain)
    return out


def augment(waveform, rng, snr=None, room=True, others=None, speed=False):
    """float32 [n] -> float32 [n]. snr: range of the signal-to-noise ratio in dB, noise always added; None: from SNR, or CLEAN;
    others: waveforms for babble; speed: also `perturb` first, which changes the length and so breaks labels by time."""
    out = np.asarray(waveform, np.float32)
    if speed:
        out = perturb(out, rng)
    n = len(out)
    if room and rng.random() < ROOM:
        response = impulse_response(rng)
        size = waves.good(n + len(response))
        out = filtered(out, np.fft.rfft(response, size), size)
    if snr is not None or rng.random() >= CLEAN:
        out = add_noise(out, background(out, rng, others), rng.uniform(*(snr or SNR)))
    if rng.random() < MICROPHONE:
        size = waves.good(n + 512)
        out = filtered(out, microphone(rng, np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)), size)
    peak = float(np.abs(out).max(initial=0))
    if peak > 1e-4:                                  # silence stays silent
        out = out * np.float32(10 ** (rng.uniform(*PEAK) / 20) / peak)
    return out[:n] + np.float32(10 ** (rng.uniform(*OWN_NOISE) / 20)) * rng.standard_normal(n, dtype=np.float32)
