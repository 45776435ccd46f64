"""Rendered chunks in memory, their labels on the grid of soft tokens, and minibatches."""
import struct
import zipfile
from pathlib import Path

import numpy as np

from .language import Thing
from .world import KINDS
from .world.dataset import CHUNK
from .world.drawing import NO_COLOUR
from .world.scene import FRAMES
from .world.size import COLUMNS, ROWS

CLASSES = len(KINDS) + 1                            # the kinds, and what is none of them


class Scenes:
    """Frames of one set: pictures [N, H, W, 3] uint8, covers and centres [N, cells, CLASSES] uint8, colours [N, cells] uint8, objects [N, 6, 9] int16,
    dark [N] bool.

    `covers`: share of a cell that shows a kind, of 255. `centres`: how many objects of a kind have their centre in a cell. Frame FRAMES e + i is frame i of
    episode e. A dark frame's labels hold no object."""

    def __init__(self, paths):
        if not paths:
            raise SystemExit("no rendered scenes found: run the step `render` first")
        parts = [np.load(p) for p in paths]
        self.pictures = [mapped(p, "pictures") for p in paths]
        self.covers = np.concatenate([p["covers"] for p in parts])
        self.objects = np.concatenate([p["objects"] for p in parts])
        self.colours = np.concatenate([p["cell_colour"] for p in parts])
        self.place = np.concatenate([p["place"] for p in parts])
        self.dark = np.concatenate([p["dark"] for p in parts])
        self.chunk = len(self.pictures[0])
        self.centres = centres(self.objects)
        self.present = self.centres.any(1)
        self.middles = middles(self.objects)
        self.clear = ~self.dark & ~hides(self.objects)

    def __len__(self):
        return len(self.covers)

    def picture(self, index):
        return self.pictures[index // self.chunk][index % self.chunk]

    def batch(self, indices, rng=None):
        """-> pictures [B, H, W, 3], covers, centres [B, cells, CLASSES], colours [B, cells], middles [B, cells, 2]; with `rng`: half of them mirrored."""
        pictures = np.stack([self.picture(i) for i in indices])
        labels = [a[indices] for a in (self.covers, self.centres, self.colours, self.middles)]
        if rng is not None:
            flip = rng.random(len(indices)) < 0.5
            pictures[flip] = pictures[flip, :, ::-1]
            for i, label in enumerate(labels):
                grid = label.reshape(len(indices), ROWS, COLUMNS, -1).copy()
                grid[flip] = grid[flip, :, ::-1]
                labels[i] = grid.reshape(label.shape)
            labels[3][flip, :, 0] = COLUMNS - labels[3][flip, :, 0]
        return pictures, *labels

    def things(self, index):
        """What frame `index` shows, as the language module wants it."""
        return things(self.objects[index])

    def where(self, index):
        return "shelf" if self.place[index] else "desk"

    def is_dark(self, index):
        return bool(self.dark[index])

    def is_clear(self, index):
        """Whether the frame shows all that is there: neither is it dark, nor is something hidden that was there before and is there again."""
        return bool(self.clear[index])


class BothWays:
    """A set and then its mirror image: frame N + i is frame i from right to left. What the decoder learns from: what is left of what is as hard to learn as
    anything, and the mirror doubles the frames that show it."""

    def __init__(self, scenes):
        self.scenes = scenes
        mirrored = scenes.objects.copy()
        mirrored[..., 2] = 1000 - mirrored[..., 2]               # the centre, which is all that `things` reads of the place
        self._objects = np.concatenate([scenes.objects, mirrored])

    def __len__(self):
        return len(self._objects)

    def picture(self, index):
        picture = self.scenes.picture(index % len(self.scenes))
        return picture if index < len(self.scenes) else np.ascontiguousarray(picture[:, ::-1])

    def things(self, index):
        return things(self._objects[index])

    def where(self, index):
        return self.scenes.where(index % len(self.scenes))

    def is_dark(self, index):
        return self.scenes.is_dark(index % len(self.scenes))

    def is_clear(self, index):
        return self.scenes.is_clear(index % len(self.scenes))


def hides(objects):
    """objects [N, 6, 9] of whole episodes -> [N] bool: an identity is missing that an earlier and a later frame of the episode shows (none comes back once it was taken)."""
    if len(objects) % FRAMES:                                   # single frames
        return np.zeros(len(objects), bool)
    identity = np.where(objects[..., 0] >= 0, objects[..., 8], -1).reshape(-1, FRAMES, objects.shape[1])
    there = (identity[..., None] == np.arange(1, 1 + max(1, identity.max(initial=1)))).any(2)         # [episodes, FRAMES, identities]
    before = np.logical_or.accumulate(there, 1)
    after = np.logical_or.accumulate(there[:, ::-1], 1)[:, ::-1]
    return (before & after & ~there).any(-1).reshape(-1)


def things(objects):
    """Rows (kind, colour, cx, cy, x0, y0, x1, y1, identity) [6, 9] -> list of Thing."""
    return [Thing(int(o[0]), int(o[1]), o[2] / 1000, o[3] / 1000, int(o[8])) for o in objects if o[0] >= 0]


def cell_number(x, y):
    """Points in 0..1 from the left and the top -> the cells they lie in, row by row."""
    column, row = (np.clip((np.asarray(a) * most).astype(int), 0, most - 1) for a, most in ((x, COLUMNS), (y, ROWS)))
    return row * COLUMNS + column


def centres(objects):
    """objects [N, 6, 9] -> [N, cells, CLASSES] uint8."""
    out = np.zeros((len(objects), ROWS * COLUMNS, CLASSES), np.uint8)
    frame, slot = np.nonzero(objects[..., 0] >= 0)
    rows = objects[frame, slot]
    np.add.at(out, (frame, cell_number(rows[:, 2] / 1000, rows[:, 3] / 1000), rows[:, 0]), 1)
    return out


def middles(objects):
    """objects [N, 6, 9] -> [N, cells, 2] float32: the centre of the object whose centre lies in the cell, else that of the cell; in cells, (0, 0) at the top left."""
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    out = np.tile(np.stack([x, y], -1).reshape(1, -1, 2), (len(objects), 1, 1)).astype(np.float32)
    frame, slot = np.nonzero(objects[..., 0] >= 0)
    point = objects[frame, slot, 2:4] / 1000
    out[frame, cell_number(point[:, 0], point[:, 1])] = point * [COLUMNS, ROWS]
    return out


def mapped(path, name):
    """An array of an uncompressed .npz, mapped into memory: all pictures together are larger than the memory of a small machine."""
    with zipfile.ZipFile(path) as archive:
        about = archive.getinfo(f"{name}.npy")
    if about.compress_type != zipfile.ZIP_STORED:
        raise SystemExit(f"{path} is compressed: render it again")
    with open(path, "rb") as file:
        file.seek(about.header_offset + 26)                     # lengths of the local header's name and extra field
        file.seek(about.header_offset + 30 + sum(struct.unpack("<HH", file.read(4))))
        np.lib.format.read_magic(file)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        return np.memmap(path, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def training(work, *splits, episode_frames=None):
    """The episodes, or the files of the `splits` named; of the episodes the first `episode_frames`, in whole files."""
    paths = {split: sorted((Path(work) / "scenes").glob(f"{split}-*.npz")) for split in splits or ("train",)}
    if episode_frames is not None:
        paths["train"] = paths["train"][:-(-episode_frames // CHUNK)]
    return Scenes([p for split in paths.values() for p in split])


def validation(work, name="validation"):
    return Scenes([Path(work) / "scenes" / f"{name}.npz"])
