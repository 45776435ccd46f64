"""Desk surfaces: photographed textures from the furniture package and procedural wood, cloth, stone, paper."""
from pathlib import Path

import cv2
import numpy as np

SIDE = 1024
PHOTOGRAPHED = ["oldWoodenFloor", "woodenFloor", "marbleWall", "greyTile", "roughcast", "stoneTiles", "wallBeigeTile", "beigeTile",
                "smallBricks", "darkBlueTile", "lightBlueTile", "stone2Wall"]
HELD_OUT_PHOTOGRAPHED = {"woodenFloor", "stone2Wall", "lightBlueTile"}
PROCEDURAL = 60           # how many procedural surfaces; every fifth is held out


def _noise(rng, cells):
    """Smooth value noise, SIDE x SIDE in 0..1, from a random grid of cells = (rows, columns)."""
    return cv2.resize(rng.random(cells, dtype=np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def _colour(rng, saturation=(0, 120), value=(60, 245), hue=(0, 180)):
    pixel = np.uint8([[[rng.integers(*hue), rng.integers(*saturation), rng.integers(*value)]]])
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def procedural(index, seed):
    """One procedural texture [SIDE, SIDE, 3] uint8."""
    rng = np.random.default_rng([seed, 7, index])
    style = index % 6
    fine = rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    if style in (0, 1):                                     # wood: grain stretched along x, with planks
        base = _colour(rng, (40, 170), (70, 230), (5, 22))
        grain = _noise(rng, (int(rng.integers(120, 300)), int(rng.integers(2, 8)))) - 0.5
        rings = np.sin(40 * (_noise(rng, (6, 3)) + np.linspace(0, rng.uniform(0.5, 3), SIDE, dtype=np.float32)[:, None]))
        value = 1 + rng.uniform(0.15, 0.5) * grain + rng.uniform(0.02, 0.1) * rings
        plank = int(rng.integers(120, 400))
        tone = rng.uniform(0.85, 1.15, SIDE // plank + 1).astype(np.float32)
        value *= np.repeat(tone, plank)[:SIDE, None]
    elif style == 2:                                        # cloth: weave, sometimes checked
        base = _colour(rng)
        period = rng.uniform(4, 12)
        axis = np.arange(SIDE, dtype=np.float32)
        value = 1 + 0.06 * (np.sin(axis * 6.28 / period)[:, None] + np.sin(axis * 6.28 / period)[None])
        if rng.random() < 0.5:
            square = int(rng.integers(30, 110))
            value = value * (1 - rng.uniform(0.1, 0.35) * ((axis // square % 2)[:, None] + (axis // square % 2)[None]) / 2)
    elif style == 3:                                        # stone: several octaves and speckles
        base = _colour(rng, (0, 50), (70, 240))
        value = 1 + 0.25 * (_noise(rng, (9, 9)) - 0.5) + 0.25 * (_noise(rng, (60, 60)) - 0.5) + 0.15 * (_noise(rng, (400, 400)) - 0.5)
    elif style == 4:                                        # plain laminate
        base = _colour(rng)
        value = 1 + 0.08 * (_noise(rng, (4, 4)) - 0.5) + 0.0 * fine
    else:                                                   # speckled board, cork
        base = _colour(rng, (20, 140), (90, 230))
        value = 1 + rng.uniform(0.05, 0.3) * (_noise(rng, (220, 220)) - 0.5) + 0.1 * (_noise(rng, (20, 20)) - 0.5)
    value = value + 0.02 * fine
    tint = 1 + 0.06 * np.dstack([_noise(rng, (3, 3)) - 0.5 for _ in range(3)])
    return np.clip(base * value[..., None] * tint, 0, 255).astype(np.uint8)


def build(textures, seed):
    """-> (images [N, SIDE, SIDE, 3] uint8, held_out [N] bool). `textures`: the folder of photographed ones."""
    images, held = [], []
    for name in PHOTOGRAPHED:
        tile = cv2.cvtColor(cv2.imread(str(Path(textures) / f"{name}.jpg")), cv2.COLOR_BGR2RGB)
        scale = SIDE / 2 / max(tile.shape[:2])
        tile = cv2.resize(tile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        repeat = np.tile(tile, (SIDE // tile.shape[0] + 1, SIDE // tile.shape[1] + 1, 1))
        images.append(repeat[:SIDE, :SIDE])
        held.append(name in HELD_OUT_PHOTOGRAPHED)
    for index in range(PROCEDURAL):
        images.append(procedural(index, seed))
        held.append(index % 5 == 4)
    return np.stack(images), np.asarray(held)
