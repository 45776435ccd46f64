"""The sprite bank: views of every object instance, rendered once, in one file.

bank.npz holds `pixels` (all sprites, flattened uint8 [h, w, 5]), `shape` [V, 2], `kind` [V], `instance` [V], `elevation` [V] (radians).
Instances below TRAINED of a kind are trained on, the others are held out: their shape parameters are other draws.
"""
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from . import photos
from .kinds import KINDS
from .raster import sprite
from .shapes import SHAPES

TRAINED, HELD_OUT, VIEWS, SIZE = 40, 12, 6, 160
LOWEST, HIGHEST = np.radians(14), np.radians(58)     # of the camera over the desk


def is_trained(kind, instance):
    """One photo of four is held out, of the meshes the last HELD_OUT."""
    return instance % 4 != 3 if kind.photos else instance < TRAINED


def views(task):
    """(seed, kind, instance) -> [(sprite, elevation)]."""
    seed, kind, instance = task
    if KINDS[kind].photos:
        return [(photos.sprite(KINDS[kind].photos[instance], SIZE), HIGHEST)]
    rng = np.random.default_rng([seed, 11, kind, instance])
    parts, out = SHAPES[KINDS[kind].name](rng), []
    for view in range(VIEWS):
        turn = np.radians(rng.uniform(-KINDS[kind].turn, KINDS[kind].turn))
        elevation = LOWEST + (HIGHEST - LOWEST) * (view + rng.random()) / VIEWS
        light = (rng.uniform(-1.5, 1.5), rng.uniform(0.5, 1.3), rng.uniform(0.45, 0.65))
        out.append((sprite(parts, turn, elevation, light, SIZE), elevation))
    return out


def build(folder, seed, workers):
    """Renders the bank into `folder` unless it is there."""
    path = Path(folder) / "bank.npz"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    tasks = [(seed, k, i) for k, kind in enumerate(KINDS) for i in range(len(kind.photos) or TRAINED + HELD_OUT)]
    rows = []
    with ProcessPoolExecutor(workers) as pool:
        for task, sprites in zip(tasks, tqdm(pool.map(views, tasks, chunksize=8), total=len(tasks), desc="sprites", unit="object")):
            rows += [(*task[1:], *s) for s in sprites]
    temporary = path.with_suffix(".part")
    np.savez(temporary.open("wb"), pixels=np.concatenate([r[2].reshape(-1) for r in rows]), shape=np.array([r[2].shape[:2] for r in rows], np.int32),
             kind=np.array([r[0] for r in rows]), instance=np.array([r[1] for r in rows]), elevation=np.array([r[3] for r in rows], np.float32))
    os.replace(temporary, path)


class Bank:
    """The loaded bank; `split`: "train", or any other name for the held-out instances."""

    def __init__(self, folder, split):
        data = np.load(Path(folder) / "bank.npz")
        pixels, shape = data["pixels"], data["shape"]
        offset = np.cumsum([0, *(shape[:, 0].astype(np.int64) * shape[:, 1] * 5)])
        self._instances = [{} for _ in KINDS]
        for i, (kind, instance) in enumerate(zip(data["kind"], data["instance"])):
            if is_trained(KINDS[kind], instance) == (split == "train"):
                view = (pixels[offset[i]:offset[i + 1]].reshape(*shape[i], 5), float(data["elevation"][i]))
                self._instances[kind].setdefault(int(instance), []).append(view)

    def draw(self, rng, kind, elevation):
        """A view of an instance of the kind that fits the camera's elevation: one of its three nearest."""
        instances = self._instances[kind]
        chosen = instances[list(instances)[int(rng.integers(len(instances)))]]
        nearest = sorted(chosen, key=lambda v: abs(v[1] - elevation))[:3]
        return nearest[int(rng.integers(len(nearest)))][0]
