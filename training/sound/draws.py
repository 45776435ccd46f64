"""Random parameters of procedural sounds, with a part of every range and some styles held out of training."""
import numpy as np

HELD = (0.4, 0.6)         # the part of every continuous range that only validation and evaluation draw from


class Draws:
    """A generator that knows its split: `held` draws lie in the middle fifth of a range, training's outside of it."""

    def __init__(self, rng, held):
        self.rng, self.held = rng, held

    def _share(self):
        low, high = HELD
        x = self.rng.random()
        if self.held:
            return low + (high - low) * x
        x *= 1 - (high - low)
        return x if x < low else x + high - low

    def linear(self, low, high):
        return low + (high - low) * self._share()

    def log(self, low, high):
        """For frequencies and times: equal ratios are equally likely."""
        return float(low * (high / low) ** self._share())

    def chance(self, probability):
        return self.rng.random() < probability

    def count(self, low, high):
        """low..high inclusive."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, items, weights=None):
        weights = None if weights is None else np.array(weights, float) / sum(weights)
        return items[int(self.rng.choice(len(items), p=weights))]

    def style(self, trained, held_out):
        """One of the split's styles; half of the held-out draws are of a held-out style, the others of a known one in held-out ranges."""
        return self.pick(held_out if self.held and self.chance(0.5) else trained)

    def normal(self, count):
        return self.rng.standard_normal(count, dtype=np.float32)
