"""Sets of what others photographed and spoke: what is fetched is what was looked at, and the rows tell what the files hold."""
import gzip
import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from training import language
from training.outside import packages, pictures, sounds, write
from training.world import KINDS, UNKNOWN, scene


@pytest.fixture(scope="module")
def renderer():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.surfaces, "HELD_OUT", 3)
        patch.setattr(scene.photographic, "HELD_OUT", 2)
        yield scene.Renderer("evaluation")


@pytest.fixture
def stamp(tmp_path):
    """A red disc with alpha in a large empty picture."""
    y, x = np.mgrid[:200, :200]
    picture = np.zeros((200, 200, 4), np.uint8)
    picture[(x - 120) ** 2 + (y - 80) ** 2 < 50 ** 2] = (220, 20, 20, 255)
    Image.fromarray(picture).save(tmp_path / "disc.png")
    return tmp_path / "disc.png"


def test_known_cut_outs_are_of_kinds_that_nano_knows_and_named_once():
    files = [f for group in pictures.KNOWN.values() for f in group]
    assert set(pictures.KNOWN) <= set(language.INDEX) and len(files) == len(set(files)) > 30
    assert not {f.split("/")[-1] for f in files} & set(pictures.DOUBTFUL)


def test_a_cut_out_loses_its_empty_border_and_a_tiny_one_is_left_out(stamp, tmp_path):
    assert pictures.cut_out(stamp).shape == (99, 99, 4)
    Image.fromarray(np.full((20, 20, 4), 255, np.uint8)).save(tmp_path / "tiny.png")
    Image.fromarray(np.zeros((90, 90, 4), np.uint8)).save(tmp_path / "empty.png")
    assert pictures.cut_out(tmp_path / "tiny.png") is None is pictures.cut_out(tmp_path / "empty.png")


@pytest.mark.parametrize("size", [(512, 512), (451, 300), (1411, 900)])
def test_a_photograph_fills_the_frame(size, tmp_path):
    Image.new("L", size, 90).save(tmp_path / "photo.png")
    assert pictures.background(tmp_path / "photo.png").shape == (480, 640, 3)


def test_scenes_show_what_their_rows_say(renderer, stamp):
    picture, ball = pictures.cut_out(stamp), language.INDEX["ball"]
    photo = np.full((480, 640, 3), 128, np.uint8)
    seen = {}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        frame, things, place = pictures.scene(renderer, rng, {ball: [picture]}, [picture], photo, count=(2, 1))
        assert frame.shape == (480, 640, 3) and place == "desk"
        for thing in things:
            seen[thing.kind] = seen.get(thing.kind, 0) + 1
            r, g, b = frame[int(thing.y * 480), int(thing.x * 640)].astype(int)
            assert r > 1.6 * max(g, b), "the disc is red"
    assert seen[ball] > 20 and seen[UNKNOWN] > 10 and set(seen) == {ball, UNKNOWN}


def test_another_file_than_the_known_one_is_refused(tmp_path, monkeypatch):
    package = packages.Package("things", "1.0", hashlib.sha256(b"right").hexdigest(), "GPL-2")
    file = tmp_path / "things_1.0_all.deb"
    file.write_bytes(b"wrong")
    with pytest.raises(SystemExit, match=r"things_1.0_all.deb has the SHA-256 .*delete it"):
        packages.debian(package, tmp_path)
    file.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="apt-get not found: things 1.0 is fetched from Debian's mirror; it needs a network"):
        packages.debian(package, tmp_path)
    (tmp_path / "apt-get").write_text("#!/bin/sh\necho 'E: no such version' >&2; exit 100\n")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(SystemExit, match="apt-get download -q things=1.0 failed: E: no such version\nthings 1.0 is fetched"):
        packages.debian(package, tmp_path)
    (tmp_path / "things").mkdir()
    assert packages.debian(package, tmp_path) == tmp_path / "things", "what was unpacked is kept"


def test_a_real_voice_is_measured_on_words_that_nano_knows_and_not_answered_otherwise(tmp_path, monkeypatch):
    audio, texts, out = (tmp_path / n for n in ("audio", "texts", "out"))
    text = "; a comment\n\nhello: Hello.\nlamp: Where is the lamp?\ngone: missing file\nbeep: [a beep]\npound: followed by the pound key\nhalf: is the operator\n"
    (texts / sounds.TRANSCRIPTS).parent.mkdir(parents=True)
    with gzip.open(texts / sounds.TRANSCRIPTS, "wt") as file:
        file.write(text)
    (audio / sounds.VOICE).mkdir(parents=True)
    for name in ("hello", "lamp", "beep", "pound", "half"):
        (audio / sounds.VOICE / f"{name}.g722").write_bytes(b"")
    out.mkdir()
    tone = (0.2 * np.sin(np.arange(16000) * 0.2)).astype(np.float32)
    monkeypatch.setattr(sounds, "decode", lambda path: tone)
    monkeypatch.setattr(sounds.synthesize, "vocabulary", lambda: ["hello", "where", "is", "the", "lamp"])
    rows = sounds.voice(out, np.random.default_rng(0), audio, texts, 5, 5)
    words = [r["words"] for r in rows if "words" in r]
    assert words[:2] == ["hello", "where is the lamp"] and len(words) == 7
    assert all(set(w.split()) <= {"hello", "where", "is", "the", "lamp"} and 2 <= len(w.split()) for w in words[2:])
    assert [r["sound"] for r in rows if "sound" in r] == ["chatter"] and all(r["condition"] == "real-voice" and (out / r["audio"]).exists() for r in rows)


def test_conditions_are_written_with_their_names(tmp_path, renderer, monkeypatch):
    monkeypatch.setattr(write, "Renderer", lambda split: renderer)
    write.write(tmp_path, tmp_path, 3, own_only=True, scenes=2)
    rows = [json.loads(line) for line in (tmp_path / "evaluation.jsonl").read_text().splitlines()]
    assert {r["condition"] for r in rows} == set(write.CONDITIONS) and len(rows) == 2 * len(write.CONDITIONS)
    for row in rows:
        assert (tmp_path / row["frames"][0]["image"]).exists() and row["asks"][0]["measure"] == "objects" and {a["measure"] for a in row["asks"]} <= set(write.ASKED)
        assert set(row["asks"][0]["objects"]) <= {k.name for k in KINDS}
