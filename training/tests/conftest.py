import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from training import text
from training.sprites import manifest

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def config():
    """The shipped configuration with towers small enough for a test."""
    c = tomllib.loads((Path(__file__).parents[1] / "config.toml").read_text())
    c["vision"].update(width=48, layers=2, heads=3, head_dim=16, inner=64)
    c["decoder"].update(width=48, heads=4, kv_heads=2, head_dim=16, global_head_dim=32, inner=64, per_layer=8, sliding_window=24)
    return c


@pytest.fixture(scope="session")
def kinds():
    return manifest()["kind"]


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory, kinds):
    return text.build_tokenizer(tmp_path_factory.mktemp("tokenizer") / "tokenizer.json", kinds, 640)


@pytest.fixture(scope="session")
def bank(tmp_path_factory, kinds):
    """A sprite bank of coloured ellipses and two plain surfaces: the renderer without its assets."""
    folder = tmp_path_factory.mktemp("bank")
    y, x = np.mgrid[-1:1:60j, -1:1:80j]
    crops, n = [], len(kinds)
    for k in range(2 * n):
        crop = np.zeros((60, 80, 4), np.uint8)
        crop[..., :3] = [(k * 37) % 256, (k * 91) % 256, (k * 151) % 256]
        crop[..., 3] = 255 * (x * x + y * y < 1)
        crops.append(crop)
    np.savez(folder / "bank.npz", pixels=np.concatenate([c.reshape(-1) for c in crops]), shape=np.full((2 * n, 2), (60, 80)),
             offset=np.arange(2 * n) * 60 * 80 * 4, kind=np.arange(2 * n) // 2, instance=np.arange(2 * n))
    (folder / "bank.json").write_text(json.dumps(dict(
        kinds=[{key: kind[key] for key in ("name", "phrase", "size", "turn", "hue")} for kind in kinds],
        instances=[f"O:{i}" for i in range(2 * n)], held_out=[i % 2 == 1 for i in range(2 * n)])))
    np.savez(folder / "surfaces.npz", images=np.full((2, 512, 512, 3), 128, np.uint8), held_out=np.array([False, True]))
    return folder
