import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from training import tokenizer as tokens
from training.data import CLASSES, FRAMES, Scenes

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def config():
    """The shipped configuration with towers small enough for a test."""
    c = tomllib.loads((Path(__file__).parents[1] / "config.toml").read_text())
    c["vision"].update(width=48, layers=2, heads=3, head_dim=16, inner=64)
    c["decoder"].update(width=48, heads=4, kv_heads=2, head_dim=16, global_head_dim=32, inner=64, per_layer=8, sliding_window=24)
    c["audio"].update(width=32, layers=2, heads=4, output=32)
    return c


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory, config):
    return tokens.build(tmp_path_factory.mktemp("tokenizer") / "tokenizer.json", 1, config["decoder"]["vocabulary"])


@pytest.fixture(scope="session")
def scenes(tmp_path_factory):
    """Ten episodes of random labels over black pictures; in each the first frame's objects differ from the others', and the last frame is dark."""
    rng, frames = np.random.default_rng(2), 10 * FRAMES
    objects = np.full((frames, 6, 9), -1, np.int16)
    for frame in range(frames):
        for slot in range(int(rng.integers(0, 7)) if (frame + 1) % FRAMES else 0):
            objects[frame, slot] = [rng.integers(CLASSES), rng.integers(-1, 11), *rng.integers(50, 950, 2), 0, 0, 0, 0, slot + 1 if frame % FRAMES else slot + 11]
    path = tmp_path_factory.mktemp("scenes") / "train-000.npz"
    np.savez(path, pictures=np.zeros((frames, 192, 288, 3), np.uint8), covers=np.zeros((frames, 24, CLASSES), np.uint8), objects=objects,
             cell_colour=np.full((frames, 24), 255, np.uint8), place=rng.integers(0, 2, frames).astype(np.uint8), dark=np.arange(1, frames + 1) % FRAMES == 0)
    return Scenes([path])


class StubClips:
    """Sounds without a tower."""

    texts = ("what is on the desk", "(knock)", "is there a red mug")
    soft = np.zeros((0, 32), np.float16)

    def draw(self, rng, sort=None):
        return int(rng.integers(3))

    def length(self, clip):
        return 20 + 5 * clip

    def text(self, clip):
        return self.texts[clip]


@pytest.fixture
def clips():
    return StubClips()
