"""Writes the set: evaluation.jsonl in the format of `evaluation`, with a condition in every row."""
import json
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .. import data, evaluation
from ..world.scene import Renderer
from . import packages, pictures, sounds

STREAM = 2                   # of the seed: evaluation
OUTSIDE, OWN = 6, 5          # ... and of evaluation's
SCENES = 60                  # of each condition
JPEG = 92                    # quality
# our own held-out renders under one hard condition each: arguments of Renderer.place
CONDITIONS = {"nominal": {}, "half": dict(scale=0.5), "double": dict(scale=1.8), "turned": dict(turn=1.0), "occluded": dict(overlap=0.45), "photo": dict(photo=True)}
ASKED = ("objects", "presence", "colour", "count", "spatial")


class Writer:
    """Rows and their pictures."""

    def __init__(self, out, jpeg):
        self.out, self.jpeg, self.rows = Path(out), jpeg, []
        self.out.mkdir(parents=True, exist_ok=True)

    def scene(self, name, condition, frame, things, place, rng):
        asks = [a for a in evaluation.asks_of(things, things, place, rng) if a["measure"] in ASKED]
        image = evaluation.save_picture(frame, self.out / name, self.jpeg)
        self.rows.append(dict(id=name, frames=[dict(image=image, time=0.5)], asks=asks, condition=condition))

    def close(self):
        (self.out / "evaluation.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows))


def conditions(writer, renderer, seed, scenes):
    """Our own renders: `scenes` of each of CONDITIONS."""
    for number, (condition, knobs) in enumerate(CONDITIONS.items()):
        for index in tqdm(range(scenes), desc=condition, unit="scene"):
            frame, labels = renderer.single(seed, STREAM, 1000 * OWN + 100 * number + index, wide=False, **knobs)[0]
            rng = np.random.default_rng([seed, STREAM, OWN, number, index])
            writer.scene(f"{condition}-{index:03d}", condition, frame, data.things(labels["objects"]), labels["place"], rng)


def outside(writer, renderer, cache, seed, scenes):
    """Cut-outs, photographs, a real voice, music, bells."""
    stamps = packages.debian(packages.STAMPS, cache)
    known, strange = pictures.known(stamps), pictures.strange(stamps)
    photos = [pictures.background(path) for path in packages.photographs(cache).values()]
    sorts = {"outside-desk": lambda rng: pictures.scene(renderer, rng, known, strange),
             "outside-photo": lambda rng: pictures.scene(renderer, rng, known, strange, photos[int(rng.integers(len(photos)))]),
             "outside-unknown": lambda rng: pictures.scene(renderer, rng, known, strange, count=(int(rng.integers(0, 3)), int(rng.integers(1, 3)))),
             "photo-ground": lambda rng: _own(renderer, rng, photos[int(rng.integers(len(photos)))])}
    for number, (condition, make) in enumerate(sorts.items()):
        for index in tqdm(range(scenes), desc=condition, unit="scene"):
            rng = np.random.default_rng([seed, STREAM, OUTSIDE, number, index])
            writer.scene(f"{condition}-{index:03d}", condition, *make(rng), rng)
    for index, photo in enumerate(photos):
        rng = np.random.default_rng([seed, STREAM, OUTSIDE, len(sorts), index])
        writer.scene(f"photo-only-{index:02d}", "photo-only", photo, [], "desk", rng)
    rng = np.random.default_rng([seed, STREAM, OUTSIDE, len(sorts) + 1])
    writer.rows += sounds.voice(writer.out, rng, packages.debian(packages.VOICE, cache), packages.debian(packages.TRANSCRIPTS, cache), scenes, scenes * 3 // 2)
    writer.rows += sounds.music(writer.out, rng, packages.debian(packages.MUSIC, cache), max(scenes // 7, 1))
    writer.rows += sounds.bells(writer.out, rng, packages.debian(packages.BELLS, cache), max(scenes // 12, 1))


def _own(renderer, rng, photo):
    """One to six of our own objects on a photograph."""
    place, things = renderer.place(rng, shelf=False, wide=False, photo=photo), []
    renderer.fill(rng, place, things, int(rng.integers(1, 7)))
    frame, labels = renderer.draw(rng, place, things)
    return frame, data.things(labels["objects"]), labels["place"]


def write(out, work, seed, jpeg=JPEG, own_only=False, scenes=SCENES):
    """The whole set, or only our own renders under CONDITIONS, which needs no network. The packages are kept in `work`."""
    writer, renderer = Writer(out, jpeg), Renderer("evaluation")
    if not own_only:
        outside(writer, renderer, Path(work) / "outside-packages", seed, scenes)
    conditions(writer, renderer, seed, scenes)
    writer.close()
