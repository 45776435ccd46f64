"""What the decoder knows of places and changes where its last keys and values are made: `python -m training.probe --work DIR`.

Reads the labels of `relations.py` from the hidden states there, with the head that was trained beside the decoder, on validation frames and on training
frames. Labels that are read badly even on training frames want more layers before that depth, not more data.
"""
import argparse
import tomllib
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from . import data, features, relations, stream, train_decoder, vision
from .world import COLOURS

EPISODES, BATCH = 150, 25


def f1(guess, truth):
    return 2 * (guess & truth).sum().item() / max((guess.sum() + truth.sum()).item(), 1)


@torch.no_grad()
def read(nano, head, writer, scenes, cache, kinds):
    """-> {figure: value}: the nearest kind, whole sets of what is left or right of an object, changes (F1)."""
    labels, samples = relations.Relations(scenes, kinds), []
    for first in range(0, min(len(scenes) // data.FRAMES, EPISODES) * data.FRAMES, data.FRAMES):
        writer.begin()
        for number in range(data.FRAMES):
            writer.frame(first + number, 3 + 4 * number, before=first + number - 1 if number else -1)
        samples.append(writer.sample)
    near, sides, changed = [], [], [[], []]
    for at in range(0, len(samples), BATCH):
        part = samples[at:at + BATCH]
        batch = {k: torch.from_numpy(v) for k, v in stream.collate(part).items()}
        soft, _ = stream.media(part, cache, None)
        _, middle = nano(batch["ids"], batch["positions"], batch["allowed"], torch.from_numpy(soft), tapped=True)
        nearest, beside, changes, _ = head(vision.rms(middle[batch["ids"] == stream.VIDEO]))
        truth = labels.of(part)
        known, central, compared = truth["near"] != relations.NO_KIND, truth["central"], truth["compared"]
        near.append(nearest.argmax(-1)[known] == truth["near"][known])
        sides.append(((beside[central] > 0).view(-1, 2, kinds) == truth["sides"][central]).all(-1).flatten())
        changed[0].append(changes[compared] > 0)
        changed[1].append(truth["changes"][compared].flatten(1))
    return dict(near=torch.cat(near).float().mean().item(), sides=torch.cat(sides).float().mean().item(), changes=f1(*map(torch.cat, changed)))


def main():
    parser = argparse.ArgumentParser(prog="python -m training.probe", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=Path("nano-work"))
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("config.toml"))
    options = parser.parse_args()
    config, work = tomllib.loads(options.config.read_text()), options.work
    nano, tokenizer = train_decoder.load(work, config, "decoder")
    held_out, tower = data.validation(work), features.load_tower(work, config)
    kinds = data.CLASSES
    head = relations.Head(config["decoder"]["width"], kinds, len(COLOURS))
    head.load_state_dict(torch.load(work / "decoder.pt", map_location="cpu", weights_only=True)["head"])
    seen = data.Scenes(sorted((work / "scenes").glob("train-*.npz"))[-1:])
    for name, scenes in (("validation", held_out), ("training", seen)):
        figures = read(nano, head, stream.Writer(tokenizer), scenes, features.encode_all(tower, scenes), kinds)
        print(f"{name:10} frames: " + ", ".join(f"{k} {v:.2f}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
