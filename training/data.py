"""Rendered chunks in memory, their labels on the grid of soft tokens, and minibatches."""
from pathlib import Path

import numpy as np

from .language import Thing

COLUMNS, ROWS = 6, 4                                # soft-token grid of a 288 x 192 picture
NO_COLOUR = 255
FRAMES = 4                                          # frames of an episode


class Scenes:
    """Frames of one set: pictures [N, H, W, 3] uint8, covers and centres [N, cells, kinds] uint8, colours [N, cells] uint8, objects [N, 6, 9] int16.

    `covers`: share of a cell that shows a kind, of 255. `centres`: how many objects of a kind have their centre in a cell. Frame 4e + i is frame i of
    episode e."""

    def __init__(self, paths):
        if not paths:
            raise SystemExit("no rendered scenes found: run the step `render` first")
        parts = [np.load(p) for p in paths]
        self.pictures = [p["pictures"] for p in parts]
        self.covers = np.concatenate([p["covers"] for p in parts])
        self.objects = np.concatenate([p["objects"] for p in parts])
        self.colours = np.concatenate([p["cell_colour"] for p in parts])
        self.place = np.concatenate([p["place"] for p in parts])
        self.chunk = len(self.pictures[0])
        self.centres = centres(self.objects, self.covers.shape[-1])
        self.present = self.centres.any(1)

    def __len__(self):
        return len(self.covers)

    def picture(self, index):
        return self.pictures[index // self.chunk][index % self.chunk]

    def batch(self, indices, rng=None):
        """-> pictures [B, H, W, 3], covers, centres [B, cells, kinds], colours [B, cells]; with `rng`: half of them mirrored."""
        pictures = np.stack([self.picture(i) for i in indices])
        labels = [a[indices] for a in (self.covers, self.centres, self.colours)]
        if rng is not None:
            flip = rng.random(len(indices)) < 0.5
            pictures[flip] = pictures[flip, :, ::-1]
            for i, label in enumerate(labels):
                grid = label.reshape(len(indices), ROWS, COLUMNS, -1).copy()
                grid[flip] = grid[flip, :, ::-1]
                labels[i] = grid.reshape(label.shape)
        return pictures, *labels

    def things(self, index):
        """What frame `index` shows, as the language module wants it."""
        return things(self.objects[index])

    def where(self, index):
        return "shelf" if self.place[index] else "desk"


def things(objects):
    """Rows (kind, colour, cx, cy, x0, y0, x1, y1, identity) [6, 9] -> list of Thing."""
    return [Thing(int(o[0]), int(o[1]), o[2] / 1000, o[3] / 1000, int(o[8])) for o in objects if o[0] >= 0]


def centres(objects, kinds):
    """objects [N, 6, 9] -> [N, cells, kinds] uint8."""
    out = np.zeros((len(objects), ROWS * COLUMNS, kinds), np.uint8)
    frame, slot = np.nonzero(objects[..., 0] >= 0)
    rows = objects[frame, slot]
    cell = np.clip(rows[:, 3] * ROWS // 1000, 0, ROWS - 1) * COLUMNS + np.clip(rows[:, 2] * COLUMNS // 1000, 0, COLUMNS - 1)
    np.add.at(out, (frame, cell, rows[:, 0]), 1)
    return out


def training(work, *splits):
    """The episodes, or the files of the `splits` named."""
    return Scenes([p for split in splits or ("train",) for p in sorted((Path(work) / "scenes").glob(f"{split}-*.npz"))])


def validation(work, name="validation"):
    return Scenes([Path(work) / "scenes" / f"{name}.npz"])
