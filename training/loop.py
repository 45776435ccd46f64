"""The training loop that all stages share: it resumes, follows the schedule, averages gradients over the processes, logs, and saves."""
import math
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from .parallel import agree, average_gradients, device

STOPPED = -2.0            # in place of the learning rate: the process was asked to end


@dataclass
class Stage:
    """What is trained. `settings`: its section of the configuration (steps, minutes, learning_rate, weight_decay, warmup, evaluate_every); `modules`: by their
    names in the checkpoint NAME.pt; `seed`: numbers that the draws of this stage begin with; `counted`: what a step takes in, as the log calls it."""
    name: str
    work: Path
    settings: dict
    modules: dict
    seed: list
    counted: str
    rank: int = 0
    world: int = 1
    optimizer: list = field(init=False)

    def __post_init__(self):
        self.optimizer = optimizers(self.modules.values(), self.settings["learning_rate"], self.settings["weight_decay"])

    @property
    def checkpoint(self):
        return Path(self.work) / f"{self.name}.pt"


def optimizers(modules, learning_rate, weight_decay):
    """Muon for the matrices inside the layers, AdamW for everything else."""
    matrices, others = [], []
    for module in modules:
        for name, parameter in module.named_parameters():
            (matrices if parameter.ndim == 2 and "layers." in name else others).append(parameter)
    adamw = torch.optim.AdamW(others, lr=learning_rate, weight_decay=weight_decay, betas=(0.9, 0.98))
    muon = [torch.optim.Muon(matrices, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")] if matrices else []
    return [*muon, adamw]


def progress(step, steps, seconds, minutes):
    """Share of the schedule that is over: of the steps or of the allowed minutes (0: no limit), whichever is more."""
    return max(step / steps if steps else 1.0, seconds / 60 / minutes if minutes else 0.0)


def train(stage, loss_of, evaluate, begin=lambda: None):
    """Runs the stage to the end of its schedule, from its checkpoint if there is one.

    loss_of(rng, progress) -> (loss, amount of what is counted, {name: figure} for the progress bar and the log)
    evaluate() -> ({name: figure}, [further lines of the log]); begin(): fills new modules. With `steps = 0` these are saved as they are.
    On SIGTERM it saves and ends with status 1, to go on another time: what follows must not begin."""
    t, where, stop = stage.settings, device(), []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    parameters = [p for module in stage.modules.values() for p in module.parameters()]
    step, amount, spent = 0, 0, 0.0
    if stage.checkpoint.exists():
        state = torch.load(stage.checkpoint, map_location=where, weights_only=True)
        if state.get("done"):
            return
        for name, module in stage.modules.items():
            module.load_state_dict(state[name])
        if "optimizer" in state:                             # else only weights: those that another schedule ended with
            [o.load_state_dict(s) for o, s in zip(stage.optimizer, state["optimizer"])]
            step, amount, spent = state["step"], state["amount"], state["seconds"]
    else:
        begin()
    started, resumed = time.time() - spent, step
    log = open(Path(stage.work) / f"{stage.name}.log", "a") if stage.rank == 0 else None
    bar = tqdm(total=t["steps"], initial=step, desc=stage.name, unit="step", disable=stage.rank > 0, mininterval=10)
    figures = {"loss": math.nan}
    while True:
        over = progress(step, t["steps"], time.time() - started, t["minutes"])
        rate = agree(STOPPED if stop else min((step + 1) / t["warmup"], 1.0) * (1 - over), stage.world)
        over, done = agree(over, stage.world), rate <= 0
        if stage.rank == 0 and (done or step % t["evaluate_every"] == 0 and step > resumed):
            line = f"step {step} {stage.counted} {amount:.0f} minutes {(time.time() - started) / 60:.1f}" + "".join(f" {k} {v:.3f}" for k, v in figures.items())
            if rate != STOPPED:
                scores, lines = evaluate()
                line = "\n    ".join([line + "".join(f" {k} {v:.3f}" for k, v in scores.items()), *lines])
            print(line, file=log, flush=True)
            tqdm.write(line)
            _save(stage, step, amount, time.time() - started, done and rate != STOPPED)
        if rate == STOPPED:
            raise SystemExit(f"{stage.name}: stopped at step {step}; run the same command again to go on")
        if done:
            break
        loss, taken, further = loss_of(np.random.default_rng([*stage.seed, step, stage.rank]), over)
        for p in parameters:
            p.grad = None
        loss.backward()
        average_gradients(parameters, stage.world)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for o in stage.optimizer:
            for group in o.param_groups:
                group["lr"] = t["learning_rate"] * rate
            o.step()
        step, amount, figures = step + 1, amount + taken * stage.world, {"loss": loss.item(), **further}
        bar.update(1)
        bar.set_postfix_str(" ".join(f"{k} {v:.3f}" for k, v in figures.items()), refresh=False)
    bar.close()


def _save(stage, step, amount, seconds, done):
    state = {name: module.state_dict() for name, module in stage.modules.items()}
    state |= dict(optimizer=[o.state_dict() for o in stage.optimizer], step=step, amount=amount, seconds=seconds, done=done)
    temporary = stage.checkpoint.with_suffix(".part")
    torch.save(state, temporary)
    os.replace(temporary, stage.checkpoint)
