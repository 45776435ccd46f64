"""What the decoder is asked of every soft token while it learns to answer: which object is next to the one whose centre lies there, what is left and right
of it, what was put down there since the frame before, and what was taken away.

Answers alone teach comparing two frames or two objects very slowly: one token in fifty is about it. These labels are read from the hidden states
that the last layers' keys and values are made of, so that whoever is asked finds the relation at the object's own token.
"""
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import language
from .data import COLUMNS, NO_COLOUR, ROWS, cell_number

NO_KIND = 255
CELLS = ROWS * COLUMNS


class Relations:
    """Labels of the frames of a set: near [N, cells] uint8 (a kind, or NO_KIND: none, or no object's centre here),
    sides [N, cells, 2, kinds] bool (left, right), central [N, cells] bool; and what changed between any two of them, by `changed`."""

    def __init__(self, scenes, kinds):
        n = len(scenes)
        self.scenes, self.kinds = scenes, kinds
        self.near, self.central = np.full((n, CELLS), NO_KIND, np.uint8), np.zeros((n, CELLS), bool)
        self.sides = np.zeros((n, CELLS, 2, kinds), bool)
        for number in range(n):
            things = scenes.things(number)
            for thing in things:
                cell = cell_of(thing)
                near = language.neighbours(thing, things)
                self.central[number, cell] = True
                self.near[number, cell] = near[0].kind if near else NO_KIND
                for t in things:
                    if abs(t.x - thing.x) > language.SIDE_MARGIN / 2:
                        self.sides[number, cell, int(t.x > thing.x), t.kind] = True
        self.changed = lru_cache(20_000)(self._changed)

    def _changed(self, before, number):
        """-> changes [cells, 2, kinds] bool (put down, taken away since frame `before`), gone [cells] uint8 (colour of what was taken away)."""
        changes, gone = np.zeros((CELLS, 2, self.kinds), bool), np.full(CELLS, NO_COLOUR, np.uint8)
        was = self.scenes.things(before)
        put, taken, moved = language.change(was, self.scenes.things(number))
        was = {t.identity: t for t in was}
        for t in put + moved:
            changes[cell_of(t), 0, t.kind] = True
        for t in taken + [was[t.identity] for t in moved]:
            changes[cell_of(t), 1, t.kind] = True
            gone[cell_of(t)] = t.colour if t.colour >= 0 else NO_COLOUR
        return changes, gone

    def of(self, samples):
        """The labels of the samples' told soft tokens, in order of their rows -> dict of tensors; `compared`: the frame before was told, too, and both show
        all that is there."""
        told = [f for s in samples for f in s.frames]
        frame = np.concatenate([np.full(len(t.cells), t.frame) for t in told])
        cell = np.concatenate([t.cells for t in told])
        compared = [t.before >= 0 and self.scenes.is_clear(t.before) and self.scenes.is_clear(t.frame) for t in told]
        changes = [self.changed(t.before if known else t.frame, t.frame) for t, known in zip(told, compared)]
        pick = lambda array: torch.from_numpy(array[frame, cell])
        join = lambda arrays: torch.from_numpy(np.concatenate([a[t.cells] for a, t in zip(arrays, told)]))
        return dict(near=pick(self.near), sides=pick(self.sides), central=pick(self.central), changes=join([c for c, _ in changes]), gone=join([g for _, g in changes]),
                    compared=torch.from_numpy(np.repeat(compared, [len(t.cells) for t in told])))


def cell_of(thing):
    return int(cell_number(thing.x, thing.y))


class Head(nn.Module):
    """Hidden states [rows, width] -> logits of the nearest kind, of both sides, of both changes, of the colour that is gone."""

    def __init__(self, width, kinds, colours):
        super().__init__()
        self.kinds, self.split = kinds, (kinds, 2 * kinds, 2 * kinds, colours)
        self.linear = nn.Linear(width, sum(self.split))
        nn.init.normal_(self.linear.weight, std=0.02)
        nn.init.zeros_(self.linear.bias)

    def forward(self, hidden):
        return self.linear(hidden).float().split(self.split, -1)

    def loss(self, hidden, labels):
        """hidden [rows, width] and Relations.of of the same rows -> the sum of the parts' losses, each a mean over the tokens that it concerns."""
        near, sides, changes, gone = self(hidden)
        total = hidden.sum() * 0.0
        known = labels["near"] != NO_KIND
        if known.any():
            total = total + F.cross_entropy(near[known], labels["near"][known].long())
        for logits, name, rows in ((sides, "sides", labels["central"]), (changes, "changes", labels["compared"])):
            if rows.any():
                target = labels[name][rows].flatten(1).float()
                # the few that are there weigh as much as all that are not
                weight = torch.where(target > 0, 4.0, 1.0)
                total = total + F.binary_cross_entropy_with_logits(logits[rows], target, weight) * self.kinds / 4
        colour = labels["compared"] & (labels["gone"] != NO_COLOUR)
        if colour.any():
            total = total + 0.5 * F.cross_entropy(gone[colour], labels["gone"][colour].long())
        return total
