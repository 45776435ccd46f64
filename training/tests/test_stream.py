"""Sequences are exactly what the daemon feeds."""
import numpy as np

from training import language, stream


def pieces(tokenizer, string):
    return tokenizer.encode(string, add_special_tokens=False).ids


def test_stream_format(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.note("(camera off)", 0)
    writer.frame(0, 64.9)
    writer.audio(7, 3, 8)
    writer.frame(1, 3599)
    writer.ask([("what is on the desk?", "a mug."), ("is there a mug?", "yes.")])
    frame = [stream.BOI] + [stream.VIDEO] * 24 + [stream.EOI]
    expected = (pieces(tokenizer, f"<bos><|turn>system\n{language.SYSTEM}<turn|>\n<|turn>user\n") + pieces(tokenizer, "00:00 (camera off)")
                + pieces(tokenizer, " 01:04 ") + frame
                + [stream.BOA] + [stream.AUDIO] * 5 + [stream.EOA] + pieces(tokenizer, " 59:59 ") + frame
                + pieces(tokenizer, "what is on the desk?<turn|>\n<|turn>model\n") + pieces(tokenizer, "a mug.<turn|>")
                + pieces(tokenizer, "\n<|turn>user\nis there a mug?<turn|>\n<|turn>model\n") + pieces(tokenizer, "yes.<turn|>"))
    assert writer.sample.ids == expected
    assert writer.sample.positions == list(range(len(expected)))


def test_branches_see_the_stream_before_them_and_themselves_only(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.gap(1000)
    writer.frame(0, 0)
    length, position = len(writer), writer.position
    writer.ask([("is there a mug?", "no.")])
    writer.ask([("is there a mug?", "no.")])
    asked = len(writer)
    writer.frame(1, 2)                                                             # the stream goes on after the asks
    s = writer.sample
    allowed = stream.collate([s])["allowed"][0]
    own = np.asarray(s.branch)
    second = np.flatnonzero(own == 2)[0]
    assert s.positions[second] == s.positions[length] == s.positions[asked] == position
    assert s.positions[length - 1] - s.positions[0] == length - 1 + 1000
    assert allowed[second, :length].all() and not allowed[second, length:second].any() and allowed[second, second] and not allowed[second, second + 1:].any()
    assert allowed[asked, :length].all() and not allowed[asked, length:asked].any()


def test_samples_fit_and_their_labels_are_answers(tokenizer, scenes, clips, config):
    c, rng, writer = config["decoder_training"], np.random.default_rng(3), stream.Writer(tokenizer)
    samples = [stream.sample(writer, scenes, clips, rng, c) for _ in range(150)]
    batch = stream.collate(samples)
    assert batch["ids"].shape[1] <= c["rows"]
    said = {text for i in range(150) for text in tokenizer.decode(batch["labels"][i][batch["labels"][i] >= 0].tolist(), skip_special_tokens=False).split("<turn|>")}
    assert {"yes.", "no.", "", "(knock)", "what is on the desk", "is there a red mug", stream.CANNOT_SEE, language.NOTHING} <= said
    assert any(s.audio and s.frames for s in samples) and any(not s.frames for s in samples)


def test_same_seed_same_stream(tokenizer, scenes, clips, config):
    one, two = ([stream.sample(stream.Writer(tokenizer), scenes, clips, np.random.default_rng([1, i]), config["decoder_training"]).ids for i in range(20)] for _ in range(2))
    assert one == two


def test_sparse_streams_keep_what_did_not_move(tokenizer, scenes, config):
    known = stream.Sparse(0, np.ones((24, 8), np.float16), 0.1)
    picture = np.ones((24, 8), np.float16)
    picture[5] = 1.05
    assert known.update(1, picture).tolist() == [] and not known.source.any()
    picture[5] = 1.2                                                               # measured from what was told, not from the frame before
    assert known.update(2, picture).tolist() == [5] and known.update(3, picture).tolist() == [] and known.source[5] == 2
    cache = np.random.default_rng(0).normal(size=(len(scenes), 1, 1)).astype(np.float16) * np.ones((1, 24, 8), np.float16)
    cache[1::2, 3:] = cache[::2, 3:]                                               # of every second frame only three tokens are new
    for delta in (False, True):
        c = config["decoder_training"] | dict(sparse_share=1.0, frame_share=[0, 0, 0, 0, 0, 1.0], delta_frames=delta)
        samples = [stream.sample(stream.Writer(tokenizer), scenes, None, np.random.default_rng(i), c, cache) for i in range(30)]
        told = [t for s in samples for t in s.frames]
        assert {len(t.cells) for t in told} == ({3, 24} if delta else {24})
        old = [t for t in told if (t.source != t.frame).any()]
        assert not old if delta else old and all((t.source // 4 == t.frame // 4).all() and t.after for t in old)
        for s in samples:
            assert s.ids.count(stream.VIDEO) == sum(len(t.cells) for t in s.frames)
            soft, sounds = stream.media([s], cache, None)
            assert sounds is None and (0 if soft is None else len(soft)) == s.ids.count(stream.VIDEO)
