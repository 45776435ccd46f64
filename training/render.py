"""Renders the data sets: chunks of frames with their dense labels, in parallel, resumable.

Frames come in pairs that share a desk: frame 2g shows the whole layout g, frame 2g + 1 the same desk under
another light with some objects gone. Streams: 0 training, 1 validation, 2 the evaluation set, 3 the recording.
"""
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from . import scenes

PICTURE = (288, 192)                                # width, height of the model's picture: 24 soft tokens
_renderer = None


def _start(folder, config):
    global _renderer
    cv2.setNumThreads(1)
    os.nice(3)
    _renderer = scenes.Renderer(folder, config)


def pair(renderer, seed, stream, index, objects="train", surfaces="train"):
    """Two frames of one desk -> [(frame, cover, present kinds sorted)]."""
    layout = renderer.layout(seed, stream, index, objects, surfaces)
    rng = np.random.default_rng([seed, stream, index, 1])
    everything = list(range(len(layout.objects)))
    fewer = [i for i in everything if rng.random() > 0.3]
    out = []
    for present, light in ((everything, 1.0), (fewer, rng.uniform(0.75, 1.25))):
        frame, cover = renderer.draw(layout, rng.integers(1 << 31), present, light)
        out.append((frame, cover, sorted(layout.objects[i].kind for i in present)))
    return out


def _chunk(task):
    path, seed, stream, first, count, objects, surfaces = task
    pictures = np.zeros((count, PICTURE[1], PICTURE[0], 3), np.uint8)
    covers = np.zeros((count, scenes.ROWS * scenes.COLUMNS, len(_renderer.bank.kinds)), np.uint8)
    present = np.zeros((count, len(_renderer.bank.kinds)), bool)
    for g in range(count // 2):
        for j, (frame, cover, kinds) in enumerate(pair(_renderer, seed, stream, first // 2 + g, objects, surfaces)):
            pictures[2 * g + j] = scenes.camera_pixels(frame, *PICTURE)
            covers[2 * g + j] = cover
            present[2 * g + j, kinds] = True
    temporary = path.with_suffix(".part")
    np.savez(temporary.open("wb"), pictures=pictures, covers=covers, present=present)
    temporary.rename(path)
    return path


def run(work, config, workers):
    """Renders what is missing of training chunks and the three validation sets."""
    folder = Path(work) / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    r, seed = config["render"], config["seed"]
    tasks = [(folder / "validation.npz", seed, 1, 0, r["validation"], "train", "train"),
             (folder / "validation-objects.npz", seed, 1, 100_000, r["validation"], "held_out", "train"),
             (folder / "validation-surfaces.npz", seed, 1, 200_000, r["validation"], "train", "held_out")]
    tasks += [(folder / f"train-{c:03d}.npz", seed, 0, c * r["chunk"], r["chunk"], "train", "train") for c in range(r["scenes"] // r["chunk"])]
    tasks = [t for t in tasks if not t[0].exists()]
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(Path(work) / "bank", config["scene"])) as pool:
        bar = tqdm(total=sum(t[4] for t in tasks), desc="render", unit="scene")
        for task, _ in zip(tasks, pool.map(_chunk, tasks)):
            bar.update(task[4])
