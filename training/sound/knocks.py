"""Knocks on wood, doors and desks: bursts that ring in a few damped modes, in the rhythms of knuckles."""
import numpy as np

from .noises import TAU, decay
from .waves import RATE

# lowest and highest mode in Hz, longest decay in seconds, share of the contact's click
SURFACES = {"door": (70, 700, 0.06, 0.3), "desk": (150, 1400, 0.03, 0.5), "panel": (90, 1000, 0.09, 0.4), "wall": (60, 450, 0.03, 0.3),
            "window": (500, 2600, 0.035, 0.7)}
HELD_OUT = {"cupboard": (110, 900, 0.07, 0.45), "crate": (200, 1800, 0.045, 0.6)}
# seconds between blows as parts of a beat
RHYTHMS = ((1, 1), (1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1, 1), (1,), (1, 1, 2, 1, 1), (1, 2, 1), (1.5, 0.75, 0.75, 1.5))
HELD_OUT_RHYTHMS = ((1, 0.5, 0.5, 1), (2, 1, 1), (0.5, 0.5, 1, 1))


def knock(draws, n):
    """2 to 6 blows of one hand on one surface -> float32 [n]."""
    low, high, longest, click = (SURFACES | HELD_OUT)[draws.style(list(SURFACES), list(HELD_OUT))]
    modes = [(draws.log(low, high), draws.log(longest / 6, longest), draws.linear(0.3, 1)) for _ in range(draws.count(4, 9))]
    rhythm, beat = draws.style(RHYTHMS, HELD_OUT_RHYTHMS), draws.log(0.11, 0.34)
    out, at = np.zeros(n, np.float32), draws.linear(0.01, 0.08)
    for gap in (*rhythm, 1):
        start = int(at * RATE)
        if start >= n - 400:
            break
        length = min(int(0.4 * RATE), n - start)
        t = np.arange(length, dtype=np.float32) / RATE
        blow = draws.normal(length) * decay(length, draws.log(0.0008, 0.003)) * click
        for frequency, seconds, gain in modes:           # a blow excites the modes a little differently every time
            ring = gain * draws.linear(0.6, 1.2) * np.sin(TAU * frequency * draws.linear(0.99, 1.01) * t)
            # a lower mode rings longer; the first 0.5 ms is the push of the knuckle
            blow += ring * decay(length, seconds * (low / frequency) ** 0.3) * np.minimum(t * 2000, 1)
        out[start:start + length] += draws.linear(0.55, 1) * blow
        at += gap * beat * draws.linear(0.92, 1.08)
    return out
