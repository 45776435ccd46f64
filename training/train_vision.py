"""Stage 1: trains the vision tower on dense labels."""
import os
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import data, vision
from .parallel import agree, average_gradients, device, join, launch

CHECKPOINT = "vision.pt"


def optimizers(modules, learning_rate, weight_decay):
    """Muon for the matrices inside the layers, AdamW for everything else."""
    matrices, others = [], []
    for module in modules:
        for name, parameter in module.named_parameters():
            (matrices if parameter.ndim == 2 and "layers." in name else others).append(parameter)
    return [torch.optim.Muon(matrices, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, lr=learning_rate, weight_decay=weight_decay, betas=(0.9, 0.98))]


def schedule(step, steps, started, minutes, warmup):
    """Share of the peak rate: linear warm-up, then linear decay to zero at the last step or minute. < 0: finished."""
    progress = step / steps
    if minutes:
        progress = max(progress, (time.time() - started) / 60 / minutes)
    return min((step + 1) / warmup, 1.0) * (1 - progress)


def scores(probability, present):
    """Mean F1 per scene (an empty scene named empty counts 1) and balanced accuracy of presence."""
    guess = probability > 0.5
    hits = (guess & present).sum(1)
    total = guess.sum(1) + present.sum(1)
    f1 = np.where(total == 0, 1.0, 2 * hits / np.maximum(total, 1)).mean()
    return f1, (guess[present].mean() + (~guess[~present]).mean()) / 2


@torch.no_grad()
def evaluate(tower, head, scenes, batch=50):
    """-> (F1 per scene, balanced presence accuracy, F1 over cells) read from the dense head."""
    pooled, hits, total, where = [], 0, 0, device()
    for first in range(0, len(scenes), batch):
        pictures, covers, _ = scenes.batch(np.arange(first, min(first + batch, len(scenes))))
        with torch.autocast(where.type, dtype=torch.bfloat16):
            soft = tower(vision.patchify(torch.from_numpy(pictures).to(where)).float() / 255)
        logits = head(soft).float().cpu()
        label, weight = vision.targets(torch.from_numpy(covers))
        guess = (logits > 0).float() * weight
        hits, total = hits + (guess * label).sum().item(), total + (guess + label).sum().item()
        pooled.append((torch.logsumexp(logits * 2, 1) / 2).sigmoid().numpy())
    f1, balanced = scores(np.concatenate(pooled), scenes.present)
    return f1, balanced, 2 * hits / max(total, 1)


def _train(rank, world, work, config, scenes, held_out, port):
    v, t, where = config["vision"], config["vision_training"], device()
    join(rank, world, port)
    torch.manual_seed(config["seed"])
    tower = vision.Tower(v).to(where)
    head = vision.DenseHead(v["width"], held_out.present.shape[1]).to(where)
    optimizer = optimizers([tower, head], t["learning_rate"], t["weight_decay"])
    parameters = [p for p in (*tower.parameters(), *head.parameters())]
    path, step, spent = Path(work) / CHECKPOINT, 0, 0.0
    if path.exists():
        state = torch.load(path, map_location=where, weights_only=True)
        tower.load_state_dict(state["tower"])
        head.load_state_dict(state["head"])
        [o.load_state_dict(s) for o, s in zip(optimizer, state["optimizer"])]
        step, spent = state["step"], state["seconds"]
        if state["done"]:
            return
    share = np.cumsum(t["empty_weight"] + scenes.present.sum(1))      # desks with more on them teach more
    share /= share[-1]
    fast = torch.compile(tower)
    started = time.time() - spent
    bar = tqdm(total=t["steps"] * t["batch"], initial=step * t["batch"], desc="vision", unit="scene", disable=rank > 0, mininterval=10)
    log = open(Path(work) / "vision.log", "a") if rank == 0 else None
    resumed, loss = step, torch.tensor(float("nan"))
    while True:
        rate = agree(schedule(step, t["steps"], started, t["minutes"], t["warmup"]), world)
        done = rate <= 0
        if rank == 0 and (done or step % t["evaluate_every"] == 0) and step > resumed:
            f1, balanced, cells = evaluate(fast, head, held_out)
            line = f"step {step} scenes {step * t['batch']} minutes {(time.time() - started) / 60:.1f} loss {loss.item():.3f} F1 {f1:.3f} presence {balanced:.3f} cells {cells:.3f}"
            print(line, file=log, flush=True)
            tqdm.write(line)
            state = dict(tower=tower.state_dict(), head=head.state_dict(), optimizer=[o.state_dict() for o in optimizer],
                         step=step, seconds=time.time() - started, done=done)
            torch.save(state, path.with_suffix(".part"))
            os.replace(path.with_suffix(".part"), path)
        if done:
            break
        rng = np.random.default_rng([config["seed"], 31, step, rank])
        pictures, covers, present = scenes.batch(np.searchsorted(share, rng.random(t["batch"] // world)), rng)
        gain = 1 + t["colour_jitter"] * (2 * rng.random((len(pictures), 1, 1, 3), dtype=np.float32) - 1)
        patches = vision.patchify((torch.from_numpy(pictures).to(where) * torch.from_numpy(gain / 255).to(where)).clamp(max=1))
        with torch.autocast(where.type, dtype=torch.bfloat16):
            soft = fast(patches)
        loss = vision.dense_loss(head(soft).float(), torch.from_numpy(covers).to(where), torch.from_numpy(present).to(where))
        for p in parameters:
            p.grad = None
        loss.backward()
        average_gradients(parameters, world)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for o in optimizer:
            for group in o.param_groups:
                group["lr"] = t["learning_rate"] * rate
            o.step()
        step += 1
        bar.update(t["batch"])
        bar.set_postfix_str(f"loss {loss.item():.3f}", refresh=False)
    bar.close()


def run(work, config, workers, port=29417):
    scenes, held_out = data.training(work), data.validation(work)
    launch(_train, workers, (work, config, scenes, held_out, port), "vision training")
