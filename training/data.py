"""Rendered chunks in memory, and their minibatches."""
from pathlib import Path

import numpy as np


class Scenes:
    """Frames of one set: pictures [N, H, W, 3] uint8, covers [N, cells, kinds] uint8, present [N, kinds] bool."""

    def __init__(self, paths):
        parts = [np.load(p) for p in paths]
        self.pictures = [p["pictures"] for p in parts]
        self.covers = np.concatenate([p["covers"] for p in parts])
        self.present = np.concatenate([p["present"] for p in parts])
        self.chunk = len(self.pictures[0])

    def __len__(self):
        return len(self.present)

    def picture(self, index):
        return self.pictures[index // self.chunk][index % self.chunk]

    def batch(self, indices, rng=None, grid=(4, 6)):
        """-> pictures uint8, covers, present; with `rng`: mirrored at random."""
        pictures = np.stack([self.picture(i) for i in indices])
        covers = self.covers[indices]
        if rng is not None:
            flip = rng.random(len(indices)) < 0.5
            pictures[flip] = pictures[flip, :, ::-1]
            n, _, kinds = covers.shape
            covers = covers.reshape(n, *grid, kinds).copy()
            covers[flip] = covers[flip, :, ::-1]
            covers = covers.reshape(n, -1, kinds)
        return pictures, covers, self.present[indices]


def training(work):
    return Scenes(sorted((Path(work) / "scenes").glob("train-*.npz")))


def validation(work, name="validation"):
    return Scenes([Path(work) / "scenes" / f"{name}.npz"])
