"""Backgrounds as busy as photographs, without anyone's photographs: foliage, fur, facades, pages, crowds of blurred shapes, and collages of these.

Like surfaces: [SIDE, SIDE, 3], a function of (seed, index), drawn once for a renderer.
"""
import cv2
import numpy as np

from .surfaces import SIDE, build, noise
from .unknown import blob

TRAINED, HELD_OUT = 80, 20


def _canvas(rng):
    """A gradient with soft colour noise."""
    top, bottom = rng.uniform(10, 245, 3), rng.uniform(10, 245, 3)
    ramp = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None, None]
    image = np.float32(top) * (1 - ramp) + np.float32(bottom) * ramp + np.zeros((SIDE, SIDE, 3), np.float32)
    return image + rng.uniform(0, 40) * noise(rng, 4, 4, 5)[..., None] * rng.uniform(0.3, 1, 3).astype(np.float32)


def _colour(rng):
    return [float(v) for v in rng.uniform(5, 250) * rng.uniform(0.5, 1.2, 3)]


def _shapes(rng):
    """Textured outlines from large to small; what is far is blurred."""
    image = _canvas(rng)
    for size in np.sort(np.exp(rng.uniform(np.log(12), np.log(450), int(rng.integers(40, 160)))))[::-1]:
        corners = rng.uniform(0, SIDE, 2) + (blob(rng, 30, 0.1) if rng.random() < 0.5 else rng.uniform(-0.6, 0.6, (int(rng.integers(3, 6)), 2))) * size
        cv2.fillPoly(image, [np.int32(corners)], _colour(rng), cv2.LINE_AA)
        if rng.random() < 0.03:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(2, 14))
    return image * (1 + 0.1 * noise(rng, 100, 100, 3))[..., None]


def _clouds(rng):
    """1/f noise of correlated colours, some of it sharpened to steps."""
    layers = np.stack([noise(rng, *rng.uniform(2, 8, 2), 7) for _ in range(3)], -1)
    image = 128 + 60 * layers @ rng.uniform(-0.8, 1, (3, 3)).astype(np.float32)
    return np.float32(_colour(rng)) * 0.3 + (np.round(image / 40) * 40 if rng.random() < 0.3 else image) * 0.7


def _foliage(rng):
    image, green = _canvas(rng) * 0.4, rng.uniform((30, 70, 10), (140, 190, 90)) if rng.random() < 0.7 else rng.uniform(40, 220, 3)
    for size in np.sort(rng.uniform(6, rng.uniform(25, 110), 1400)):
        paint = [float(v) for v in green * rng.uniform(0.35, 1.35) * rng.uniform(0.85, 1.15, 3)]
        at = (tuple(rng.uniform(0, SIDE, 2)), (size, size * rng.uniform(0.2, 0.5)), rng.uniform(0, 360))
        cv2.ellipse(image, at, paint, -1, cv2.LINE_AA)
    return image


def _fur(rng):
    """Hairs along a field of directions, over large patches of colour."""
    patches = np.stack([noise(rng, 3, 3, 2) for _ in range(3)], -1)
    under = np.clip(np.float32(_colour(rng)) + 60 * patches[..., :1] + 25 * patches, 5, 250)
    image, direction, length = under * 0.7, noise(rng, 3, 3, 2) * 1.5 + rng.uniform(0, 6.3), rng.uniform(8, 45)
    at = rng.integers(0, SIDE, (9000, 2))
    angle = direction[at[:, 1], at[:, 0]] + rng.normal(0, 0.2, len(at))
    to = (at + length * np.stack([np.cos(angle), np.sin(angle)], 1)).astype(int)
    shade = rng.uniform(0.6, 1.4, len(at))
    for (x, y), end, light in zip(at.tolist(), to.tolist(), shade):
        cv2.line(image, (x, y), end, [float(v) for v in under[y, x] * light], 1, cv2.LINE_AA)
    return image


def _page(rng):
    """Lines of marks like writing, headings, a picture."""
    paper, ink = rng.uniform(180, 250, 3), rng.uniform(0, 90, 3)
    paper, ink = (paper, ink) if rng.random() < 0.7 else (ink, paper)
    image = np.ones((SIDE, SIDE, 3), np.float32) * np.float32(paper)
    y, letter = 20, rng.uniform(6, 22)
    while y < SIDE - 40:
        tall = letter * (2.5 if rng.random() < 0.12 else 1)
        x = 20.0
        while x < SIDE - 30:
            if rng.random() < 0.85:
                marks = [x, y] + rng.uniform(0, 1, (4, 2)) * [tall * 0.6, tall]
                cv2.polylines(image, [np.int32(marks)], False, [float(v) for v in ink], max(1, int(tall / 7)), cv2.LINE_AA)
            x += tall * 0.75
        y += int(tall * 1.6)
    for _ in range(int(rng.integers(0, 4))):
        (x, y), (w, h) = rng.integers(0, SIDE - 250, 2), rng.integers(80, 250, 2)
        image[y:y + h, x:x + w] = _clouds(rng)[:h, :w]
    return image


def _facade(rng):
    """Rows of windows or of boxes on boards, seen askew."""
    image = _canvas(rng)
    columns, rows = rng.integers(3, 14, 2)
    w, h = SIDE / columns, SIDE / rows
    sill, pane = rng.uniform(0.05, 0.3), _colour(rng)
    for row in range(rows):
        for column in range(columns):
            x, y = column * w, row * h
            glass = pane if rng.random() < 0.6 else _colour(rng)
            cv2.rectangle(image, (int(x + sill * w), int(y + sill * h)), (int(x + w - sill * w), int(y + h - sill * h * rng.uniform(0, 1))), glass, -1)
            if rng.random() < 0.7:
                cv2.line(image, (int(x + w / 2), int(y + sill * h)), (int(x + w / 2), int(y + h)), _colour(rng), int(rng.integers(1, 6)))
    corner = np.float32([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]])
    askew = cv2.getPerspectiveTransform(corner, corner + rng.uniform(-250, 250, (4, 2)).astype(np.float32))
    return cv2.warpPerspective(image, askew, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101) + 6 * noise(rng, 60, 60, 3)[..., None]


def _spines(rng):
    """Boards full of upright and lying unnamed things."""
    image, y = _canvas(rng) * 0.5, 0
    while y < SIDE:
        tall = int(rng.uniform(90, 240))
        x = 0
        while x < SIDE:
            wide, high = int(rng.uniform(8, 90)), int(tall * rng.uniform(0.4, 0.95))
            paint = np.array(_colour(rng))
            image[y + tall - high:y + tall, x:x + wide] = paint * np.linspace(rng.uniform(0.6, 1), rng.uniform(0.7, 1.1), wide, dtype=np.float32)[:SIDE - x, None]
            band = int(rng.uniform(0, high))
            image[y + tall - band:y + tall - band + int(rng.uniform(2, 20)), x:x + wide] = _colour(rng)
            x += wide + int(rng.choice([0, 2, 25]))
        image[y + tall:y + tall + 14] = _colour(rng)
        y += tall + 14
    return image


def _landscape(rng):
    image, base = _canvas(rng), rng.uniform(0.25, 0.6) * SIDE
    x = np.arange(SIDE)
    for depth in range(int(rng.integers(2, 6))):
        line = base + depth * SIDE * 0.12 + 40 * noise(rng, 6 + 4 * depth, 2, 6)[0] * rng.uniform(0.3, 2)
        ground = np.float32(_colour(rng)) * (1 + 0.25 * noise(rng, 40, 40 + 30 * depth, 4))[..., None]
        below = np.arange(SIDE)[:, None] > line[None, x]
        image[below] = ground[below]
    return image


def _collage(rng):
    """Pieces of the others beside and over one another, with soft or hard edges and their own blur."""
    image = SINGLE[int(rng.integers(len(SINGLE)))](rng)
    for _ in range(int(rng.integers(2, 5))):
        piece, mask = SINGLE[int(rng.integers(len(SINGLE)))](rng), np.zeros((SIDE, SIDE), np.uint8)
        corners = rng.uniform(0.1, 0.9, 2) * SIDE + blob(rng, 60, 0.15) * rng.uniform(200, 700)
        cv2.fillPoly(mask, [np.int32(corners)], 255, cv2.LINE_AA)
        mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 8)).astype(np.float32)[..., None] / 255
        piece = cv2.GaussianBlur(piece, (0, 0), rng.uniform(1, 6)) if rng.random() < 0.5 else piece
        image += mask * (piece * rng.uniform(0.6, 1.2) - image)
    return image


SINGLE = (_shapes, _clouds, _foliage, _fur, _page, _facade, _spines, _landscape)
STYLES = (*SINGLE, _shapes, _collage, _collage, _collage)


def pictures(seed, split):
    """-> [N, SIDE, SIDE, 3] uint8 of the split, as surfaces.build."""
    return build(seed, split, STYLES, TRAINED, HELD_OUT, stream=14)
