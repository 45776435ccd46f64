"""An object where it stands: its sprite at its final size, colour and turn."""
import colorsys
from dataclasses import dataclass, field

import cv2
import numpy as np

from .kinds import COLOURS, HSV

COARSE = 4                                           # pixels: step of the masks that visibility is counted on


@dataclass
class Placed:
    """One object: indices of kind and colour (-1: none), sprite [h, w, 4] uint8 at its final size, top-left corner, identity."""
    kind: int
    colour: int
    sprite: np.ndarray
    left: int
    top: int
    identity: int
    area: int = field(init=False)                    # pixels it covers when nothing is in front
    mask: np.ndarray = field(init=False)             # every COARSE-th of them

    def __post_init__(self):
        solid = self.sprite[..., 3] > 127
        self.area, self.mask = int(solid.sum()), solid[::COARSE, ::COARSE]

    @property
    def box(self):
        h, w = self.sprite.shape[:2]
        return self.left, self.top, self.left + w, self.top + h


def hidden(things, width, height):
    """The largest share of any of `things` (in the order they are drawn) that nearer ones cover."""
    rows, columns = height // COARSE, width // COARSE
    owner, where = np.zeros((rows, columns), np.uint8), []
    for number, thing in enumerate(things, 1):
        top, left = thing.top // COARSE, thing.left // COARSE
        region = owner[top:top + thing.mask.shape[0], left:left + thing.mask.shape[1]]
        mask = thing.mask[:region.shape[0], :region.shape[1]]
        region[mask] = number
        where.append((region, mask))
    return max(1 - (region[mask] == number).mean() if mask.any() else 0.0 for number, (region, mask) in enumerate(where, 1))


def overlap(a, b):
    """Intersection of two boxes as a share of the smaller."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return 0.0 if w <= 0 or h <= 0 else w * h / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def paint(sprite, colour, rng):
    """A sprite [h, w, 5] of `raster` in a shade of the colour -> [h, w, 4] uint8."""
    if colour < 0:                                                      # a photo keeps its own colours, an unknown thing has its own
        return sprite[..., :4]
    hue, saturation, value = HSV[COLOURS[colour]]
    rgb = colorsys.hsv_to_rgb((rng.uniform(*hue) % 360) / 360, rng.uniform(*saturation), rng.uniform(*value))
    body = sprite[..., 4:].astype(np.float32) / 255
    out = sprite[..., :3] * (1 - body + body * np.float32(rgb))
    return np.dstack([np.clip(out, 0, 255).astype(np.uint8), sprite[..., 3]])


def placement(sprite, side, turn):
    """Size (h, w) and affine matrix of a sprite turned by `turn` degrees, its larger side `side` pixels."""
    h, w = sprite.shape[:2]
    scale = side / max(h, w)
    c, s = np.cos(np.radians(turn)) * scale, np.sin(np.radians(turn)) * scale
    width, height = int(abs(w * c) + abs(h * s)) + 2, int(abs(w * s) + abs(h * c)) + 2
    matrix = np.array([[c, -s, 0], [s, c, 0]])
    matrix[:, 2] = [width / 2, height / 2] - matrix[:, :2] @ [w / 2, h / 2]
    return height, width, matrix


def warp(sprite, matrix, width, height):
    """The sprite drawn through `matrix`; colours are premultiplied so that transparent pixels leave no fringe."""
    premultiplied = sprite.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] * (1 / 255)
    scale = np.hypot(matrix[0, 0], matrix[0, 1])
    if scale < 0.6:
        premultiplied = cv2.GaussianBlur(premultiplied, (0, 0), 0.4 / scale)
    out = cv2.warpAffine(premultiplied, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    out[..., :3] *= 255 / np.maximum(out[..., 3:], 1)
    return np.clip(out, 0, 255).astype(np.uint8)
