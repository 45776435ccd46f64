"""Stage 1: trains the vision tower on dense labels."""
from pathlib import Path

import numpy as np
import torch

from . import data, loop, start, vision
from .data import COLUMNS, NO_COLOUR, ROWS
from .parallel import device, finished, join, launch
from .world import COLOURS, UNKNOWN
from .world.dataset import VIEWS

CHECKPOINT = "vision.pt"


def scores(probability, present):
    """Mean F1 per scene (an empty scene named empty counts 1) and balanced accuracy of presence."""
    guess = probability > 0.5
    hits = (guess & present).sum(1)
    total = guess.sum(1) + present.sum(1)
    f1 = np.where(total == 0, 1.0, 2 * hits / np.maximum(total, 1)).mean()
    return f1, (guess[present].mean() + (~guess[~present]).mean()) / 2


def draw(scenes, indices, rng, window=None):
    """A minibatch, mirrored at random -> pictures uint8, labels of `vision.dense_loss`, positions. With `window`: instead of whole pictures squares of
    `window` x `window` cells that show objects; a quarter of the work each and twice the share of objects."""
    pictures, covers, centres, colours, middles = (torch.from_numpy(a) for a in scenes.batch(indices, rng))
    labels = [*vision.targets(covers), centres, colours, torch.arange(ROWS * COLUMNS).expand(len(pictures), -1), middles]
    if window is None:
        return pictures, labels, None
    n, rows, columns, side = len(pictures), ROWS, COLUMNS, 48 * window
    labels = [a.view(n, rows, columns, *a.shape[2:]) for a in labels]
    filled = labels[0].amax(-1)
    corners = [(y, x) for y in range(rows - window + 1) for x in range(columns - window + 1)]
    content = torch.stack([filled[:, y:y + window, x:x + window].sum((1, 2)) for y, x in corners], 1).double().numpy() ** 2 + 0.2
    chosen = (content.cumsum(1) < rng.random((n, 1)) * content.sum(1, keepdims=True)).sum(1)
    cut = [corners[c] for c in chosen]
    crop = lambda a, scale: torch.stack([a[i, y * scale:(y + window) * scale, x * scale:(x + window) * scale] for i, (y, x) in enumerate(cut)])
    positions = vision.grid(3 * window, 3 * window) + torch.tensor([[[3 * x, 3 * y]] for y, x in cut])
    return crop(pictures, 48), [crop(a, 1).flatten(1, 2) for a in labels], positions


@torch.no_grad()
def evaluate(tower, head, scenes, own=None, batch=50):
    """-> dict over the frames `own` (all): F1 per scene and balanced presence accuracy of the kinds from the covered cells, kinds named that are not there, a
    scene, balanced presence accuracy of unknown things (where there are any), F1 over cells, exact count of objects, colour accuracy, and how far off an
    object's centre is, in cells."""
    own, where = np.arange(len(scenes)) if own is None else own, device()
    pooled, hits, total, counted, tint, off = [], 0, 0, [], [], []
    for first in range(0, len(own), batch):
        index = own[first:first + batch]
        pictures, covers, centres, colours, middles = scenes.batch(index)
        with torch.autocast(where.type, dtype=torch.bfloat16):
            soft = tower(vision.patchify(torch.from_numpy(pictures).to(where)).float() / 255)
        cover, middle, shade, _, point = (a.cpu() for a in head(soft.float()))
        label, weight = vision.targets(torch.from_numpy(covers))
        guess = (cover > 0).float() * weight
        hits, total = hits + (guess * label).sum().item(), total + (guess + label).sum().item()
        pooled.append((torch.logsumexp(cover * 2, 1) / 2).sigmoid().numpy())
        counted.append(((middle > 0).sum((1, 2)).numpy() == (centres > 0).sum((1, 2))))
        off.append(np.abs(point.numpy() - middles)[centres.any(-1)].mean(-1))
        tint.append((shade.argmax(-1).numpy() == colours)[colours != NO_COLOUR])
    pooled, present, known = np.concatenate(pooled), scenes.present[own], slice(0, UNKNOWN)
    f1, balanced = scores(pooled[:, known], present[:, known])
    figures = dict(F1=f1, presence=balanced, false=((pooled > 0.5) & ~present)[:, known].sum(1).mean())
    if present[:, UNKNOWN].any():
        figures["unknown"] = scores(pooled[:, UNKNOWN:], present[:, UNKNOWN:])[1]
    return figures | dict(cells=2 * hits / max(total, 1), count=np.concatenate(counted).mean(), colour=np.concatenate(tint).mean(), off=np.concatenate(off).mean())


def by_view(tower, head, views):
    """A line for the log: F1 and false names of every one of dataset.VIEWS."""
    out, each = [], len(views) // len(VIEWS)
    for number, name in enumerate(VIEWS):
        figures = evaluate(tower, head, views, np.arange(number * each, (number + 1) * each))
        out.append(f"{name} {figures['F1']:.3f} ({figures['false']:.2f} false)")
    return "F1 by view: " + ", ".join(out)


def _train(rank, world, work, config, scenes, held_out, views):
    v, t, where = config["vision"], config["vision_training"], device()
    join(rank, world)
    torch.manual_seed(config["seed"])
    tower = vision.Tower(v).to(where)
    head = vision.DenseHead(v["width"], data.CLASSES, len(COLOURS), ROWS * COLUMNS).to(where)
    share = np.cumsum(t["empty_weight"] + (scenes.objects[..., 0] >= 0).sum(1))      # desks with more on them teach more
    share /= share[-1]
    fast = torch.compile(tower)

    def loss_of(rng, progress):
        whole = progress >= t["window_share"]
        pictures, labels, positions = draw(scenes, np.searchsorted(share, rng.random(t["batch" if whole else "windows"] // world)), rng, None if whole else t["window"])
        gain = 1 + t["colour_jitter"] * (2 * rng.random((len(pictures), 1, 1, 3), dtype=np.float32) - 1)
        patches = vision.patchify((pictures.to(where) * torch.from_numpy(gain / 255).to(where)).clamp(max=1))
        with torch.autocast(where.type, dtype=torch.bfloat16):
            soft = fast(patches) if whole else fast(patches, positions.to(where), 3 * t["window"], 3 * t["window"])
        return vision.dense_loss(head(soft), *(a.to(where) for a in labels)), len(pictures), {}

    stage = loop.Stage("vision", work, t, dict(tower=tower, head=head), [config["seed"], 31], "pictures", rank, world)
    loop.train(stage, loss_of, lambda: (evaluate(tower, head, held_out), [by_view(tower, head, views)]), lambda: start.load(config.get("start"), "vision", tower))


def run(work, config, workers):
    if finished(Path(work) / CHECKPOINT):
        return
    scenes = data.training(work, "train", "crowd", episode_frames=config["vision_training"]["episode_frames"])
    launch(_train, workers, (work, config, scenes, data.validation(work), data.validation(work, "views")), "vision training")
