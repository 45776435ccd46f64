"""Waveforms: WAV bytes, resampling, silence at the ends, loudness. Float32 [samples] in -1..1 at RATE unless said otherwise."""
import io
import wave

import numpy as np

RATE = 16000
EDGE = 0.05               # seconds of silence kept at either end of an utterance
LOUDNESS = 10 ** (-24 / 20)   # root mean square of the frames that are not silent; leaves 12 to 18 dB to the peaks of speech
FRAME = RATE // 100       # 10 ms


def parse(data):
    """WAV bytes or file object (16-bit mono) -> (float32 [samples], its rate). A header that was written to a pipe may claim any length."""
    with wave.open(io.BytesIO(data) if isinstance(data, bytes) else data) as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            raise ValueError(f"WAV has {file.getnchannels()} channels of {8 * file.getsampwidth()} bits; expected 1 of 16")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768, file.getframerate()


def to_int16(samples):
    return np.clip(np.round(samples * 32767), -32768, 32767).astype(np.int16)


def write(path, samples):
    """float32 or int16 [samples] at RATE -> WAV file, 16-bit mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples if samples.dtype == np.int16 else to_int16(samples)).tobytes())


def good(length):
    """The next length that splits into factors of 2, 3 and 5 only (of the form 2^a, 3*2^a, 5*2^a, 9*2^a, 15*2^a), which an FFT likes."""
    power = 1 << max(int(length - 1).bit_length() - 4, 0)
    return int(power * next(k for k in (8, 9, 10, 12, 15, 16) if k * power >= length))


def resample(samples, ratio):
    """Band-limited resampling to round(length * ratio) samples by cutting or padding the spectrum.

    The signal is padded so that the transform's wrap falls into silence; the ratio is exact to one part in the padded length."""
    if abs(ratio - 1) < 1e-4:
        return samples
    out = int(round(len(samples) * ratio))
    size = good(len(samples) + 256)
    target = int(round(size * ratio))
    spectrum = np.fft.rfft(samples, size)
    bins = target // 2 + 1
    if bins <= len(spectrum):
        spectrum = spectrum[:bins].copy()
        edge = max(bins // 20, 1)                       # the highest 5 % fade out instead of ringing
        spectrum[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    return (np.fft.irfft(spectrum, target)[:out] * (target / size)).astype(np.float32)


def frames_rms(samples):
    """-> root mean square of every whole 10 ms frame [len / 160]."""
    whole = samples[:len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.sqrt((whole ** 2).mean(1) + 1e-12)


def trim(samples, floor=10 ** (-42 / 20)):
    """Cuts silence (below `floor` of the loudest frame) at both ends down to EDGE and fades 5 ms, so that nothing clicks."""
    level = frames_rms(samples)
    loud = np.flatnonzero(level > floor * level.max()) if len(level) else []
    if not len(loud) or level.max() < 1e-4:
        return samples[:0]
    edge = int(EDGE * RATE)
    cut = samples[max(loud[0] * FRAME - edge, 0):(loud[-1] + 1) * FRAME + edge].copy()
    ramp = np.linspace(0, 1, min(80, len(cut)), dtype=np.float32)
    cut[:len(ramp)] *= ramp
    cut[len(cut) - len(ramp):] *= ramp[::-1]
    return cut


def active_rms(samples):
    """Root mean square of the frames within 30 dB of the loudest: what a signal-to-noise ratio is measured against."""
    level = frames_rms(samples)
    if not len(level):
        return float(np.sqrt((samples ** 2).mean())) if len(samples) else 0.0
    return float(np.sqrt((level[level >= level.max() * 10 ** (-30 / 20)] ** 2).mean()))


def normalise(samples, loudness=LOUDNESS):
    """Scaled to `loudness`, or to a peak of 0.97 where that would clip."""
    gain = min(loudness / max(active_rms(samples), 1e-6), 0.97 / max(float(np.abs(samples).max(initial=0)), 1e-6))
    return (samples * np.float32(gain)).astype(np.float32)
