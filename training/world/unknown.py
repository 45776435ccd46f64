"""Things that are none of the kinds: assemblies of solids and painted cut-outs, each a new invention.

A single solid would look like a kind (a ball, a box, a bowl), so an assembly has at least three, of several colours.
"""
import cv2
import numpy as np

from .raster import sprite
from .shapes.solids import BLACK, DARK, GOLD, STEEL, WHITE, box, cylinder, ellipsoid, lathe, ring, tube

FIXED = (WHITE, BLACK, DARK, STEEL, GOLD)


def draw(rng, elevation, size):
    """-> sprite [h, w, 5] uint8 as raster.sprite gives it, larger side `size`; its body channel is 0: it has no colour of its own to be asked for."""
    if rng.random() < 0.5:
        light = (rng.uniform(-1.5, 1.5), rng.uniform(0.5, 1.3), rng.uniform(0.45, 0.65))
        return sprite(assembly(rng), rng.uniform(0, 2 * np.pi), elevation + rng.uniform(-0.12, 0.12), light, size)
    return cut_out(rng, size)


def _paint(rng):
    return FIXED[int(rng.integers(len(FIXED)))] if rng.random() < 0.3 else tuple(rng.uniform(0.08, 0.95, 3))


def assembly(rng):
    """Three to six solids on, in and beside each other -> parts."""
    parts, paints = [], [_paint(rng) for _ in range(3)]
    for number in range(int(rng.integers(3, 7))):
        a, b, c = rng.uniform(0.1, 0.5, 3)
        paint = paints[number % 3]
        part = [lambda: box(2 * a, 2 * b, 2 * c, paint), lambda: cylinder(a, 0, 2 * b, paint, int(rng.integers(3, 14))), lambda: ellipsoid(a, b, c, paint),
                lambda: lathe(np.stack([rng.uniform(0.03, 0.45, 5), np.sort(rng.uniform(0, 1, 5))], 1), paint, int(rng.integers(5, 16))),
                lambda: ring(0.3, rng.uniform(0.04, 0.12), paint, end=rng.uniform(120, 360)),
                lambda: tube(np.cumsum(rng.normal(0, 0.25, (4, 3)), 0), rng.uniform(0.03, 0.12), paint, 6)][int(rng.integers(6))]()
        parts.append(part.turned("xyz"[int(rng.integers(3))], rng.uniform(0, 360)).moved(*rng.uniform(-0.45, 0.45, 3)))
    return parts


def blob(rng, points, roughness):
    """Corners [points, 2] of a closed outline around (0, 0), about 1 large."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = 0.5 + sum(rng.normal(0, roughness / k) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(2, 7))
    return np.stack([np.cos(angle), np.sin(angle) * rng.uniform(0.4, 1)], 1) * np.maximum(radius, 0.12)[:, None]


def cut_out(rng, size):
    """A painted figure: a body with limbs and patches, or a toothed or starred outline with a pattern."""
    side = 2 * size
    mask, image = np.zeros((side, side), np.uint8), np.zeros((side, side, 3), np.uint8)
    fill = lambda corners, colour: [cv2.fillPoly(a, [np.int32(corners)], c, cv2.LINE_AA) for a, c in ((mask, 255), (image, colour))]
    colour = lambda: tuple(float(v) for v in rng.uniform(15, 245, 3))
    middle, main = side / 2, colour()
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(2, 7))):                        # limbs
            angle, reach, thick = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 0.9) * middle, int(rng.uniform(0.04, 0.16) * side)
            end = middle + reach * np.array([np.cos(angle), np.sin(angle)])
            shade = main if rng.random() < 0.6 else colour()
            [cv2.line(a, (int(middle), int(middle)), tuple(int(v) for v in end), c, thick, cv2.LINE_AA) for a, c in ((mask, 255), (image, shade))]
            fill(end + blob(rng, 20, 0.1) * thick * rng.uniform(1, 2.4), shade if rng.random() < 0.5 else colour())
        fill(middle + blob(rng, 40, 0.08) * middle * rng.uniform(0.8, 1.2), main)
    else:
        teeth = int(rng.integers(3, 13))
        corners = blob(rng, 4 * teeth, rng.uniform(0, 0.12)) * np.where(np.arange(4 * teeth) % 4 < 2, 1, rng.uniform(0.4, 0.95))[:, None]
        fill(middle + corners * side * 0.8, main)
    outline = mask.copy()
    for _ in range(int(rng.integers(2, 8))):                            # patches, eyes, stripes
        at = rng.uniform(0.25, 0.75, 2) * side
        if rng.random() < 0.6:
            fill(at + blob(rng, 24, 0.1) * rng.uniform(0.08, 0.45) * side, colour())
        else:
            shade, step, thick = colour(), rng.uniform(10, 40), int(rng.integers(2, 10))
            [cv2.line(image, (0, int(y)), (side, int(y + rng.uniform(-20, 20))), shade, thick, cv2.LINE_AA) for y in np.arange(at[1], at[1] + 4 * step, step)]
    solid = cv2.distanceTransform((outline > 127).astype(np.uint8), cv2.DIST_L2, 3)
    round_ = 0.55 + 0.45 * np.minimum(solid / rng.uniform(8, 60), 1)    # darker to its edge, as something solid is
    grain = cv2.resize(rng.normal(1, rng.uniform(0, 0.12), (side // 4, side // 4)).astype(np.float32), (side, side))
    image = np.clip(image * (round_ * grain)[..., None], 0, 255)
    rows, columns = np.flatnonzero(outline.max(1)), np.flatnonzero(outline.max(0))
    crop = np.dstack([image, outline])[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1].astype(np.uint8)
    scale = size / max(crop.shape[:2])
    small = cv2.resize(crop, (max(int(crop.shape[1] * scale), 1), max(int(crop.shape[0] * scale), 1)), interpolation=cv2.INTER_AREA)
    return np.dstack([small, np.zeros(small.shape[:2], np.uint8)])
