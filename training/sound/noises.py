"""Noises of a room, stationary and not: (draws, samples) -> float32 [samples] of any level."""
import numpy as np

from .waves import RATE, good

TAU = 2 * np.pi


def shaped(draws, n, curve):
    """Gaussian noise whose spectrum follows `curve`(frequency in Hz) -> gain."""
    size = good(n)
    bins = size // 2 + 1
    spectrum = draws.normal(2 * bins).view(np.complex64) * curve(np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)).astype(np.float32)
    return np.fft.irfft(spectrum, size)[:n].astype(np.float32) * np.float32(np.sqrt(size))


def slope(exponent, low=30.0):
    """Gain of noise whose power falls by 3 dB (exponent 0.5: pink) or 6 dB (1: brown) an octave above `low` Hz."""
    return lambda f: np.maximum(f, low) ** -exponent


def band(centre, octaves):
    """A bell-shaped band around `centre` Hz."""
    return lambda f: np.exp(-0.5 * (np.log2(np.maximum(f, 1.0) / centre) / octaves) ** 2)


def slow(draws, n, rate):
    """A smooth random curve in about -2..2 that changes `rate` times a second."""
    points = draws.normal(int(n / RATE * rate) + 4)
    x = np.arange(n, dtype=np.float32) * np.float32(rate / RATE)
    i, t = x.astype(int), x % 1
    t = t * t * (3 - 2 * t)
    return points[i] * (1 - t) + points[i + 1] * t


def scatter(draws, n, grains, positions, gains):
    """Sum of short `grains` (a list to pick from) at sample `positions`."""
    out = np.zeros(n, np.float32)
    for at, gain in zip(positions, gains):
        grain = draws.pick(grains)[:n - at]
        out[at:at + len(grain)] += gain * grain
    return out


def decay(n, seconds):
    """Exponential decay to 1/e in `seconds`."""
    return np.exp(np.arange(n, dtype=np.float32) * np.float32(-1 / (seconds * RATE)))


def white(d, n):
    return d.normal(n)


def coloured(d, n):
    return shaped(d, n, slope(d.linear(0.2, 1.1)))


def hum(d, n):
    """Mains and its harmonics, with some hiss."""
    base = d.pick((50.0, 60.0)) * d.linear(0.995, 1.005)
    t = np.arange(n, dtype=np.float32) / RATE
    roll = d.linear(0.3, 1.2)
    out = sum(d.rng.random() / k ** roll * np.sin(TAU * ((base * k * t) % 1) + TAU * d.rng.random()) for k in range(1, d.count(4, 14)))
    return (out + 0.05 * d.normal(n)).astype(np.float32)


def fan(d, n):
    """Broad noise with a blade tone that breathes."""
    out = shaped(d, n, lambda f: slope(d.linear(0.3, 0.8), 80)(f) + d.linear(0.05, 0.3) * band(d.log(150, 1200), 0.4)(f))
    t = np.arange(n, dtype=np.float32) / RATE
    blade = d.log(18, 160)
    tone = sum(np.sin(TAU * ((blade * k * t) % 1)) / k for k in (1, 2, 3))
    return (out / out.std() * (1 + 0.1 * slow(d, n, 2)) + d.linear(0.05, 0.5) * tone).astype(np.float32)


def wind(d, n):
    out = shaped(d, n, slope(d.linear(0.7, 1.2), 60)) + 0.3 * shaped(d, n, band(d.log(200, 900), 0.3)) / 100
    return out / out.std() * np.exp(d.linear(0.4, 0.9) * slow(d, n, d.linear(0.6, 3)))


def rain(d, n):
    """Hiss and drops."""
    hiss = shaped(d, n, band(d.log(2500, 6500), 0.9))
    drops = np.zeros(n, np.float32)
    at = d.rng.integers(n, size=int(n / RATE * d.log(20, 300)))
    drops[at] = d.rng.exponential(size=len(at))
    kernel = decay(160, 0.002) * np.sin(np.arange(160) * TAU * d.log(1500, 5000) / RATE)
    return (hiss / hiss.std() + 4 * np.convolve(drops, kernel)[:n]).astype(np.float32)


def traffic(d, n):
    """Cars that come and go: low noise under slow hills, with motors."""
    rumble = shaped(d, n, slope(d.linear(0.8, 1.3), 40))
    tyres = shaped(d, n, band(d.log(500, 1400), 0.8))
    hill = np.exp(0.8 * slow(d, n, d.linear(0.25, 0.8)))
    return (rumble / rumble.std() + d.linear(0.3, 1) * tyres / tyres.std() * hill) * hill


def _click(d, low, high, seconds):
    n = int(seconds * 6 * RATE)
    grain = d.normal(n) * decay(n, seconds) + 0.7 * np.sin(TAU * np.arange(n) * d.log(low, high) / RATE) * decay(n, 2 * seconds)
    return grain.astype(np.float32)


def typing(d, n):
    """Keys: a press and its softer release, in bursts of words."""
    grains = [_click(d, 700, 4500, d.log(0.001, 0.005)) for _ in range(5)]
    positions, gains, t = [], [], 0.05
    pace = d.log(0.08, 0.2)
    while t < n / RATE - 0.1:
        gain = d.linear(0.4, 1)
        for delay, part in ((0, 1), (d.linear(0.05, 0.1), 0.35)):
            positions.append(min(int((t + delay) * RATE), n - 1))
            gains.append(gain * part)
        t += pace * d.rng.lognormal(0, 0.35) + (d.linear(0.1, 0.7) if d.chance(0.15) else 0)
    return scatter(d, n, grains, positions, gains) + 0.003 * d.normal(n)


def clicks(d, n):
    """A mouse, a switch, a pen: few and irregular."""
    grains = [_click(d, 1200, 6000, d.log(0.0005, 0.003)) for _ in range(3)]
    count = max(1, int(n / RATE * d.log(0.7, 5)))
    return scatter(d, n, grains, d.rng.integers(int(0.9 * n), size=count), d.rng.uniform(0.3, 1, count)) + 0.002 * d.normal(n)


def rustle(d, n):
    """Paper or cloth: bright noise in irregular strokes, with crackles."""
    out = shaped(d, n, band(d.log(2000, 6000), 1.0))
    strokes = slow(d, n, d.log(4, 14)) ** 2
    crackle = d.rng.random(n) < d.log(20, 200) / RATE
    return (out / out.std() * strokes * (0.6 + 0.8 * np.abs(slow(d, n, 60))) + 3 * crackle * d.normal(n)).astype(np.float32)


def bump(d, n):
    """Something is put down or falls: one dull blow, perhaps with a rattle after it."""
    out, length = np.zeros(n, np.float32), min(int(0.35 * RATE), n)
    at = int(d.rng.integers(max(1, n - length)) * 0.8)
    body = shaped(d, length, band(d.log(60, 500), 0.8))
    out[at:at + length] = body / body.std() * decay(length, d.log(0.015, 0.07))
    if d.chance(0.4):
        length = min(int(0.3 * RATE), n - at)
        rattle = shaped(d, length, band(d.log(900, 4000), 0.7))
        out[at:at + length] += 0.4 * rattle / rattle.std() * decay(length, 0.1) * (slow(d, length, d.log(20, 50)) > 0.3)
    return out + 0.003 * d.normal(n)


def motor(d, n):
    """A vacuum cleaner, a drill, a mixer: harmonics of a fast wheel under load, and air."""
    speed = d.log(70, 350) * (1 + 0.02 * slow(d, n, 2))
    cycle = np.cumsum(speed / RATE) % 1
    out = sum(d.rng.random() / k ** 0.6 * np.sin(TAU * k * cycle) for k in range(1, 12))
    air = shaped(d, n, band(d.log(800, 3500), 1.2))
    return (out / out.std() + d.linear(0.6, 1.8) * air / air.std()).astype(np.float32)


def water(d, n):
    """A tap or pouring: bubbles of rising pitch over hiss."""
    hiss = shaped(d, n, band(d.log(1200, 4500), 0.9))
    grains = []
    for _ in range(6):
        t = np.arange(int(0.03 * RATE)) / RATE
        grains.append((np.sin(TAU * d.log(500, 1800) * (t + 6 * t * t)) * decay(len(t), 0.007)).astype(np.float32))
    count = int(n / RATE * d.log(30, 120))
    return hiss / hiss.std() + scatter(d, n, grains, d.rng.integers(n, size=count), 3 * d.rng.random(count))


def crowd(d, n):
    """Voices far off that cannot be told apart: bands where speech is, each with its own syllables."""
    out = np.zeros(n, np.float32)
    for _ in range(5):
        part = shaped(d, n, band(d.log(250, 2500), 0.35))
        out += part / part.std() * np.maximum(slow(d, n, d.linear(4, 9)), 0.1)
    return out


def scrape(d, n):
    """A chair is pushed, a drawer pulled: stick and slip, in one or two strokes."""
    rate = d.log(60, 260) * (1 + 0.15 * slow(d, n, 8))
    teeth = (np.cumsum(rate / RATE) % 1 < 0.12) * d.normal(n)
    body = np.convolve(teeth, np.sin(TAU * np.arange(240) * d.log(300, 1500) / RATE) * decay(240, 0.004))[:n]
    return (body * slow(d, n, d.linear(1.5, 4)) ** 2).astype(np.float32)


def creak(d, n):
    """A door or a floor board: single slips that come faster and slower, each with the wood's own tones."""
    rate = d.log(9, 45) * np.exp(0.7 * slow(d, n, d.linear(1, 4)))
    slips = np.flatnonzero(np.diff(np.cumsum(rate / RATE) % 1) < 0)
    grains = [_click(d, 250, 2200, d.log(0.002, 0.008)) for _ in range(4)]
    out = scatter(d, n, grains, slips, d.rng.uniform(0.3, 1, len(slips))) * np.abs(slow(d, n, d.linear(1, 3)))
    return out + 0.003 * d.normal(n)


def squeak(d, n):
    """A hinge, a wheel, a wet pane: a rough tone that glides, in short strokes."""
    pitch = d.log(350, 2800) * np.exp(0.35 * slow(d, n, d.log(2, 12)))
    phase = np.cumsum(pitch / RATE) % 1
    tone = sum(np.sin(TAU * k * phase) / k ** d.linear(0.5, 1.5) for k in range(1, 5))
    strokes = np.maximum(slow(d, n, d.linear(2, 6)), 0) * (1 + d.linear(0.2, 0.9) * slow(d, n, d.log(25, 120)))
    return (tone * strokes + d.linear(0.02, 0.3) * strokes * d.normal(n) + 0.003 * d.normal(n)).astype(np.float32)


def kettle(d, n):
    """Boiling: a rumble that swells, with bursts."""
    out = shaped(d, n, band(d.log(300, 900), 1.0))
    return out / out.std() * np.linspace(d.linear(0.2, 0.8), 1, n, dtype=np.float32) * (1 + 0.5 * np.abs(slow(d, n, 25)))


def static(d, n):
    """A radio between stations: noise that jumps between bands, with whistles."""
    a, b = shaped(d, n, band(d.log(600, 1500), 0.6)), shaped(d, n, band(d.log(2000, 5000), 0.8))
    gate = slow(d, n, 6) > 0
    whistle = np.sin(TAU * np.cumsum((d.log(600, 1800) * (1 + 0.2 * slow(d, n, 3))) / RATE))
    return (np.where(gate, a / a.std(), b / b.std()) + 0.3 * whistle * (slow(d, n, 2) > 0.8)).astype(np.float32)


TRAINED = (white, coloured, hum, fan, wind, rain, traffic, typing, clicks, rustle, bump, motor, water, crowd, creak, squeak)
HELD_OUT = (scrape, kettle, static)
BACKGROUND = (white, coloured, coloured, hum, fan, wind, rain, traffic, typing, clicks, motor, crowd)      # what augmentation adds
STATIONARY = (white, coloured, hum, fan, wind, traffic)                                                     # an empty room


def noise(draws, n):
    return draws.style(TRAINED, HELD_OUT)(draws, n)
