"""A stage that was interrupted goes on as if it had not been."""
import os
import signal

import numpy as np
import pytest
import torch

from training import loop

SETTINGS = dict(steps=8, minutes=0, learning_rate=0.05, weight_decay=0.0, warmup=2, evaluate_every=2)


def stage(work, **changed):
    torch.manual_seed(1)
    return loop.Stage("line", work, SETTINGS | changed, dict(line=torch.nn.Linear(3, 1)), [5], "points")


def loss_of(of):
    def loss(rng, progress):
        x = torch.from_numpy(rng.normal(size=(16, 3)).astype(np.float32))
        return ((of.modules["line"](x)[:, 0] - x @ torch.tensor([1.0, -2.0, 3.0])) ** 2).mean(), len(x), dict(progress=progress)
    return loss


def weights(work):
    return torch.load(work / "line.pt", weights_only=True)["line"]["weight"]


def test_an_interrupted_stage_ends_as_an_uninterrupted_one(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    one = stage(whole)
    loop.train(one, loss_of(one), lambda: ({}, []))
    two, calls = stage(parts), []

    def stopping(rng, progress):
        calls.append(progress)
        if len(calls) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return loss_of(two)(rng, progress)

    with pytest.raises(SystemExit, match="stopped at step 5"):
        loop.train(two, stopping, lambda: ({}, []))
    assert len(calls) == 5 and not torch.equal(weights(parts), weights(whole))
    again = stage(parts)
    loop.train(again, loss_of(again), lambda: ({}, []))
    assert torch.allclose(weights(parts), weights(whole), atol=1e-6)
    log = (parts / "line.log").read_text().splitlines()
    assert [line.split()[1] for line in log] == ["2", "4", "5", "6", "8"] and " points 128 " in log[-1]
    before = weights(parts)
    loop.train(again, lambda *_: 1 / 0, lambda: ({}, []))                         # it has ended: nothing is drawn
    assert torch.equal(before, weights(parts))


def test_no_steps_keep_what_it_began_with(tmp_path):
    one = stage(tmp_path, steps=0)
    loop.train(one, lambda *_: 1 / 0, lambda: ({"figure": 1.0}, []), lambda: torch.nn.init.constant_(one.modules["line"].weight, 7.0))
    assert (weights(tmp_path) == 7).all() and "figure 1.000" in (tmp_path / "line.log").read_text()


def test_the_schedule_ends_with_the_steps_or_the_minutes():
    assert loop.progress(5, 10, 0, 0) == 0.5 and loop.progress(5, 10, 90, 2) == 0.75 and loop.progress(0, 0, 0, 0) == 1.0
