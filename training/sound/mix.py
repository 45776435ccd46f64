"""Augmentation: a clip as a microphone in a room hears it. `augment` keeps the length and the timing, so labels by time stay true.

`perturb` changes the speed (and with it pitch and formants) and so the length: it is for utterances before they are placed in a clip.
"""
import numpy as np

from . import noises, waves
from .draws import Draws
from .waves import RATE

SPEED = (0.88, 1.14)
SNR = (0.0, 30.0)         # dB, of the active part of the clip over the noise
CLEAN = 0.25              # share of clips without added noise
ROOM = 0.7                # share of clips in a room, when rooms are asked for
MICROPHONE = 0.7          # share of clips through a microphone that is not flat
PEAK = (-36.0, -1.0)      # dBFS
OWN_NOISE = (-78.0, -55.0)    # dBFS, of the microphone itself
BABBLE = 0.12             # share of the noises that are voices
# how a clip reaches us: across a desk, across the room, by telephone, as coded sound (a recording, a call), or as it is, with nothing added
WAYS = {"near": 0.52, "far": 0.16, "telephone": 0.07, "coded": 0.15, "bare": 0.1}
DITHER = -93.0            # dBFS: what is left in a bare clip


def perturb(waveform, rng, speed=SPEED):
    """Resampled by a factor drawn from `speed`: faster and higher above 1."""
    return waves.resample(waveform, float(1 / np.exp(rng.uniform(*np.log(speed)))))


def impulse_response(rng, far=False):
    """A synthetic room: float32 [T60 * RATE]: the direct sound at sample 0 (nothing is delayed), early reflections, a diffuse tail.
    far: a larger room, most of whose sound comes back from its walls."""
    t60 = float(np.exp(rng.uniform(*np.log((0.3, 1.0) if far else (0.1, 0.6)))))
    n = int(t60 * RATE)
    t = np.arange(n, dtype=np.float32) / RATE
    tail = rng.standard_normal(n, dtype=np.float32) * np.exp(np.float32(-6.91 / t60) * t)          # -60 dB at T60
    onset = int(rng.uniform(0.002, 0.012) * RATE)
    tail[:onset] *= np.linspace(0, 1, onset, dtype=np.float32) ** 2
    for _ in range(int(rng.integers(0, 3))):                                                       # walls eat the highs
        tail[1:] = 0.6 * tail[1:] + 0.4 * tail[:-1]
    tail /= np.sqrt((tail ** 2).sum()) + 1e-9
    response = tail * np.float32(10 ** (-rng.uniform(*((-9, 1) if far else (-2, 14))) / 20))       # direct to reverberant energy, dB
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


def telephone(samples, rng):
    """The band of a telephone, 300 to 3400 Hz, in the 8 bits a sample of its mu-law."""
    size = waves.good(len(samples) + 512)
    f = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1.0)
    low, high = rng.uniform(200, 400), rng.uniform(2900, 3700)
    out = filtered(samples, (1 / np.sqrt(1 + (low / f) ** 8) / np.sqrt(1 + (f / high) ** 24)).astype(np.float32), size)
    peak = max(float(np.abs(out).max(initial=0)), 1e-6) * float(rng.uniform(1, 4))
    steps = np.round(127 * np.sign(out) * np.log1p(255 * np.abs(out) / peak) / np.log(256)) / 127
    return (np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255 * peak).astype(np.float32)


def coded(samples, rng):
    """As a lossy codec leaves it: no highs above its band, in every frame of 64 ms holes where little was, and coarse steps where something was."""
    frame, hop = 1024, 512
    n = len(samples)
    window = np.sqrt(np.hanning(frame + 1)[:-1]).astype(np.float32)
    padded = np.pad(samples, (hop, hop + -n % hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, frame)[::hop] * window
    spectrum = np.fft.rfft(frames)[:, :512].reshape(len(frames), 32, 16)                     # bands of 250 Hz
    level = np.sqrt((np.abs(spectrum) ** 2).mean(2, keepdims=True)) + 1e-9
    hole, step = 10 ** (rng.uniform(-45, -22) / 20), rng.uniform(0.3, 1.4)
    kept = np.round(spectrum.real / (level * step)) + 1j * np.round(spectrum.imag / (level * step))
    kept = kept * level * step * (level > hole * level.max(1, keepdims=True))
    kept[:, int(rng.uniform(12, 33)):] = 0                                                   # of 3 kHz and more
    out = np.fft.irfft(np.pad(kept.reshape(len(frames), 512), ((0, 0), (0, 1)))).astype(np.float32) * window
    whole = np.zeros(len(padded), np.float32)
    for i, part in enumerate(out):
        whole[i * hop:i * hop + frame] += part
    return whole[hop:hop + n]


def cut(samples, rng, most=0.09):
    """An utterance of `waves.trim` as a gate that opens late or closes early leaves it: without up to `most` seconds of its first or last sound."""
    n = int((waves.EDGE + rng.uniform(0, most)) * RATE)
    return samples[n:] if rng.random() < 0.5 else samples[:len(samples) - n]


def voices(parts, rng):
    """Several voices at once, of much the same level; as long as the longest of `parts`, none of which is alone for more than half a second."""
    out = parts[0]
    for part in parts[1:]:
        out = overlay(out, part, float(rng.uniform(0, 6)), int(rng.uniform(0, 0.5) * RATE))
    return out


def augment(waveform, rng, snr=None, room=True, others=None, speed=False, way=None):
    """float32 [n] -> float32 [n]. snr: range of the signal-to-noise ratio in dB, noise always added (but to a bare clip); None: from SNR, or CLEAN;
    others: waveforms for babble; speed: also `perturb` first, which changes the length and so breaks labels by time; way: one of WAYS, None: drawn."""
    out = np.asarray(waveform, np.float32)
    if speed:
        out = perturb(out, rng)
    n, way = len(out), way or str(rng.choice(list(WAYS), p=list(WAYS.values())))
    if way != "bare":
        if way == "far" or room and rng.random() < ROOM:
            response = impulse_response(rng, way == "far")
            size = waves.good(n + len(response))
            out = filtered(out, np.fft.rfft(response, size), size)
        if snr is not None or rng.random() >= CLEAN:
            out = add_noise(out, background(out, rng, others), rng.uniform(*(snr or SNR)))
        if way == "telephone":
            out = telephone(out, rng)
        elif rng.random() < MICROPHONE:
            size = waves.good(n + 512)
            out = filtered(out, microphone(rng, np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)), size)
        if way == "coded":
            out = coded(out, rng)
    peak = float(np.abs(out).max(initial=0))
    if peak > 1e-4:                                  # silence stays silent
        out = out * np.float32(10 ** (rng.uniform(*PEAK) / 20) / peak)
    own = DITHER if way in ("bare", "coded", "telephone") else rng.uniform(*OWN_NOISE)
    return out[:n] + np.float32(10 ** (own / 20)) * rng.standard_normal(n, dtype=np.float32)
