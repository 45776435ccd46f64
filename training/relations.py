"""What the decoder is asked of every soft token while it learns to answer: which object is next to the one whose centre lies there, what is left and right
of it, what was put down there since the frame before, and what was taken away.

Answers alone teach comparing two frames or two objects very slowly: one token in fifty is about it. These labels are read from the hidden states
that the last layers' keys and values are made of, so that whoever is asked finds the relation at the object's own token.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import language
from .data import COLUMNS, FRAMES, NO_COLOUR, ROWS, cell_number

NO_KIND = 255


class Relations:
    """Labels of all frames of a set: near [N, cells] uint8 (a kind, or NO_KIND: none, or no object's centre here),
    sides [N, cells, 2, kinds] bool (left, right), central [N, cells] bool, changes [N, cells, 2, kinds] bool (put down, taken away since the
    frame before in the episode), gone [N, cells] uint8 (colour of what was taken away)."""

    def __init__(self, scenes, kinds):
        n, cells = len(scenes), ROWS * COLUMNS
        self.near, self.gone = np.full((n, cells), NO_KIND, np.uint8), np.full((n, cells), NO_COLOUR, np.uint8)
        self.sides, self.changes = (np.zeros((n, cells, 2, kinds), bool) for _ in range(2))
        self.central = np.zeros((n, cells), bool)
        before = []
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
            if number % FRAMES:
                put, taken, moved = language.change(before, things)
                was = {t.identity: t for t in before}
                for t in put + moved:
                    self.changes[number, cell_of(t), 0, t.kind] = True
                for t in taken + [was[t.identity] for t in moved]:
                    self.changes[number, cell_of(t), 1, t.kind] = True
                    self.gone[number, cell_of(t)] = t.colour if t.colour >= 0 else NO_COLOUR
            before = things

    def of(self, samples):
        """The labels of the samples' told soft tokens, in order of their rows -> dict of tensors; `compared`: the frame before was told, too."""
        told = [f for s in samples for f in s.frames]
        frame = np.concatenate([np.full(len(t.cells), t.frame) for t in told])
        cell = np.concatenate([t.cells for t in told])
        compared = np.concatenate([np.full(len(t.cells), t.after) for t in told])
        pick = lambda array: torch.from_numpy(array[frame, cell])
        return dict(near=pick(self.near), sides=pick(self.sides), central=pick(self.central), changes=pick(self.changes), gone=pick(self.gone),
                    compared=torch.from_numpy(compared))


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
