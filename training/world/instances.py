"""Object instances: every object that is put down is a new draw of its kind's parameters, seen from a new side.

Nothing is stored. The draws of one split never meet those of another: their generators are seeded apart. Kinds of your own are photos instead.
"""
import zlib

import numpy as np

from . import photos, unknown
from .kinds import KINDS, UNKNOWN
from .raster import sprite
from .shapes import SHAPES

SIZE = 150                                           # larger side of a sprite, pixels
LOWEST, HIGHEST = np.radians(14), np.radians(58)     # of the camera over the desk
FLAT = np.radians(32)                                # below this, long things lie across the line of sight
LONG = ("banana", "carrot", "fork", "hammer", "key", "keyboard", "pen", "scissors", "shoe", "spoon")


def is_trained(photo):
    """One photo of four is held out."""
    return photo % 4 != 3


class Instances:
    """`split`: "train", or any other name for held-out instances."""

    def __init__(self, split):
        self._salt = zlib.crc32(split.encode())
        self._photos = {k: [photos.sprite(path, SIZE) for i, path in enumerate(kind.photos) if is_trained(i) == (split == "train")]
                        for k, kind in enumerate(KINDS) if kind.photos}

    def draw(self, rng, kind, elevation):
        """A sprite [h, w, 5] of a new instance of the kind (or of UNKNOWN: of a new thing), seen from about `elevation` (radians)."""
        if kind in self._photos:
            return self._photos[kind][int(rng.integers(len(self._photos[kind])))]
        own = np.random.default_rng([self._salt, int(rng.integers(1 << 62))])
        if kind == UNKNOWN:
            return unknown.draw(own, elevation, SIZE)
        turn = np.radians(own.uniform(-KINDS[kind].turn, KINDS[kind].turn))
        if KINDS[kind].name in LONG and elevation < FLAT:                 # lying across, or only its end would be seen
            turn = np.radians(own.uniform(-55, 55) + own.choice((0, 180)))
        light = (own.uniform(-1.5, 1.5), own.uniform(0.5, 1.3), own.uniform(0.45, 0.65))
        return sprite(SHAPES[KINDS[kind].name](own), turn, elevation + own.uniform(-0.12, 0.12), light, SIZE)
