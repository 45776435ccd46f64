"""Sound events by name: `render(kind, rng, seconds, split)` -> float32 [seconds * 16000] at the loudness of speech."""
import numpy as np

from . import noises, waves
from .bells import bell
from .draws import Draws
from .knocks import knock
from .music import music
from .noises import noise


def silence(draws, n):
    """A room in which nothing happens: quiet noise of one colour, -75 to -55 dBFS."""
    hiss = draws.pick(noises.STATIONARY)(draws, n)
    return hiss / max(float(np.sqrt((hiss ** 2).mean())), 1e-9) * np.float32(10 ** (draws.linear(-75, -55) / 20))


RENDERERS = {"music": music, "knock": knock, "bell": bell, "noise": noise}
KINDS = (*RENDERERS, "silence")


def render(kind, rng, seconds, split="train"):
    """split: "train", or "validation" or "evaluation" for the held-out styles and ranges. `silence` keeps its own low level."""
    if kind not in KINDS:
        raise ValueError(f"sound event {kind!r} is unknown; there are {', '.join(KINDS)}")
    n, draws = int(round(seconds * waves.RATE)), Draws(rng, split != "train")
    if kind == "silence":
        return silence(draws, n).astype(np.float32)
    out = np.nan_to_num(RENDERERS[kind](draws, n).astype(np.float32))
    fade = np.minimum(np.arange(n, 0, -1, dtype=np.float32) / 160, 1)            # an event that is cut does not click
    return waves.normalise((out - out.mean()) * fade)
