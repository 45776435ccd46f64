"""Photos of two kinds that nano does not know, for trying the recipe for kinds of one's own where there is no camera:
`python -m training.world.sample_photos objects` writes objects/rocket and objects/stapler as a phone would take them: one object alone
on a plain table, from another side every time, with its shadow, the sensor's noise and JPEG.
"""
import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from .raster import sprite
from .shapes.solids import BLACK, DARK, STEEL, WHITE, box, cylinder, disc, lathe

COUNT = 24                                           # photos of a kind
WIDTH, HEIGHT = 480, 360
SEED = 77


def rocket(r):
    """A toy rocket: a striped body that tapers to a coloured nose, three fins, a window."""
    w, h = r.uniform(0.17, 0.22), r.uniform(0.8, 1.0)
    paint = tuple(r.uniform(0.1, 0.95, 3))
    parts = [lathe([(0, 0.1), (w * 0.7, 0.1), (w, h * 0.3), (w * 0.95, h * 0.6), (w * 0.6, h * 0.8)], WHITE),
             lathe([(w * 0.6, h * 0.8), (w * 0.35, h * 0.92), (0, h)], paint), cylinder(w * 0.6, 0.02, 0.12, DARK)]
    parts += [box(w * 1.1, h * 0.3, 0.04, paint).moved(w * 1.15, 0, 0).turned("y", 120 * i + 20) for i in range(3)]
    return [*parts, disc(w * 0.4, 0, (0.35, 0.6, 0.85)).raised().turned("x", 90).moved(0, h * 0.5, w)]


def stapler(r):
    """A stapler: a flat foot, an arm that opens at an angle, a metal jaw."""
    paint, open_by, long = tuple(r.uniform(0.05, 0.9, 3)), r.uniform(7, 16), r.uniform(0.85, 1.0)
    arm = [box(long, 0.13, 0.2, paint, 4), box(long * 0.96, 0.03, 0.12, STEEL, 4).moved(0, -0.04, 0)]
    return [box(long * 1.06, 0.05, 0.26, BLACK, 4), box(0.14, 0.2, 0.22, paint).moved(-long * 0.45, 0.04, 0),
            *(p.moved(long / 2, 0, 0).turned("z", open_by).moved(-long / 2, 0.12, 0) for p in arm)]


def photo(draw, r):
    """-> [HEIGHT, WIDTH, 3] uint8."""
    light = (r.uniform(-1.2, 1.2), r.uniform(0.6, 1.2), r.uniform(0.5, 0.65))
    cut = sprite(draw(r), r.uniform(-np.pi, np.pi), np.radians(r.uniform(18, 50)), light, int(r.uniform(200, 260))).astype(np.float32)
    h, w = cut.shape[:2]
    image = np.ones((HEIGHT, WIDTH, 3), np.float32) * r.uniform(185, 235) * r.uniform(0.96, 1.04, 3).astype(np.float32)
    image *= np.linspace(r.uniform(0.9, 1), 1, HEIGHT, dtype=np.float32)[:, None, None]
    top, left = (HEIGHT - h) // 2 + int(r.integers(-10, 11)), (WIDTH - w) // 2 + int(r.integers(-40, 41))
    alpha = cut[..., 3:4] / 255
    shade = np.zeros((HEIGHT, WIDTH), np.float32)
    shade[top + h - h // 6:top + h, left:left + w] = alpha[h - h // 6:, :, 0]
    image *= 1 - 0.25 * cv2.GaussianBlur(shade, (0, 0), 7)[..., None]
    image[top:top + h, left:left + w] += alpha * (cut[..., :3] - image[top:top + h, left:left + w])
    return np.clip(image + r.normal(0, r.uniform(1, 4), image.shape), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m training.world.sample_photos", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the kinds, as NANO_OBJECTS names it")
    out = parser.parse_args().out
    for number, (name, draw) in enumerate((("rocket", rocket), ("stapler", stapler))):
        (out / name).mkdir(parents=True, exist_ok=True)
        for i in tqdm(range(COUNT), desc=name, unit="photo"):
            Image.fromarray(photo(draw, np.random.default_rng([SEED, number, i]))).save(out / name / f"{i:02d}.jpg", quality=88)
    (out / "rocket" / "kind.toml").write_text('phrase = "a toy rocket"\nplural = "toy rockets"\nsize = 0.36\n')
