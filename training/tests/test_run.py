"""The configuration and what replaces parts of it."""
import tomllib
from pathlib import Path

import pytest

from PIL import Image

from training import card, curves, run

HERE = Path(run.__file__).parent


def test_overrides_replace_values_that_are_there(tmp_path):
    config = run.configuration(HERE / "config.toml", HERE / "teach.toml")
    own = tomllib.loads((HERE / "teach.toml").read_text())
    assert config["vision_training"]["minutes"] == own["vision_training"]["minutes"] and config["vision_training"]["batch"] > 0
    for text, named in (("[vision]\nwidht = 3", "widht"), ("[eyes]\nwidth = 3", "eyes")):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(SystemExit, match=named):
            run.configuration(HERE / "config.toml", tmp_path / "bad.toml")


def test_the_curve_of_a_long_stream_is_drawn(tmp_path):
    (tmp_path / "hour.csv").write_text("minute,measure,asked,right\n" + "".join(f"{m},presence,4,{m % 4}\n{m},objects.f1,2,1.333\n{m},dark,1,1\n" for m in range(60)))
    curves.plot_stream(tmp_path / "hour.csv", tmp_path / "hour.png")
    picture = Image.open(tmp_path / "hour.png")
    assert picture.width > 2 * picture.height > 400 and len(picture.convert("RGB").getcolors(1 << 20)) > 10


def test_the_card_has_a_column_for_every_run():
    figure = lambda value, unit="share", span=0.1: dict(value=value, unit=unit, low=value - span, high=value + span, n=9)
    runs = [("before", {"objects.f1": figure(0.46), "objects.exact": figure(0.23)}), ("after", {"objects.f1": figure(0.9), "fresh": figure(-18.6, "points", 2)})]
    lines = card.table(runs).splitlines()
    assert lines[0] == "| measure | asked | before | after |" and lines[1] == "|---|---|---|---|"
    assert "| 0.46 [0.36, 0.56]; 0.23 [0.13, 0.33] | 0.90 [0.80, 1.00]; - |" in lines[2] and any("| - | -18.6 [-20.6, -16.6] |" in line for line in lines)
