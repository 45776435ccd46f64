"""The shipped recording: its truth is what its frames show, its instructions speak when something happens."""
import json

import numpy as np
import pytest
from PIL import Image

from training import language, record
from training.world import scene


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    out = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.surfaces, "HELD_OUT", 3)
        patch.setattr(scene.photographic, "HELD_OUT", 2)
        patch.setattr(record.evaluate_sets, "speak", lambda sentence, rng, split: np.sin(np.arange(16000) * 0.3))
        record.write(out, dict(seed=20261), out)
    return out, json.loads((out / "truth.json").read_text())


def test_everything_is_another_after_the_exchange(desk):
    out, truth = desk
    assert [(t["frame"], t["kind"]) for t in truth["timeline"]] == [(1, "begin"), (7, "put"), (11, "take"), (15, "put"), (33, "exchange")]
    assert truth["timeline"][3]["objects"] == ["book", "lamp", "mug"] and truth["timeline"][-1]["objects"] == ["hat", "lamp", "mug"]
    assert [t["answer"] for t in truth["timeline"]][-2:] == ["a book, a lamp and a mug.", "a hat, a lamp and a mug."]
    frames = [np.asarray(Image.open(out / "frames" / f"frame-{n:05d}.jpg")).astype(int) for n in (15, 32, 33, 44)]
    differs = [np.abs(a - b).mean() for a, b in zip(frames, frames[1:])]
    assert differs[1] > 3 * max(differs[0], differs[2]) and len(list((out / "frames").iterdir())) == truth["frames"] == 44


def test_instructions_are_due_and_the_question_has_its_answer(desk):
    truth = desk[1]
    assert [i["due"] for i in truth["instructions"]] == [[dict(seconds=16.0, answer="there is a blue hat now.")], [dict(seconds=4.3, answer="someone knocked.")]]
    assert truth["sound"][1]["answer"] == "a book, a lamp and a mug." and truth["unknowable"]["answer"] == language.CANNOT_KNOW
    assert truth["seconds"] <= 24
