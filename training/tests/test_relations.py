"""Labels of relations say what the scene says, at the tokens where it is seen."""
import numpy as np
import torch

from training import data, relations, stream
from training.language import INDEX, Thing

MUG, BOOK, LAMP = Thing(INDEX["mug"], 0, 0.1, 0.1, 1), Thing(INDEX["book"], 4, 0.5, 0.6, 2), Thing(INDEX["lamp"], -1, 0.9, 0.6, 3)
MOVED = Thing(MUG.kind, 0, 0.3, 0.9, 1)


class Episode:
    """Four frames: a mug and a book; the lamp comes; the book goes; the mug is moved."""
    states = [[MUG, BOOK], [MUG, BOOK, LAMP], [MUG, LAMP], [MOVED, LAMP]]

    def __len__(self):
        return 4

    def things(self, number):
        return self.states[number]

    def is_clear(self, number):
        return True


def test_labels():
    labels = relations.Relations(Episode(), 32)
    mug, book, lamp, moved = (relations.cell_of(t) for t in (MUG, BOOK, LAMP, MOVED))
    assert (mug, book, lamp, moved) == (0, 15, 17, 19)
    assert labels.near[1, book] == LAMP.kind and labels.near[0, mug] == BOOK.kind and labels.near[0, 5] == relations.NO_KIND
    assert set(np.flatnonzero(labels.central[1])) == {mug, book, lamp}
    assert labels.sides[1, book, 0].nonzero()[0].tolist() == [MUG.kind] and labels.sides[1, book, 1].nonzero()[0].tolist() == [LAMP.kind]
    changed = lambda before, after: [tuple(i) for i in np.argwhere(labels.changed(before, after)[0])]
    assert not changed(1, 1)
    assert changed(0, 1) == [(lamp, 0, LAMP.kind)] and changed(1, 0) == [(lamp, 1, LAMP.kind)]
    assert changed(1, 2) == [(book, 1, BOOK.kind)] and labels.changed(1, 2)[1][book] == BOOK.colour
    assert changed(2, 3) == [(mug, 1, MUG.kind), (moved, 0, MUG.kind)]
    assert changed(0, 2) == [(book, 1, BOOK.kind), (lamp, 0, LAMP.kind)]                   # in any order, over any distance


def test_the_head_learns_only_from_what_can_be_known():
    labels = relations.Relations(Episode(), 32)

    sample = stream.Sample(frames=[stream.Told(0, np.arange(24), np.zeros(24, int), -1), stream.Told(1, np.array([17, 18]), np.ones(2, int), 0)])
    picked = labels.of([sample])
    assert picked["near"].shape == (26,) and picked["compared"].sum() == 2 and picked["changes"][24, 0, LAMP.kind]
    head, hidden = relations.Head(8, 32, 11), torch.randn(26, 8)
    loss = head.loss(hidden, picked)
    loss.backward()
    assert loss.item() > 0 and head.linear.weight.grad.abs().sum() > 0
    nothing = {k: torch.zeros_like(v) if v.dtype == torch.bool else torch.full_like(v, 255) for k, v in picked.items()}
    assert head.loss(hidden, nothing).item() == 0.0


def test_an_object_has_one_cell_everywhere():
    """Centres in every thousandth of both axes, those on the cells' borders too."""
    points = [(x, x) for x in range(0, 1000, 1)]
    objects = np.full((len(points), 6, 9), -1, np.int16)
    objects[:, 0] = [[3, 0, x, y, 0, 0, 0, 0, 1] for x, y in points]
    found = [int(np.flatnonzero(cells)[0]) for cells in data.centres(objects).any(-1)]
    middles = data.middles(objects)
    for (x, y), cell, middle in zip(points, found, middles):
        assert cell == relations.cell_of(data.things(objects[x])[0]) and np.allclose(middle[cell], [x * 6 / 1000, y * 4 / 1000])
