"""Renders scenes into files, in parallel, resumable: `python -m training.world.dataset --work DIR`.

Splits: "train" and "validation" are episodes of 8 frames; "crowd" are single frames full of objects, for the vision tower; "views" are single held-out frames,
as many of each of VIEWS. A file holds N frames: pictures [N, 192, 288, 3] uint8, covers [N, 24, kinds + 1] uint8 (share of a soft token's cell that shows the
kind, of 255; last: unknown things), objects [N, 6, 9] int16 (kind, colour or -1, centre x and y, box x0 y0 x1 y1 in thousandths of the frame, identity;
kind -1: none), cell_colour [N, 24] uint8 (255: none), place [N] uint8 (1: a shelf), dark [N] bool (a black picture, whose labels hold no object).
"""
import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from . import scene
from .kinds import KINDS

CHUNK = 1000                                         # frames a file
FRAMES = {"validation": scene.FRAMES, "views": 1, "crowd": 1, "train": scene.FRAMES}     # of one place
STREAMS = {"train": 0, "validation": 1, "crowd": 4, "views": 5}
HELD_OUT = ("validation", "views")
VIEWS = {"nominal": {}, "half": dict(scale=0.5), "double": dict(scale=2.0), "turned": dict(turn=1.0), "occluded": dict(overlap=0.45), "photo": dict(photo=True)}
_renderer = None


def _start(split):
    global _renderer
    cv2.setNumThreads(1)
    _renderer = scene.Renderer("validation" if split in HELD_OUT else "train")


def _chunk(task):
    path, split, seed, first, places = task
    frames = FRAMES[split]
    n = places * frames
    pictures, place = np.zeros((n, 192, 288, 3), np.uint8), np.zeros(n, np.uint8)
    arrays = dict(covers=np.zeros((n, 24, len(KINDS) + 1), np.uint8), objects=np.zeros((n, scene.MOST, 9), np.int16), cell_colour=np.zeros((n, 24), np.uint8),
                  dark=np.zeros(n, bool))
    for number in range(places):
        if split == "views":
            drawn = _renderer.single(seed, STREAMS[split], first + number, wide=False, **list(VIEWS.values())[number * len(VIEWS) // places])
        else:
            drawn = (_renderer.crowd if split == "crowd" else _renderer.episode)(seed, STREAMS[split], first + number)
        for i, (frame, labels) in enumerate(drawn):
            at = number * frames + i
            pictures[at], place[at] = scene.camera_pixels(frame), labels["place"] == "shelf"
            for name, array in arrays.items():
                array[at] = labels[name]
    temporary = path.with_suffix(".part")
    np.savez(temporary.open("wb"), pictures=pictures, place=place, **arrays)
    temporary.rename(path)
    return n


def render(work, split, frames, seed, workers):
    folder = Path(work) / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    places = CHUNK // FRAMES[split]
    if split in HELD_OUT:
        tasks = [(folder / f"{split}.npz", split, seed, 0, frames // FRAMES[split])]
    else:
        tasks = [(folder / f"{split}-{c:03d}.npz", split, seed, c * places, places) for c in range(frames // CHUNK)]
    tasks = [t for t in tasks if not t[0].exists()]
    if not tasks:
        return
    bar = tqdm(total=sum(t[4] * FRAMES[split] for t in tasks), desc=f"render, {split}", unit="frame", mininterval=5)
    if workers == 1:                                 # here: a fork of a process in which OpenCV has started its threads may hang
        _start(split)
        [bar.update(_chunk(t)) for t in tasks]
        return
    with ProcessPoolExecutor(workers, initializer=_start, initargs=(split,)) as pool:
        [bar.update(n) for n in pool.map(_chunk, tasks)]


def run(work, config, workers):
    for split in FRAMES:
        render(work, split, config["render"][split], config["seed"], workers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m training.world.dataset", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("nano-work"))
    parser.add_argument("--split", choices=STREAMS, default="train")
    parser.add_argument("--frames", type=int, default=24000)
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    render(options.work, options.split, options.frames, options.seed, options.workers)
