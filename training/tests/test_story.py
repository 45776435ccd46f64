"""Training streams say what is true, at any moment, of what the stream still holds."""
from collections import Counter

import numpy as np
import pytest
import torch

from training import answers, language, story, stream, train_decoder
from training.data import FRAMES


@pytest.fixture
def c(config):
    s = config["stream"]
    return config["decoder_training"] | dict(delta_frames=False, budget=dict(rows=s["rows"], video=s["video_rows"], audio=s["audio_rows"], text=s["text_rows"],
                                                                             frames=s["frames"], sounds=s["sounds"]))


def tell(tokenizer, scenes, clips, c, count, rows=768):
    return [story.tell(stream.Writer(tokenizer), scenes, clips, np.random.default_rng(i), c, rows) for i in range(count)]


def said(tokenizer, sample):
    """-> [(measure, question, answer)] of all asks."""
    out, ids, branch, answer = [], *(np.asarray(getattr(sample, name)) for name in ("ids", "branch", "answer"))
    for number, measure in enumerate(sample.measures, 1):
        own = branch == number
        out.append((measure, *(tokenizer.decode(ids[own & part].tolist(), skip_special_tokens=False) for part in (~answer, answer))))
    return out


def test_samples_fit_and_every_measure_is_asked(tokenizer, scenes, clips, c):
    samples = tell(tokenizer, scenes, clips, c, 120)
    assert max(len(s.ids) for s in samples) <= 768 and np.mean([len(s.ids) for s in samples]) > 600
    asked = Counter(m for s in samples for m in s.measures)
    assert set(c["tasks"]) | {"words", "sounds", "functions", "again"} <= set(asked)
    assert any(s.audio and s.frames for s in samples) and any(not s.frames for s in samples)
    assert any(u < stream.FOR_EVER for s in samples for u in s.until)


def test_answers_are_about_the_newest_frame(tokenizer, scenes, clips, c):
    """What a list names is there in the frame that was told last before the ask, whatever came before."""
    c = c | dict(function_share=0.0, omit=0.0, tasks=dict(objects=1), again_share=0.0)
    checked = 0
    for sample in tell(tokenizer, scenes, None, c, 20):
        ids, branch = np.asarray(sample.ids), np.asarray(sample.branch)
        for number, (measure, _, answer) in enumerate(said(tokenizer, sample), 1):
            before = int(((ids == stream.BOI) & (branch == 0))[:np.flatnonzero(branch == number)[0]].sum())
            if before and answer != f"{language.CANNOT_SEE}<turn|>":
                shown = sample.frames[before - 1].frame
                assert answer == (language.DARK if scenes.is_dark(shown) else language.listing(scenes.things(shown))) + "<turn|>"
                checked += 1
    assert checked > 100


def test_what_was_heard_is_what_the_stream_still_holds(tokenizer, scenes, clips, c):
    c = c | dict(function_share=0.0, again_share=0.0, tasks=dict(heard=1), sound_share=1.0, blind_share=1.0, budget=c["budget"] | dict(sounds=1))
    asked = [row for s in tell(tokenizer, scenes, clips, c, 30) for row in said(tokenizer, s) if row[0] in ("heard", "words", "sounds")]
    heard = None
    for measure, _, answer in asked:
        if measure != "heard":
            heard = answer.removesuffix("<turn|>")
        elif "you said" in answer and heard and not heard.startswith("("):
            assert heard in answer
    assert sum(m == "heard" for m, *_ in asked) > 50


def test_same_seed_same_stream(tokenizer, scenes, clips, c):
    assert [s.ids for s in tell(tokenizer, scenes, clips, c, 10)] == [s.ids for s in tell(tokenizer, scenes, clips, c, 10)]


def test_sparse_streams_take_soft_tokens_of_earlier_frames(tokenizer, scenes, c):
    cache = np.random.default_rng(0).normal(size=(len(scenes), 1, 1)).astype(np.float16) * np.ones((1, 24, 8), np.float16)
    cache[1::2, 3:] = cache[::2, 3:]                                               # of every second frame only three tokens are new
    told = [t for i in range(20) for t in story.tell(stream.Writer(tokenizer), scenes, None, np.random.default_rng(i), c | dict(sparse_share=1.0), 768, cache).frames]
    old = [t for t in told if (t.source != t.frame).any()]
    assert old and all((t.source // FRAMES == t.frame // FRAMES).all() and t.before >= 0 for t in old)


def test_one_pass_tells_which_greedy_answers_are_right(tokenizer, scenes, clips, config, c):
    torch.manual_seed(0)
    nano = train_decoder.Nano(config, tokenizer.get_vocab_size()).eval()
    cache = np.random.default_rng(0).normal(size=(len(scenes), 24, config["vision"]["width"])).astype(np.float16)
    writer = stream.Writer(tokenizer)
    writer.frame(0, 3)
    start = stream.collate([writer.sample])
    def greedy(steps=6):
        ids = torch.from_numpy(start["ids"])
        question = torch.tensor([writer.encode(" 00:04 is it there?<turn|>\n<|turn>model\n")])
        ids, out = torch.cat([ids, question], 1), []
        for _ in range(steps):
            t = ids.shape[1]
            hidden = nano(ids, torch.arange(t)[None], torch.ones(t, t, dtype=torch.bool).tril()[None], torch.from_numpy(cache[0].astype(np.float32)))
            out.append(int(nano.language.logits(hidden[:, -1]).argmax()))
            ids = torch.cat([ids, torch.tensor([[out[-1]]])], 1)
        return out
    with torch.no_grad():
        best = greedy()
    for answer, expected in ((best, True), (best[:-1] + [best[-1] + 1 if best[-1] + 1 < tokenizer.get_vocab_size() else 0], False)):
        writer.begin()
        writer.frame(0, 3)
        writer.ask([("is it there?", "")], 4, "presence")
        sample = writer.sample
        end = len(sample.ids) - len(writer.encode("<turn|>"))
        for name, value in (("ids", None), ("answer", True), ("branch", 1), ("until", stream.FOR_EVER)):
            setattr(sample, name, getattr(sample, name)[:end] + (list(answer) if value is None else [value] * len(answer)))
        sample.positions = sample.positions[:end] + list(range(sample.positions[end - 1] + 1, sample.positions[end - 1] + 1 + len(answer)))
        assert answers.right(nano, [sample], cache, None, len(sample.ids)) == [("presence", expected)]


def test_somebody_elses_instruction_changes_no_answer(tokenizer, scenes, clips, c):
    """It stands in the system turn, or before the questions; what is asked and answered is as ever."""
    c = c | dict(function_share=0.0, omit=0.0, tasks=dict(objects=1), again_share=0.0, system_share=1.0, told_share=1.0)
    systems, told = set(), set()
    for sample in tell(tokenizer, scenes, None, c, 10):
        text = tokenizer.decode(sample.ids, skip_special_tokens=False).split("<turn|>")[0]
        assert language.SYSTEM not in text
        systems.add(text)
        for measure, question, answer in said(tokenizer, sample):
            assert "\n" in question
            told.add(question.split("\n")[0])
            assert measure and answer
    assert len(systems) > 5 and len(told) > 5
