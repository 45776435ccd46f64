"""Soft tokens of every training frame, computed once with the frozen tower."""
import os
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import data, parallel, vision

CACHE = "features.npy"


def load_tower(work, config):
    tower = vision.Tower(config["vision"])
    tower.load_state_dict(torch.load(Path(work) / "vision.pt", map_location="cpu", weights_only=True)["tower"])
    return tower.to(parallel.device()).eval()


@torch.no_grad()
def encode(tower, pictures):
    """pictures uint8 [B, H, W, 3] -> normalised soft tokens [B, cells, width] float16 (RMS 1, as the embedder sees them)."""
    where = parallel.device()
    with torch.autocast(where.type, dtype=torch.bfloat16):
        soft = tower(vision.patchify(torch.from_numpy(pictures).to(where)).float() / 255)
    return vision.rms(soft.float()).half().cpu().numpy()


def encode_all(tower, scenes, own=None, batch=32, quiet=True):
    own = np.arange(len(scenes)) if own is None else own
    return np.concatenate([encode(tower, np.stack([scenes.picture(i) for i in own[first:first + batch]]))
                           for first in tqdm(range(0, len(own), batch), desc="features", unit="batch of 32", disable=quiet, mininterval=10)])


def _encode_part(rank, world, work, config, scenes):
    parallel.join(rank, 1)
    count = len(scenes)
    own = np.arange(rank * count // world, (rank + 1) * count // world)
    np.save(Path(work) / f"features-{rank}.npy", encode_all(load_tower(work, config), scenes, own, quiet=rank > 0))


def run(work, config, workers):
    if (Path(work) / CACHE).exists():
        return
    parallel.launch(_encode_part, workers, (work, config, data.BothWays(data.training(work))), "feature extraction")
    paths = sorted(Path(work).glob("features-*.npy"))
    temporary = Path(work) / "features.part"
    with temporary.open("wb") as file:
        np.save(file, np.concatenate([np.load(p) for p in paths]))
    os.replace(temporary, Path(work) / CACHE)
    [p.unlink() for p in paths]
