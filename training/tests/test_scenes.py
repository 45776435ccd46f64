"""The renderer: the same seed gives the same bytes, labels say what is drawn, splits do not mix."""
import numpy as np

from training import render, scenes, vision
import torch


def test_same_seed_same_bytes_other_seed_other_bytes(bank, config):
    a, b = (scenes.Renderer(bank, config["scene"]) for _ in range(2))
    one, two, other = render.pair(a, 1, 0, 3), render.pair(b, 1, 0, 3), render.pair(b, 2, 0, 3)
    for (frame, cover, kinds), (frame2, cover2, kinds2) in zip(one, two):
        assert (frame == frame2).all() and (cover == cover2).all() and kinds == kinds2
    assert not (one[0][0] == other[0][0]).all()


def test_labels_cover_exactly_the_kinds_present(bank, config):
    renderer = scenes.Renderer(bank, config["scene"])
    for index in range(20):
        for frame, cover, kinds in render.pair(renderer, 4, 0, index):
            assert frame.shape == (480, 640, 3) and frame.dtype == np.uint8
            assert sorted(np.flatnonzero(cover.sum(0)).tolist()) == kinds
            assert len(kinds) == len(set(kinds)) <= 5


def test_second_frame_of_a_pair_shows_a_subset(bank, config):
    renderer = scenes.Renderer(bank, config["scene"])
    pairs = [render.pair(renderer, 5, 0, i) for i in range(30)]
    assert all(set(second[2]) <= set(first[2]) for first, second in pairs)
    assert any(set(second[2]) < set(first[2]) for first, second in pairs)


def test_held_out_instances_never_appear_in_training(bank, config):
    renderer = scenes.Renderer(bank, config["scene"])
    for index in range(30):
        assert not any(renderer.bank.held_out[o.instance] for o in renderer.layout(1, 0, index).objects)
        assert all(renderer.bank.held_out[o.instance] for o in renderer.layout(1, 1, index, objects="held_out").objects)


def test_cell_of_an_object_is_labelled(bank, config):
    cover = torch.zeros(1, 24, 14, dtype=torch.uint8)
    cover[0, 5, 3], cover[0, 6, 3], cover[0, 7, 3] = 200, 20, 2
    label, weight = vision.targets(cover)
    assert label[0, 5, 3] == 1 and label.sum() == 1
    assert weight[0, 6, 3] == 0 and weight[0, 7, 3] == 1        # a sliver counts neither way, a trace is background
