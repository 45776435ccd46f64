"""A place and its things as a camera frame, and the labels of what can be seen in it."""
import cv2
import numpy as np
from PIL import Image

from .kinds import KINDS
from .size import COLUMNS, HEIGHT, ROWS, WIDTH

MOST = 6                                             # objects at a time
VISIBLE = 0.3                                        # of an object hidden further, the labels say nothing in this frame
NO_COLOUR = 255
DARKNESS = 0.02                                      # gain at most of a black picture


def draw(rng, place, things, noise, gain=1.0, hand=None, dark=False):
    """-> (frame [HEIGHT, WIDTH, 3] uint8, labels of the contract in dataset.py); noise: [> HEIGHT, > WIDTH, 3] of deviation 1."""
    image, owner = place.background.copy(), np.zeros((HEIGHT, WIDTH), np.uint8)
    cast_shadows(image, things, place.shadow, place.shelf)
    for number, thing in enumerate(things, 1):
        x0, y0, x1, y1 = thing.box
        _over(image[y0:y1, x0:x1], thing.sprite)
        owner[y0:y1, x0:x1][thing.sprite[..., 3] > 127] = number
    zoom = 1.0
    if place.view is not None:
        zoom = place.view[0]
        matrix = np.float32([[zoom, 0, place.view[1] + (1 - zoom) * WIDTH / 2], [0, zoom, place.view[2] + (1 - zoom) * HEIGHT / 2]])
        image = cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        owner = cv2.warpAffine(owner, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST)
    if hand is not None:
        _over(image, hand)
        owner[hand[..., 3] > 127] = 0
    image *= place.light * np.float32(gain * rng.uniform(0.985, 1.015))
    if dark:
        image *= np.float32(rng.uniform(0, DARKNESS))
    blur, strength, quality = place.sensor
    if blur:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    if strength:
        y, x = rng.integers(0, noise.shape[0] - HEIGHT), rng.integers(0, noise.shape[1] - WIDTH)
        image += (strength * rng.choice([-1, 1])) * noise[y:y + HEIGHT, x:x + WIDTH]
    frame = np.clip(image, 0, 255).astype(np.uint8)
    if quality:
        frame = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return frame, labels(place, things, owner, zoom ** 2, dark)


def _over(region, sprite):
    """Paints a sprite [h, w, 4] uint8 over a region [h, w, 3] float32 of the same size."""
    alpha = sprite[..., 3:].astype(np.float32) * (1 / 255)
    region += alpha * (sprite[..., :3] - region)


def labels(place, things, owner, enlarged=1.0, dark=False):
    """`owner` [HEIGHT, WIDTH]: which thing (from 1) is seen at a pixel; enlarged: the view's scale of areas; a dark picture shows none
    -> dict(objects [MOST, 9] int16, covers [24, kinds + 1] uint8, cell_colour [24] uint8, place, dark)."""
    objects, covers = np.full((MOST, 9), -1, np.int16), np.zeros((ROWS * COLUMNS, len(KINDS) + 1), np.float32)
    colour, best, slot = np.full(ROWS * COLUMNS, NO_COLOUR, np.uint8), np.full(ROWS * COLUMNS, 0.15), 0
    for number, thing in enumerate(() if dark else things, 1):
        seen = owner == number
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        if len(rows) == 0 or seen.sum() < VISIBLE * enlarged * thing.area:
            continue
        x0, x1, y0, y1 = columns[0] / WIDTH, (columns[-1] + 1) / WIDTH, rows[0] / HEIGHT, (rows[-1] + 1) / HEIGHT
        box = np.round(1000 * np.array([(x0 + x1) / 2, (y0 + y1) / 2, x0, y0, x1, y1]))
        objects[slot] = [thing.kind, thing.colour, *box, thing.identity]
        slot += 1
        share = cv2.resize(seen.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).reshape(-1)
        covers[:, thing.kind] += share
        more = share > best
        colour[more], best[more] = (thing.colour if thing.colour >= 0 else NO_COLOUR), share[more]
    return dict(objects=objects, covers=np.round(np.minimum(covers, 1) * 255).astype(np.uint8), cell_colour=colour,
                place="shelf" if place.shelf else "desk", dark=dark)


def cast_shadows(image, things, shadow, shelf):
    dx, dy, sigma, strength = shadow
    if not things:
        return
    mask = np.zeros((HEIGHT // 4, WIDTH // 4), np.float32)
    for item in things:
        h, w = item.sprite.shape[:2]
        small = cv2.resize(item.sprite[..., 3], (max(w // 4, 1), max(h // 4, 1)), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        flat = cv2.resize(small, (small.shape[1], max(small.shape[0] * (1 if shelf else 2) // 3, 1)))
        top, left = int((item.top + h + dy) / 4) - flat.shape[0], int((item.left + dx) / 4)
        y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + flat.shape[0], mask.shape[0]), min(left + flat.shape[1], mask.shape[1])
        if y1 > y0 and x1 > x0:
            np.maximum(mask[y0:y1, x0:x1], flat[y0 - top:y1 - top, x0 - left:x1 - left], out=mask[y0:y1, x0:x1])
    mask = cv2.GaussianBlur(mask, (0, 0), sigma)
    image *= (1 - strength * cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR))[..., None]


def camera_pixels(frame, width=288, height=192):
    """The model's picture of a camera frame: bicubic with antialias on uint8, as the Gemma 4 image processor."""
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.BICUBIC))
