"""Stage 2: soft tokens of every training frame, computed once with the frozen tower."""
import os
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import data, parallel, vision

CACHE = "features.npz"


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


def _encode_part(rank, world, work, config, scenes, count):
    parallel.join(rank, 1, 0)
    tower = load_tower(work, config)
    own = np.arange(rank * count // world, (rank + 1) * count // world)
    parts = []
    for first in tqdm(range(0, len(own), 32), desc="features", unit="batch of 32", disable=rank > 0, mininterval=10):
        index = own[first:first + 32]
        parts.append(encode(tower, scenes.batch(index)[0]))
    np.save(Path(work) / f"features-{rank}.npy", np.concatenate(parts))


def run(work, config, workers):
    scenes = data.training(work)
    count = min(len(scenes), config["decoder_training"]["frames"]) // 2 * 2
    parallel.launch(_encode_part, workers, (work, config, scenes, count), "feature extraction")
    parts = [np.load(p) for p in sorted(Path(work).glob("features-*.npy"))]
    temporary = Path(work) / "features.part"
    np.savez(temporary.open("wb"), soft=np.concatenate(parts), present=scenes.present[:count])
    os.replace(temporary, Path(work) / CACHE)
    [p.unlink() for p in Path(work).glob("features-*.npy")]
