"""Desk scenes: a layout (what lies where, on what, under which light) and its drawing as a camera frame.

A layout depends only on (seed, stream, index); a drawing on the layout, the objects present and a noise seed,
so that one desk can be filmed over time.
"""
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from .sprites import Bank

WIDTH, HEIGHT = 640, 480
COLUMNS, ROWS = 6, 4                                # soft-token grid of a 288 x 192 picture


@dataclass
class Placed:
    """One object on the desk: kind, instance number, RGBA sprite at its final size, top-left corner."""
    kind: int
    instance: int
    sprite: np.ndarray
    left: int
    top: int


@dataclass
class Layout:
    objects: list
    surface: np.ndarray                             # [HEIGHT, WIDTH, 3] float32, before light
    light: np.ndarray                               # [HEIGHT, WIDTH, 3] float32 gain
    shadow: tuple                                   # (dx, dy, blur sigma at quarter size, strength)
    sensor: tuple                                   # (blur sigma, noise sigma, JPEG quality or 0)
    papers: list = field(default_factory=list)
    surface_index: int = 0


class Renderer:
    """Composes scenes from the sprite bank and the surface bank in `folder`."""

    def __init__(self, folder, config):
        self.bank = Bank(folder)
        data = np.load(Path(folder) / "surfaces.npz")
        self.surfaces, self.surface_held_out = data["images"], data["held_out"]
        self.config = config
        self._instances = {(k, s): self.bank.instances(k, s) for k in range(len(self.bank.kinds)) for s in ("train", "held_out", "all")}
        self._noise = np.random.default_rng(5).normal(0, 1, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)

    # ---------------------------------------------------------------- layout
    def layout(self, seed, stream, index, objects="train", surfaces="train", count=None):
        """`objects` and `surfaces`: "train" or "held_out" instances. `count`: how many objects (default: drawn)."""
        rng = np.random.default_rng([seed, stream, index])
        if count is None:
            count = int(rng.choice(6, p=self.config["count_share"]))
        kinds = rng.permutation(len(self.bank.kinds))
        placed, masks = [], []
        for kind in kinds:
            if len(placed) == count:
                break
            item = self._place(rng, int(kind), objects, masks)
            if item is not None:
                placed.append(item)
        placed.sort(key=lambda p: p.top + p.sprite.shape[0])
        noise = rng.uniform(*self.config["noise"]) if rng.random() < 0.85 else 0.0
        blur = rng.uniform(0.4, 1.3) if rng.random() < 0.35 else 0.0
        quality = int(rng.integers(35, 96)) if rng.random() < 0.35 else 0
        shadow = (rng.uniform(-14, 14), rng.uniform(0, 10), rng.uniform(1.5, 5), rng.uniform(0.2, 0.6))
        index, surface = self._surface(rng, surfaces)
        return Layout(placed, surface, self._light(rng), shadow, (blur, noise, quality), self._papers(rng), index)

    def _place(self, rng, kind, split, boxes):
        """One object of `kind` at a free place, or None when ten tries find none."""
        about = self.bank.kinds[kind]
        choices = self._instances[kind, split]
        instance, crops = choices[rng.integers(len(choices))]
        crop = crops[rng.integers(len(crops))]
        side = about["size"] * HEIGHT * rng.uniform(*self.config["scale"])
        if rng.random() < 0.5 and about["turn"] < 180 and len(crops) == 1:
            crop = crop[:, ::-1]
        turn = rng.uniform(-1, 1) * (about["turn"] if len(crops) == 1 else min(6, about["turn"]))
        if about["hue"] and rng.random() < self.config["recolour"]:
            crop = _recolour(crop, rng)
        squash = rng.uniform(0.85, 1.0)
        for _ in range(10):
            y = rng.uniform(0.18, 0.98)                         # where the object stands: nearer is lower and larger
            h, w, matrix = _placement(crop, side * (0.78 + 0.4 * y), turn, squash)
            if h >= HEIGHT - 4 or w >= WIDTH - 4:
                side *= 0.85
                continue
            left, top = int(rng.integers(-w // 10, WIDTH - w + w // 10)), int(y * HEIGHT - h)
            top = min(max(top, -h // 12), HEIGHT - h + h // 12)
            box = (left, top, left + w, top + h)
            if all(_overlap(box, other) < self.config["overlap"] for other in boxes):
                boxes.append(box)
                return Placed(kind, instance, _warp(crop, matrix, w, h), left, top)
        return None

    def _surface(self, rng, split):
        pool = np.flatnonzero(self.surface_held_out == (split == "held_out"))
        index = int(pool[rng.integers(len(pool))])
        texture = self.surfaces[index]
        side = texture.shape[0]
        angle, zoom = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.12), rng.uniform(0.5, 1.25)
        tilt = rng.uniform(0.6, 1.0)                            # the far edge shows more of the texture
        x, y = np.array([-tilt ** -1, tilt ** -1, 1, -1]) * WIDTH / 2, np.array([-1, -1, 1, 1]) * HEIGHT / 2
        corner = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], 1) * zoom + side / 2 + rng.uniform(-100, 100, 2)
        warp = cv2.getPerspectiveTransform(np.float32(corner), np.float32([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]))
        image = cv2.warpPerspective(texture, warp, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        image = image.astype(np.float32) * rng.uniform(0.85, 1.15, 3).astype(np.float32)
        if rng.random() < 0.3:                                  # the far edge of the desk, a wall behind it
            edge = int(rng.uniform(0.04, 0.24) * HEIGHT)
            image[:edge] = rng.uniform(40, 235, 3) * np.linspace(rng.uniform(0.8, 1), 1, edge)[:, None, None]
            image[edge:edge + 3] *= 0.7
        return index, image

    def _papers(self, rng):
        """Plain sheets and cards that are no object: (corners [4, 2], colour)."""
        if rng.random() > self.config["papers"]:
            return []
        sheets = []
        for _ in range(int(rng.integers(1, 4))):
            centre, size, angle = rng.uniform((60, 60), (WIDTH - 60, HEIGHT - 60)), rng.uniform(25, 110, 2), rng.uniform(0, 3.14)
            turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            corner = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2) @ turn.T * [1, 0.75] + centre
            colour = rng.uniform(180, 250) * rng.uniform(0.92, 1, 3) if rng.random() < 0.6 else rng.uniform(30, 240, 3)
            sheets.append((corner.astype(np.int32), colour))
        return sheets

    def _light(self, rng):
        gain = rng.uniform(*self.config["brightness"]) * rng.uniform(0.9, 1.1, 3)
        corner = rng.uniform(1 - self.config["gradient"], 1 + self.config["gradient"], (2, 2))
        coarse = cv2.resize(corner.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        if rng.random() < 0.3:                                  # one lamp's pool of light
            x, y, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(150, 420)
            yy, xx = np.arange(HEIGHT, dtype=np.float32), np.arange(WIDTH, dtype=np.float32)
            coarse = coarse * (0.75 + 0.5 * np.exp(((yy - y) ** 2)[:, None] / (-2 * r * r)) * np.exp(((xx - x) ** 2)[None] / (-2 * r * r)))
        return coarse[..., None] * gain.astype(np.float32)

    # ---------------------------------------------------------------- drawing
    def draw(self, layout, noise_seed, present=None, light=1.0):
        """-> (frame [HEIGHT, WIDTH, 3] uint8, cover [ROWS * COLUMNS, kinds] uint8: share of the cell that shows the kind, of 255).
        `present`: indices into layout.objects (default all); `light`: a common gain."""
        objects = layout.objects if present is None else [layout.objects[i] for i in present]
        image = layout.surface.copy()
        for corner, colour in layout.papers:
            cv2.fillConvexPoly(image, corner, [float(c) for c in colour], lineType=cv2.LINE_AA)
        self._cast_shadows(image, objects, layout.shadow)
        cover = np.zeros((len(self.bank.kinds), HEIGHT, WIDTH), np.float32) if objects else None
        for item in objects:
            h, w = item.sprite.shape[:2]
            y0, x0, y1, x1 = max(item.top, 0), max(item.left, 0), min(item.top + h, HEIGHT), min(item.left + w, WIDTH)
            part = item.sprite[y0 - item.top:y1 - item.top, x0 - item.left:x1 - item.left]
            alpha = part[..., 3:].astype(np.float32) * (1 / 255)
            region = image[y0:y1, x0:x1]
            region += alpha * (part[..., :3].astype(np.float32) - region)
            shown = [o.kind for o in objects]
            for kind in shown:
                cover[kind, y0:y1, x0:x1] *= 1 - alpha[..., 0]
            cover[item.kind, y0:y1, x0:x1] += alpha[..., 0]
        image *= layout.light * np.float32(light)
        blur, noise, quality = layout.sensor
        if blur:
            image = cv2.GaussianBlur(image, (0, 0), blur)
        if noise:
            rng = np.random.default_rng(noise_seed)
            y, x = rng.integers(0, 64, 2)
            image += (noise * rng.choice([-1, 1])) * self._noise[y:y + HEIGHT, x:x + WIDTH]
        frame = np.clip(image, 0, 255).astype(np.uint8)
        if quality:
            frame = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
        grid = np.zeros((ROWS * COLUMNS, len(self.bank.kinds)), np.uint8)
        for kind in {o.kind for o in objects}:
            grid[:, kind] = np.round(cv2.resize(cover[kind], (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).reshape(-1) * 255)
        return frame, grid

    def _cast_shadows(self, image, objects, shadow):
        dx, dy, sigma, strength = shadow
        if not objects:
            return
        mask = np.zeros((HEIGHT // 4, WIDTH // 4), np.float32)
        for item in objects:
            h, w = item.sprite.shape[:2]
            small = cv2.resize(item.sprite[..., 3], (max(w // 4, 1), max(h // 4, 1)), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
            flat = cv2.resize(small, (small.shape[1], max(small.shape[0] * 2 // 3, 1)))
            top, left = int((item.top + h + dy) / 4) - flat.shape[0], int((item.left + dx) / 4)
            y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + flat.shape[0], mask.shape[0]), min(left + flat.shape[1], mask.shape[1])
            if y1 > y0 and x1 > x0:
                np.maximum(mask[y0:y1, x0:x1], flat[y0 - top:y1 - top, x0 - left:x1 - left], out=mask[y0:y1, x0:x1])
        mask = cv2.GaussianBlur(mask, (0, 0), sigma)
        image *= (1 - strength * cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR))[..., None]


def _overlap(a, b):
    """Intersection of two boxes as a share of the smaller."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def _recolour(crop, rng):
    hsv = cv2.cvtColor(crop[..., :3], cv2.COLOR_RGB2HSV).astype(np.int32)
    hsv[..., 0] = (hsv[..., 0] + rng.integers(0, 180)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.5, 1.4) + rng.uniform(0, 40), 0, 255)
    hsv[..., 2] = np.clip(hsv[..., 2] * rng.uniform(0.75, 1.2), 0, 255)
    return np.dstack([cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), crop[..., 3]])


def _placement(crop, side, turn, squash):
    """Size (h, w) and affine matrix of a sprite turned by `turn` degrees, its unturned larger side `side` pixels."""
    h, w = crop.shape[:2]
    scale = side / max(h, w)
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    width, height = int(abs(w * cos) * scale + abs(h * sin) * scale) + 2, int((abs(w * sin) * scale + abs(h * cos) * scale) * squash) + 2
    matrix = np.array([[cos * scale, -sin * scale, 0], [sin * scale * squash, cos * scale * squash, 0]])
    matrix[:, 2] = [width / 2, height / 2] - matrix[:, :2] @ [w / 2, h / 2]
    return height, width, matrix


def _warp(crop, matrix, width, height):
    """The sprite drawn through `matrix`; colours are premultiplied so that transparent pixels leave no fringe."""
    premultiplied = crop.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] * (1 / 255)
    scale = np.hypot(matrix[0, 0], matrix[0, 1])
    if scale < 0.6:
        premultiplied = cv2.GaussianBlur(premultiplied, (0, 0), 0.4 / scale)
    out = cv2.warpAffine(premultiplied, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    out[..., :3] *= 255 / np.maximum(out[..., 3:], 1)
    return np.clip(out, 0, 255).astype(np.uint8)


def camera_pixels(frame, width, height):
    """The model's picture of a camera frame: bicubic with antialias on uint8, as the Gemma 4 image processor."""
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.BICUBIC))


def save_jpeg(frame, path, quality=90):
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=quality)
    Path(path).write_bytes(buffer.getvalue())


def write_json_lines(path, rows):
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows))
