"""One place over time: a desk or a shelf with its light and camera, what stands on it, and its drawing as a camera frame.

Everything is drawn from the generator of (seed, stream, index), so a place can be made again from these three numbers.
"""
import colorsys
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from . import surfaces
from .instances import HIGHEST, LOWEST, Instances
from .kinds import COLOURS, HSV, KINDS

WIDTH, HEIGHT = 640, 480
COLUMNS, ROWS = 6, 4                                 # soft-token grid of a 288 x 192 picture
MOST = 6                                             # objects at a time
OVERLAP = 0.2                                        # boxes may overlap by this share of the smaller
TAUGHT = 4                                           # kinds of one's own are drawn so many times as often as the others
REPEATED = 0.12                                      # an object is of a kind that is there already
BOARDS = (0.46, 0.93)                                # heights of a shelf's boards, shares of the frame
CHANGES = ("none", "put", "take", "move", "light")
SHARES = (0.2, 0.3, 0.25, 0.15, 0.1)


@dataclass
class Placed:
    """One object: indices of kind and colour (-1: none), sprite [h, w, 4] uint8 at its final size, top-left corner, identity."""
    kind: int
    colour: int
    sprite: np.ndarray
    left: int
    top: int
    identity: int


@dataclass
class Place:
    """What does not change during an episode."""
    shelf: bool
    background: np.ndarray                           # [HEIGHT, WIDTH, 3] float32, lit
    shadow: tuple                                    # (dx, dy, blur sigma at a quarter of the size, strength)
    sensor: tuple                                    # (blur sigma, noise sigma, JPEG quality or 0)
    light: np.ndarray                                # [HEIGHT, WIDTH, 3] float32 gain
    elevation: float
    count: int = 0                                   # objects that were ever put down here


class Renderer:
    """`split`: "train", or any other name for a world of its own that training never saw."""

    def __init__(self, split, seed=20261):
        self.instances, self.surfaces = Instances(split), surfaces.build(seed, split)
        self._split = zlib.crc32(split.encode())
        self._kinds = [number for number, kind in enumerate(KINDS) for _ in range(TAUGHT if kind.photos else 1)]
        self._noise = np.random.default_rng(5).normal(0, 1, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)

    # ---------------------------------------------------------------- an episode
    def episode(self, seed, stream, index, frames=4):
        """-> [(frame [HEIGHT, WIDTH, 3] uint8, labels)]: one change at most from frame to frame."""
        rng = np.random.default_rng([seed, stream, index, self._split])
        place, things, out = self.place(rng), [], []
        count = int(rng.choice(MOST + 1, p=[0.07, 0.12, 0.17, 0.2, 0.19, 0.15, 0.1]))
        for _ in range(count):
            self.put(rng, place, things)
        gain = 1.0
        for frame in range(frames):
            if frame:
                gain = self.change(rng, place, things, gain)
            out.append(self.draw(rng, place, things, gain))
        return out

    def crowd(self, seed, stream, index):
        """-> [(frame, labels)] of a single full place: what the vision tower learns from, since every object in it is new to it."""
        rng = np.random.default_rng([seed, stream, index, self._split])
        place, things = self.place(rng), []
        for _ in range(int(rng.integers(4, MOST + 1))):
            self.put(rng, place, things)
        return [self.draw(rng, place, things)]

    def change(self, rng, place, things, gain, what=None):
        """Changes `things` in one of the CHANGES -> the light's common gain."""
        what = what or str(rng.choice(CHANGES, p=SHARES))
        if what == "put" and len(things) < MOST:
            self.put(rng, place, things)
        elif what == "take" and things:
            things.pop(int(rng.integers(len(things))))
        elif what == "move" and things:
            thing = things.pop(int(rng.integers(len(things))))
            spot = self.spot(rng, place, thing.sprite.shape[:2], things, away=thing)
            if spot:
                thing = Placed(thing.kind, thing.colour, thing.sprite, *spot, thing.identity)
            self._insert(things, thing)
        elif what == "light":
            gain = float(rng.uniform(0.75, 1.25))
        return gain

    # ---------------------------------------------------------------- objects
    def put(self, rng, place, things, kind=None, colour=None):
        """Adds an object at a free place -> it, or None when there is no room."""
        if kind is None:
            kind = things[int(rng.integers(len(things)))].kind if things and rng.random() < REPEATED else self._kinds[int(rng.integers(len(self._kinds)))]
        about = KINDS[kind]
        if colour is None:
            colour = COLOURS.index(about.colours[int(rng.integers(len(about.colours)))]) if about.colours else -1
        sprite = paint(self.instances.draw(rng, kind, place.elevation), colour, rng)
        flip = rng.random() < 0.5 and about.name != "clock"
        sprite = sprite[:, ::-1] if flip else sprite
        side, turn = about.size * HEIGHT * rng.uniform(0.88, 1.15) * (0.86 if place.shelf else 1), rng.uniform(-7, 7)
        for _ in range(14):
            y = rng.uniform(0.3, 0.97)                                 # where it stands: nearer is lower and larger
            h, w, matrix = placement(sprite, side * (1 if place.shelf else 0.78 + 0.36 * y), turn)
            if h > HEIGHT * (0.43 if place.shelf else 0.7) or w > WIDTH * 0.6:
                side *= 0.85
                continue
            spot = self.spot(rng, place, (h, w), things, y=y, tries=2)
            if spot:
                place.count += 1
                thing = Placed(kind, colour, warp(sprite, matrix, w, h), *spot, place.count)
                self._insert(things, thing)
                return thing
        return None

    def spot(self, rng, place, shape, things, y=None, tries=20, away=None):
        """A free top-left corner for a sprite of `shape`, or None; `away`: at least 12 % of the width from this object's place."""
        h, w = shape
        for _ in range(tries):
            foot = y if y is not None else rng.uniform(0.3, 0.97)
            if place.shelf:
                foot = BOARDS[int(rng.integers(2))] - rng.uniform(0, 0.012)
            left, top = int(rng.integers(4, max(5, WIDTH - w - 4))), int(foot * HEIGHT - h)
            top = min(max(top, 2), HEIGHT - h - 2)
            box = (left, top, left + w, top + h)
            far = away is None or abs(left - away.left) > 0.12 * WIDTH
            if far and all(overlap(box, (t.left, t.top, t.left + t.sprite.shape[1], t.top + t.sprite.shape[0])) < OVERLAP for t in things):
                return left, top
        return None

    @staticmethod
    def _insert(things, thing):
        things.append(thing)
        things.sort(key=lambda t: t.top + t.sprite.shape[0])            # nearer objects are drawn later

    # ---------------------------------------------------------------- the place
    def place(self, rng, shelf=None):
        shelf = bool(rng.random() < 0.25) if shelf is None else shelf
        image = self._shelf(rng) if shelf else self._desk(rng)
        if not shelf:
            clutter(image, rng)
        noise = rng.uniform(1, 7) if rng.random() < 0.85 else 0.0
        blur = rng.uniform(0.4, 1.3) if rng.random() < 0.35 else 0.0
        quality = int(rng.integers(35, 96)) if rng.random() < 0.4 else 0
        shadow = (rng.uniform(-14, 14), rng.uniform(0, 10), rng.uniform(1.5, 5), rng.uniform(0.2, 0.6))
        return Place(shelf, image, shadow, (blur, noise, quality), light(rng), rng.uniform(LOWEST, LOWEST + 0.35) if shelf else rng.uniform(LOWEST + 0.15, HIGHEST))

    def _desk(self, rng):
        texture = self.surfaces[int(rng.integers(len(self.surfaces)))]
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

    def _shelf(self, rng):
        wall, wood = (self.surfaces[int(rng.integers(len(self.surfaces)))] for _ in range(2))
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

    # ---------------------------------------------------------------- drawing
    def draw(self, rng, place, things, gain=1.0):
        """-> (frame [HEIGHT, WIDTH, 3] uint8, labels of the contract in dataset.py)."""
        image, owner = place.background.copy(), np.zeros((HEIGHT, WIDTH), np.uint8)
        cast_shadows(image, things, place.shadow, place.shelf)
        for number, thing in enumerate(things, 1):
            h, w = thing.sprite.shape[:2]
            alpha = thing.sprite[..., 3:].astype(np.float32) * (1 / 255)
            region = image[thing.top:thing.top + h, thing.left:thing.left + w]
            region += alpha * (thing.sprite[..., :3] - region)
            owner[thing.top:thing.top + h, thing.left:thing.left + w][thing.sprite[..., 3] > 127] = number
        image *= place.light * np.float32(gain * rng.uniform(0.985, 1.015))
        blur, noise, quality = place.sensor
        if blur:
            image = cv2.GaussianBlur(image, (0, 0), blur)
        if noise:
            y, x = rng.integers(0, 64, 2)
            image += (noise * rng.choice([-1, 1])) * self._noise[y:y + HEIGHT, x:x + WIDTH]
        frame = np.clip(image, 0, 255).astype(np.uint8)
        if quality:
            frame = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        return frame, labels(place, things, owner)


def labels(place, things, owner):
    """`owner` [HEIGHT, WIDTH]: which thing (from 1) is seen at a pixel -> dict(objects [6, 9] int16, covers [24, kinds] uint8, cell_colour [24] uint8, place)."""
    objects, covers, colour = np.full((MOST, 9), -1, np.int16), np.zeros((ROWS * COLUMNS, len(KINDS)), np.float32), np.full(ROWS * COLUMNS, 255, np.uint8)
    best, slot = np.full(ROWS * COLUMNS, 0.15), 0
    for number, thing in enumerate(things, 1):
        seen = owner == number
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        if len(rows) == 0:
            continue
        x0, x1, y0, y1 = columns[0] / WIDTH, (columns[-1] + 1) / WIDTH, rows[0] / HEIGHT, (rows[-1] + 1) / HEIGHT
        box = np.round(1000 * np.array([(x0 + x1) / 2, (y0 + y1) / 2, x0, y0, x1, y1]))
        objects[slot] = [thing.kind, thing.colour, *box, thing.identity]
        slot += 1
        share = cv2.resize(seen.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).reshape(-1)
        covers[:, thing.kind] += share
        more = share > best
        colour[more], best[more] = (thing.colour if thing.colour >= 0 else 255), share[more]
    return dict(objects=objects, covers=np.round(np.minimum(covers, 1) * 255).astype(np.uint8), cell_colour=colour, place="shelf" if place.shelf else "desk")


def paint(sprite, colour, rng):
    """A sprite [h, w, 5] of `raster` in a shade of the colour -> [h, w, 4] uint8."""
    if colour < 0:                                                      # a photo keeps its own colours
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


def overlap(a, b):
    """Intersection of two boxes as a share of the smaller."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return 0.0 if w <= 0 or h <= 0 else w * h / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


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


def light(rng):
    """Gain of the place's light: brightness, colour, a slope, now and then a lamp's pool."""
    gain = rng.uniform(0.68, 1.2) * rng.uniform(0.94, 1.06, 3)
    corner = rng.uniform(0.8, 1.2, (2, 2))
    coarse = cv2.resize(corner.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.25:
        x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(170, 420)
        yy, xx = np.arange(HEIGHT, dtype=np.float32), np.arange(WIDTH, dtype=np.float32)
        coarse = coarse * (0.8 + 0.4 * np.exp(((yy - y) ** 2)[:, None] / (-2 * r * r)) * np.exp(((xx - x) ** 2)[None] / (-2 * r * r)))
    return coarse[..., None] * gain.astype(np.float32)


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
