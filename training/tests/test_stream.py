"""Sequences are exactly what the daemon feeds."""
import numpy as np

from training import stream, text


def pieces(tokenizer, string):
    return tokenizer.encode(string, add_special_tokens=False).ids


def test_stream_format(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.begin()
    writer.frame(0, 64.9)
    writer.audio(5)
    writer.frame(1, 3599)
    writer.ask(1, [("what is on the desk?", "a mug."), ("is there a mug?", "yes.")])
    frame = [stream.BOI] + [stream.VIDEO] * 24 + [stream.EOI]
    expected = (pieces(tokenizer, f"<bos><|turn>system\n{text.SYSTEM}<turn|>\n<|turn>user\n") + pieces(tokenizer, "01:04 ") + frame
                + [stream.BOA] + [stream.AUDIO] * 5 + [stream.EOA] + pieces(tokenizer, " 59:59 ") + frame
                + pieces(tokenizer, "what is on the desk?<turn|>\n<|turn>model\n") + pieces(tokenizer, "a mug.<turn|>")
                + pieces(tokenizer, "\n<|turn>user\nis there a mug?<turn|>\n<|turn>model\n") + pieces(tokenizer, "yes.<turn|>"))
    assert writer.sample.ids == expected
    assert writer.sample.positions == list(range(len(expected)))


def test_branches_see_the_stream_and_themselves_only(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.begin()
    writer.gap(1000)
    writer.frame(0, 0)
    length, position = len(writer.sample.ids), writer.position
    for branch in (1, 2):
        writer.ask(branch, [("is there a mug?", "no.")])
    s = writer.sample
    batch = stream.collate([s])
    own = np.asarray(s.branch)
    first = np.flatnonzero(own == 2)[0]
    assert s.positions[first] == s.positions[length] == position                  # both asks start where the stream ends
    assert s.positions[length - 1] - s.positions[0] == length - 1 + 1000
    row = batch["allowed"][0, first]
    assert row[:length].all() and not row[length:first].any() and row[first] and not row[first + 1:].any()


def test_labels_are_the_answers(tokenizer, kinds):
    rng = np.random.default_rng(3)
    present = rng.random((40, len(kinds))) < 0.2
    c = dict(frame_share=[0.25] * 4, audio_share=0.9, audio_tokens=[4, 32], audio_long=[32, 80], audio_long_share=0.2, gap_share=0.5, gap=60000, late_gap_share=0.5, late_gap=3000, asks=6, rows=256, again_share=0.5)
    writer = stream.Writer(tokenizer)
    samples = [stream.sample(writer, present, kinds, rng, c) for _ in range(200)]
    batch = stream.collate(samples)
    answers = {"yes.", "no.", text.NOTHING} | {text.listing(set(np.flatnonzero(p)), kinds) for p in present}
    assert batch["ids"].shape[1] <= 256
    for i, s in enumerate(samples):
        said = tokenizer.decode(batch["labels"][i][batch["labels"][i] >= 0].tolist(), skip_special_tokens=False).split("<turn|>")
        assert said[-1] == "" and len(said) >= 2 and set(said[:-1]) <= answers
        assert text.listing(set(np.flatnonzero(present[s.frames[-1]])), kinds) == said[0]    # the answer is about the last frame
