"""Streams of words alone: what is copied stands in the system turn or in the question."""
import re
from collections import Counter

import numpy as np
import pytest

from training import drill, language, stream

C = dict(system_share=0.2, gap_share=0.5, gap=1000)


@pytest.mark.parametrize("held", [False, True])
def test_every_answer_can_be_read_from_its_stream(tokenizer, held):
    writer, asked = stream.Writer(tokenizer), Counter()
    for seed in range(60):
        sample = drill.tell(writer, np.random.default_rng(seed), C, 384, held)
        assert len(sample.ids) <= 384 and not sample.frames and not sample.audio and sample.measures
        ids, branch, answer = (np.asarray(getattr(sample, name)) for name in ("ids", "branch", "answer"))
        text = lambda rows: tokenizer.decode(ids[rows].tolist(), skip_special_tokens=False)
        system = text(branch == 0)
        for number, measure in enumerate(sample.measures, 1):
            question, said = text((branch == number) & ~answer), text((branch == number) & answer)
            asked[measure] += 1
            if measure == "none":
                assert said == language.CANNOT_KNOW + "<turn|>"
            elif measure == "repeat":
                assert said.removesuffix("<turn|>") in question
            else:
                name = re.search(r"call:(\w+)", said)[1]
                assert f"declaration:{name}{{" in system
    assert asked["call"] > max(asked["repeat"], asked["none"]) and min(asked.values()) > 10


def test_short_streams_are_drills_as_often_as_is_said(tokenizer, scenes, clips, config):
    from training import story
    s = config["stream"]
    c = config["decoder_training"] | dict(delta_frames=False, drill_share=1.0, budget=dict(
        rows=s["rows"], video=s["video_rows"], audio=s["audio_rows"], text=s["text_rows"], frames=s["frames"], sounds=s["sounds"]))
    measures = {m for i in range(10) for m in story.tell(stream.Writer(tokenizer), scenes, clips, np.random.default_rng(i), c, 384).measures}
    assert measures <= {"call", "repeat", "none"}
    long = [story.tell(stream.Writer(tokenizer), scenes, clips, np.random.default_rng(i), c, 768).measures for i in range(10)]
    assert not any({"call", "repeat", "none"} & set(m) for m in long)
