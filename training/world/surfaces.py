"""Procedural desk tops and walls: textures of SIDE x SIDE pixels, a function of (seed, index)."""
import cv2
import numpy as np

SIDE, TRAINED, HELD_OUT = 900, 64, 20


def noise(rng, cells_x, cells_y, octaves=4):
    """Smooth noise in about -1..1, [SIDE, SIDE]."""
    out, weight = np.zeros((SIDE, SIDE), np.float32), 1.0
    for _ in range(octaves):
        grid = rng.standard_normal((max(2, int(cells_y)), max(2, int(cells_x)))).astype(np.float32)
        out += weight * cv2.resize(grid, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        cells_x, cells_y, weight = cells_x * 2, cells_y * 2, weight * 0.5
    return out / 1.6


def _shade(base, other, amount):
    amount = np.clip(amount, 0, 1)[..., None]
    return np.float32(base) * (1 - amount) + np.float32(other) * amount


def wood(rng):
    tones = [(196, 150, 100), (150, 100, 60), (110, 72, 44), (222, 190, 150), (90, 60, 45), (170, 120, 84), (205, 175, 130)]
    base = np.array(tones[int(rng.integers(len(tones)))]) * rng.uniform(0.85, 1.15, 3)
    grain = noise(rng, 3, rng.uniform(20, 60), 4)
    rings = np.sin(grain * rng.uniform(3, 9) + noise(rng, 2, 4, 2) * 4)
    image = _shade(base, base * rng.uniform(0.6, 0.85), 0.5 + 0.35 * rings)
    planks = int(rng.integers(0, 7))
    for i in range(1, planks):
        y = int(i * SIDE / planks)
        image[y:y + 3] *= 0.6
        image[y:y + SIDE // planks] *= rng.uniform(0.9, 1.1)
    return image


def plain(rng):
    base = rng.uniform(40, 235) * rng.uniform(0.85, 1.1, 3) if rng.random() < 0.6 else rng.uniform(40, 230, 3)
    return base + rng.uniform(1, 10) * noise(rng, rng.uniform(4, 200), rng.uniform(4, 200), 3)[..., None]


def stone(rng):
    base, vein = rng.uniform(60, 235) * rng.uniform(0.92, 1.06, 3), rng.uniform(30, 220) * rng.uniform(0.9, 1.1, 3)
    lines = np.abs(noise(rng, 3, 3, 6) + 0.3 * noise(rng, 8, 8, 4))
    return _shade(base, vein, np.exp(-lines * rng.uniform(5, 14)) * rng.uniform(0.3, 0.9)) + 5 * noise(rng, 30, 30, 3)[..., None]


def speckled(rng):
    base = rng.uniform(60, 225) * rng.uniform(0.9, 1.1, 3)
    image = np.ones((SIDE, SIDE, 3), np.float32) * np.float32(base)
    for _ in range(3):
        spots = cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE)).astype(np.float32), (0, 0), rng.uniform(0.8, 2.5))
        image[spots > np.quantile(spots[::7, ::7], rng.uniform(0.8, 0.97))] = rng.uniform(20, 240) * rng.uniform(0.9, 1.1, 3)
    return image


def cloth(rng):
    """Checks, stripes or dots over a weave."""
    ground, figure = rng.uniform(60, 240, 3), rng.uniform(30, 240, 3)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    pitch, style = rng.uniform(30, 110), int(rng.integers(4))
    if style == 0:
        amount = 0.5 * ((x // pitch) % 2) + 0.5 * ((y // pitch) % 2)
    elif style == 1:
        amount = ((x % pitch) < pitch * rng.uniform(0.15, 0.5)).astype(np.float32)
    elif style == 2:
        amount = (((x % pitch) - pitch / 2) ** 2 + ((y % pitch) - pitch / 2) ** 2 < (pitch * rng.uniform(0.15, 0.3)) ** 2).astype(np.float32)
    else:
        amount = np.zeros((SIDE, SIDE), np.float32)
    return _shade(ground, ground * 0.5 + figure * 0.5, amount) * (1 + 0.06 * np.sin(x * 2.1) * np.sin(y * 2.1))[..., None] + 3 * noise(rng, 60, 60, 2)[..., None]


def tiles(rng):
    pitch, base = int(rng.uniform(90, 260)), rng.uniform(70, 235) * rng.uniform(0.88, 1.1, 3)
    image = np.ones((SIDE, SIDE, 3), np.float32) * np.float32(base)
    for y in range(0, SIDE, pitch):
        for x in range(0, SIDE, pitch):
            image[y:y + pitch, x:x + pitch] *= rng.uniform(0.9, 1.08)
    image[np.arange(SIDE) % pitch < 5] *= 0.7
    image[:, np.arange(SIDE) % pitch < 5] *= 0.7
    return image + 4 * noise(rng, 20, 20, 4)[..., None]


STYLES = (wood, wood, plain, plain, stone, speckled, cloth, tiles)


def build(seed, split, styles=STYLES, trained=None, held_out=HELD_OUT, stream=13):
    """-> [N, SIDE, SIDE, 3] uint8 of the split: "train", or any other name for those held out."""
    trained = TRAINED if trained is None else trained
    first, count = (0, trained) if split == "train" else (trained, held_out)
    images = []
    for index in range(first, first + count):
        rng = np.random.default_rng([seed, stream, index])
        images.append(np.clip(styles[index % len(styles)](rng), 0, 255).astype(np.uint8))
    return np.stack(images)
