"""The configuration and what replaces parts of it."""
import tomllib
from pathlib import Path

import pytest

from PIL import Image

from training import curves, run

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
