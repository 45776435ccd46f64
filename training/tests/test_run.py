"""The configuration and what replaces parts of it."""
import tomllib
from pathlib import Path

import pytest

from training import run

HERE = Path(run.__file__).parent


def test_overrides_replace_values_that_are_there(tmp_path):
    config = run.configuration(HERE / "config.toml", HERE / "teach.toml")
    own = tomllib.loads((HERE / "teach.toml").read_text())
    assert config["vision_training"]["minutes"] == own["vision_training"]["minutes"] and config["vision_training"]["batch"] > 0
    for text, named in (("[vision]\nwidht = 3", "widht"), ("[eyes]\nwidth = 3", "eyes")):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(SystemExit, match=named):
            run.configuration(HERE / "config.toml", tmp_path / "bad.toml")
