"""Scenes are functions of their seeds, and their labels say what the pixels show."""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.world import COLOURS, KINDS, instances, photos, raster, scene
from training.world.shapes import SHAPES


@pytest.fixture(scope="module")
def renderer():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.surfaces, "TRAINED", 4)
        yield scene.Renderer("train")


def test_every_kind_has_a_shape_and_colours():
    assert [k.name for k in KINDS] == sorted(k.name for k in KINDS) and set(SHAPES) == {k.name for k in KINDS} and len(KINDS) >= 30
    assert all(set(k.colours) <= set(COLOURS) for k in KINDS) and sum(len(set(k.colours)) >= 8 for k in KINDS) >= 16


@pytest.mark.parametrize("kind", ["mug", "scissors", "laptop"])
def test_sprites_are_reproducible_views(kind):
    one, two = (raster.sprite(SHAPES[kind](np.random.default_rng(3)), 0.5, 0.6, (0.3, 0.9, 0.5), 60) for _ in range(2))
    assert np.array_equal(one, two) and one.shape[2] == 5 and max(one.shape[:2]) in (61, 62)
    assert (one[..., 3] > 0).mean() > 0.1 and one[..., 4].max() == 255
    other = raster.sprite(SHAPES[kind](np.random.default_rng(4)), 0.5, 0.6, (0.3, 0.9, 0.5), 60)
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_episodes_are_functions_of_their_numbers(renderer):
    one, two, other = renderer.episode(1, 0, 5), renderer.episode(1, 0, 5), renderer.episode(1, 0, 6)
    assert all(np.array_equal(a[0], b[0]) and np.array_equal(a[1]["objects"], b[1]["objects"]) for a, b in zip(one, two))
    assert not np.array_equal(one[0][0], other[0][0])


def test_labels_say_what_the_pixels_show(renderer):
    for index in range(12):
        for frame, labels in renderer.episode(2, 0, index):
            assert frame.shape == (480, 640, 3) and frame.dtype == np.uint8
            objects = labels["objects"][labels["objects"][:, 0] >= 0].astype(int)
            covered = labels["covers"].astype(float).sum() / 255 / 24
            area = sum((o[6] - o[4]) * (o[7] - o[5]) for o in objects) / 1e6
            assert set(np.flatnonzero(labels["covers"].any(0))) == set(objects[:, 0].tolist())
            assert 0.15 * area <= covered <= area + 0.01                                 # of their boxes, objects fill a part
            assert all(o[4] <= o[2] <= o[6] and o[5] <= o[3] <= o[7] for o in objects) and len(set(objects[:, 8].tolist())) == len(objects)


def test_one_change_at_most_from_frame_to_frame(renderer):
    for index in range(20):
        states = [{int(o[8]) for o in labels["objects"] if o[0] >= 0} for _, labels in renderer.episode(3, 0, index)]
        assert all(len(a ^ b) <= 1 for a, b in zip(states, states[1:]))


def test_photos_are_cut_out(tmp_path):
    picture = np.full((120, 160, 3), 230, np.uint8) + np.random.default_rng(0).integers(-3, 4, (120, 160, 3)).astype(np.uint8)
    picture[40:90, 50:120] = (200, 40, 30)
    Image.fromarray(picture).save(tmp_path / "thing.jpg", quality=95)
    cut = photos.sprite(tmp_path / "thing.jpg", 70)
    assert abs(cut.shape[1] / cut.shape[0] - 70 / 50) < 0.1 and (cut[..., 3] > 128).mean() > 0.9 and cut[..., 4].max() == 0
    Image.fromarray(np.full((80, 80, 3), 128, np.uint8)).save(tmp_path / "empty.png")
    with pytest.raises(SystemExit, match="no object found"):
        photos.sprite(tmp_path / "empty.png", 70)


def test_one_photo_of_four_is_held_out():
    assert [instances.is_trained(i) for i in range(8)] == [True, True, True, False] * 2


def test_splits_have_instances_of_their_own():
    train, held_out = (instances.Instances(split).draw(np.random.default_rng(1), 23, 0.6) for split in ("train", "evaluation"))
    assert train.shape != held_out.shape or not np.array_equal(train, held_out)


def test_a_kind_of_ones_own_is_shown_and_asked_for(tmp_path):
    """In a process of its own: kinds are read when the world is imported."""
    home = tmp_path / "stapler"
    home.mkdir()
    for number in range(4):
        picture = np.full((90, 120, 3), 235, np.uint8)
        picture[30:60, 20:100] = (200, 30 * number, 40)
        Image.fromarray(picture).save(home / f"{number}.png")
    script = """
import numpy as np
from training import data, language
from training.world import KINDS, scene
scene.surfaces.TRAINED = 4
assert KINDS[-1].name == "stapler", KINDS[-1]
renderer, rng = scene.Renderer("train"), np.random.default_rng(0)
place, present = renderer.place(rng), []
assert renderer.put(rng, place, present, len(KINDS) - 1)
things = data.things(renderer.draw(rng, place, present)[1]["objects"])
assert language.listing(things) == "a stapler."
assert all(language.ask_presence(rng, things, "desk", False)[1] == "no." for _ in range(50)) and language.ask_colour(rng, things, "desk") is None
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, env=os.environ | dict(NANO_OBJECTS=str(tmp_path)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_mirror_image_shows_and_says_the_same_from_right_to_left(scenes):
    both, n = data.BothWays(scenes), len(scenes)
    assert len(both) == 2 * n
    picture = np.arange(192 * 288 * 3, dtype=np.uint32).astype(np.uint8).reshape(192, 288, 3)
    scenes.picture, kept = lambda index: picture, scenes.picture
    try:
        assert np.array_equal(both.picture(3), picture) and np.array_equal(both.picture(n + 3), picture[:, ::-1])
    finally:
        scenes.picture = kept
    for number in range(n):
        own, mirrored = both.things(number), both.things(n + number)
        assert own == scenes.things(number) and both.where(n + number) == scenes.where(number)
        assert [(t.kind, t.colour, t.y, t.identity) for t in mirrored] == [(t.kind, t.colour, t.y, t.identity) for t in own]
        assert np.allclose([t.x + m.x for t, m in zip(own, mirrored)], 1)
