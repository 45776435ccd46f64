"""A desk or a shelf: its background, its light, its camera, and how wide its world is.

Half of all places are nominal: objects at their usual size, upright, hardly overlapping, on surfaces. The others are wide: a camera near or far, objects
at any turn, half hidden, unknown things among them, pictures like photographs behind them, strong light.
"""
from dataclasses import dataclass

import cv2
import numpy as np

from . import surfaces
from .instances import HIGHEST, LOWEST
from .size import HEIGHT, WIDTH

BOARDS = (0.46, 0.93)                                # heights of a shelf's boards, shares of the frame
WIDE, SHELVES = 0.5, 0.25                            # shares of places
OVERLAP, MOST_OVERLAP = 0.2, 0.45                    # boxes may overlap by this share of the smaller; at most, in wide places
BESIDE = 0.6                                         # where more may overlap, things are so often put beside or before one another
PHOTOS, STRANGE = 0.4, 0.4                           # shares of wide places with a picture behind them, with unknown things
UNKNOWN_SHARE = 0.3                                  # of what is put down there


@dataclass
class Place:
    """What does not change during an episode, but for its view."""
    shelf: bool
    background: np.ndarray                           # [HEIGHT, WIDTH, 3] float32
    shadow: tuple                                    # (dx, dy, blur sigma at a quarter of the size, strength)
    sensor: tuple                                    # (blur sigma, noise sigma, JPEG quality or 0)
    light: np.ndarray                                # [HEIGHT, WIDTH, 3] float32 gain
    elevation: float                                 # of the camera, radians
    wide: bool = False
    scale: float = 1.0                               # of all objects
    variety: tuple = (0.88, 1.15)                    # of single objects' sizes
    tilt: float = 7.0                                # degrees that an upright object may lean
    turned: float = 0.0                              # share of objects that lie at any turn
    overlap: float = OVERLAP
    strange: float = 0.0                             # share of unknown things among what is put down
    view: tuple = None                               # (zoom, dx, dy in pixels) after the camera was shifted
    count: int = 0                                   # objects that were ever put down here

    @property
    def brightness(self):
        """Range of the common gain that a change of the light may set."""
        return (0.5, 1.5) if self.wide else (0.75, 1.25)


def draw(rng, pool, photos, shelved=None, wide=None, scale=None, turn=None, overlap=None, photo=None):
    """A new place; arguments as of Renderer.place."""
    shelved = bool(rng.random() < SHELVES) and photo is None if shelved is None else shelved
    wide = bool(rng.random() < WIDE) if wide is None else wide
    if photo is None:
        photo = wide and not shelved and rng.random() < PHOTOS / (1 - SHELVES)
    if isinstance(photo, np.ndarray):
        if photo.shape != (HEIGHT, WIDTH, 3):
            raise ValueError(f"photo is {list(photo.shape)}: a background is [{HEIGHT}, {WIDTH}, 3]")
        image = photo.astype(np.float32)
    elif photo:
        image = _photo(photos, rng)
    else:
        image = shelf(pool, rng) if shelved else desk(pool, rng)
        if not shelved:
            clutter(image, rng)
    noise = rng.uniform(1, 7) if rng.random() < 0.85 else 0.0
    blur = rng.uniform(0.4, 1.3) if rng.random() < 0.35 else 0.0
    quality = int(rng.integers(35, 96)) if rng.random() < 0.4 else 0
    shadow = (rng.uniform(-14, 14), rng.uniform(0, 10), rng.uniform(1.5, 5), rng.uniform(0.2, 0.6))
    elevation = rng.uniform(LOWEST, LOWEST + 0.35) if shelved else rng.uniform(LOWEST + 0.15, HIGHEST)
    place = Place(shelved, image, shadow, (blur, noise, quality), light(rng, wide), elevation, wide)
    if wide:
        place.scale, place.variety, place.tilt = float(np.exp(rng.uniform(np.log(0.5), np.log(2)))), (0.8, 1.25), 15.0
        place.turned, place.overlap = float(rng.choice([0, 0.3, 1], p=[0.45, 0.35, 0.2])), rng.uniform(OVERLAP, MOST_OVERLAP)
        place.strange = UNKNOWN_SHARE if rng.random() < STRANGE else 0.0
    place.scale = place.scale if scale is None else scale
    place.turned = place.turned if turn is None else turn
    place.overlap = place.overlap if overlap is None else overlap
    return place


def _photo(pool, rng):
    """A part of a picture at some zoom, from its left or mirrored, now and then out of focus."""
    picture = pool[int(rng.integers(len(pool)))]
    w = int(rng.uniform(0.45, 1) * surfaces.SIDE)
    h = w * HEIGHT // WIDTH
    y, x = rng.integers(0, surfaces.SIDE - h + 1), rng.integers(0, surfaces.SIDE - w + 1)
    image = cv2.resize(picture[y:y + h, x:x + w][:, ::rng.choice([-1, 1])], (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(1, 7))
    return image * rng.uniform(0.8, 1.15, 3).astype(np.float32)


def desk(pool, rng):
    texture = pool[int(rng.integers(len(pool)))]
    angle, zoom = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.12), rng.uniform(0.6, 1.25)
    tilt = rng.uniform(0.6, 1.0)                                    # the far edge shows more of the texture
    x, y = np.array([-tilt ** -1, tilt ** -1, 1, -1]) * WIDTH / 2, np.array([-1, -1, 1, 1]) * HEIGHT / 2
    corner = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], 1) * zoom + surfaces.SIDE / 2 + rng.uniform(-100, 100, 2)
    turn = cv2.getPerspectiveTransform(np.float32(corner), np.float32([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]))
    image = cv2.warpPerspective(texture, turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    image = image.astype(np.float32) * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    if rng.random() < 0.3:                                          # the far edge of the desk, a wall behind it
        edge = int(rng.uniform(0.04, 0.24) * HEIGHT)
        image[:edge] = rng.uniform(40, 235) * rng.uniform(0.8, 1.1, 3) * np.linspace(rng.uniform(0.8, 1), 1, edge)[:, None, None]
        image[edge:edge + 3] *= 0.7
    return image


def shelf(pool, rng):
    wall, wood = (pool[int(rng.integers(len(pool)))] for _ in range(2))
    y, x = rng.integers(0, surfaces.SIDE - HEIGHT), rng.integers(0, surfaces.SIDE - WIDTH)
    image = wall[y:y + HEIGHT, x:x + WIDTH].astype(np.float32)
    image = image * 0.35 + image.mean((0, 1)) * 0.65
    for board in BOARDS:
        top, thick = int((board - 0.03) * HEIGHT), int(0.07 * HEIGHT)
        image[top - 24:top] *= np.linspace(1, 0.75, 24, dtype=np.float32)[:, None, None]
        image[top:top + thick] = wood[x % 800:x % 800 + len(image[top:top + thick]), x:x + WIDTH]
        image[top + thick // 2:top + thick] *= 0.72
    if rng.random() < 0.6:                                          # side walls
        w = int(rng.uniform(0.01, 0.03) * WIDTH)
        image[:, :w] *= 0.6
        image[:, -w:] *= 0.6
    return image


def clutter(image, rng):
    """Things that are no object: sheets, cards, coins, a cable."""
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 4))):
            centre, size, angle = rng.uniform((60, 60), (WIDTH - 60, HEIGHT - 60)), rng.uniform(25, 110, 2), rng.uniform(0, 3.14)
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            corner = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2) @ turn.T * [1, 0.75] + centre
            colour = rng.uniform(180, 250) * rng.uniform(0.92, 1, 3) if rng.random() < 0.6 else rng.uniform(30, 240, 3)
            cv2.fillConvexPoly(image, corner.astype(np.int32), [float(c) for c in colour], lineType=cv2.LINE_AA)
    if rng.random() < 0.15:
        points = np.cumsum(rng.normal(0, 40, (7, 2)), 0) + rng.uniform((100, 100), (WIDTH - 100, HEIGHT - 100))
        cv2.polylines(image, [points.astype(np.int32)], False, [float(rng.uniform(20, 230))] * 3, int(rng.integers(3, 6)), cv2.LINE_AA)
    if rng.random() < 0.15:
        for _ in range(int(rng.integers(1, 5))):
            cv2.circle(image, tuple(int(v) for v in rng.uniform((20, 20), (WIDTH - 20, HEIGHT - 20))), int(rng.integers(5, 11)), (185.0, 150.0, 90.0), -1, cv2.LINE_AA)


def light(rng, wide=False):
    """Gain of the place's light: brightness, colour, a slope, now and then a lamp's pool; of a wide place stronger."""
    gain = rng.uniform(*((0.45, 1.35) if wide else (0.68, 1.2))) * rng.uniform(*((0.88, 1.12) if wide else (0.94, 1.06)), 3)
    corner = rng.uniform(*((0.65, 1.3) if wide else (0.8, 1.2)), (2, 2))
    coarse = cv2.resize(corner.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.25:
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(170, 420)
        yy, xx = np.arange(HEIGHT, dtype=np.float32), np.arange(WIDTH, dtype=np.float32)
        coarse = coarse * (0.8 + 0.4 * np.exp(((yy - y) ** 2)[:, None] / (-2 * r * r)) * np.exp(((xx - x) ** 2)[None] / (-2 * r * r)))
    return coarse[..., None] * gain.astype(np.float32)
