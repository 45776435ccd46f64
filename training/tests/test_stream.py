"""Sequences are exactly what the daemon feeds."""
import numpy as np

from training import language, stream


def pieces(tokenizer, string):
    return tokenizer.encode(string, add_special_tokens=False).ids


PREFIX = f"<bos><|turn>system\n{language.SYSTEM}<turn|>\n<|turn>user\n"


def test_stream_format(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.note("(camera off)", 0)
    writer.frame(0, 64.9)
    writer.audio(7, 0, 3, 70)
    writer.frame(1, 3599)
    writer.audio(7, 3, 8, 70)                                                      # the rest of the sound has no stamp
    writer.ask([("what is on the desk?", "a mug."), ("is there a mug?", "yes.")], 3601)
    frame = [stream.BOI] + [stream.VIDEO] * 24 + [stream.EOI]
    expected = (pieces(tokenizer, PREFIX) + pieces(tokenizer, "00:00 (camera off)") + pieces(tokenizer, " 01:04 ") + frame
                + pieces(tokenizer, " 01:10 ") + [stream.BOA] + [stream.AUDIO] * 3 + [stream.EOA] + pieces(tokenizer, " 59:59 ") + frame
                + [stream.BOA] + [stream.AUDIO] * 5 + [stream.EOA]
                + pieces(tokenizer, " 00:01 what is on the desk?<turn|>\n<|turn>model\n") + pieces(tokenizer, "a mug.<turn|>")
                + pieces(tokenizer, "\n<|turn>user\n 00:01 is there a mug?<turn|>\n<|turn>model\n") + pieces(tokenizer, "yes.<turn|>"))
    assert writer.sample.ids == expected
    assert writer.sample.positions == list(range(len(expected)))


def test_a_call_ends_in_the_response_that_follows_it(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.begin(declarations="<|tool>declaration:ring{}<tool|>")
    start = len(writer)
    writer.ask([("ring!", "<|tool_call>call:ring{}<tool_call|>"), ("<|tool_response>response:ring{}<tool_response|>", "done.")], 5)
    assert writer.sample.ids[start:] == (pieces(tokenizer, "00:05 ring!<turn|>\n<|turn>model\n") + pieces(tokenizer, "<|tool_call>call:ring{}<tool_call|>")
                                         + pieces(tokenizer, "<|tool_response>response:ring{}<tool_response|>") + pieces(tokenizer, "done.<turn|>"))
    labels = stream.collate([writer.sample])["labels"][0]
    assert tokenizer.decode(labels[labels >= 0].tolist(), skip_special_tokens=False) == "<|tool_call>call:ring{}<tool_call|><|tool_response>done.<turn|>"


def test_branches_see_the_stream_before_them_and_themselves_only(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.gap(1000)
    writer.frame(0, 0)
    length, position = len(writer), writer.position
    writer.ask([("is there a mug?", "no.")], 1)
    writer.ask([("is there a mug?", "no.")], 1)
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


def test_what_is_over_budget_is_not_seen_any_more_and_goes_as_a_whole(tokenizer):
    writer = stream.Writer(tokenizer)
    prefix = len(writer)
    writer.begin(stream.Budget(rows=1000, video=1000, audio=45, text=100, frames=2, sounds=9))
    first = writer.frame(0, 0)
    sound = writer.audio(0, 0, 10, 1)
    second = writer.frame(1, 2)                                                    # falls into the sound
    writer.audio(0, 10, 20, 1)
    assert all(writer.holds(p) for p in (first, sound, second)) and len(sound.spans) == 2
    seen = len(writer)
    writer.frame(2, 3)
    assert not writer.holds(first) and writer.holds(second)                        # two frames at most
    later = len(writer)
    writer.audio(1, 0, 12, 4)
    assert not writer.holds(sound)                                                 # 45 rows of sound at most: both parts go
    writer.ask([("is there a mug?", "no.")], 5)
    allowed = stream.collate([writer.sample])["allowed"][0]
    assert allowed[seen, prefix:first.spans[0][1]].all() and not allowed[later, prefix:first.spans[0][1]].any()
    assert not any(allowed[-1, a:b].any() for a, b in sound.spans) and allowed[-1, slice(*second.spans[0])].all() and allowed[-1, :prefix].all()


def test_the_newest_frame_and_the_newest_sound_stay_whatever_the_budget(tokenizer):
    writer = stream.Writer(tokenizer)
    writer.begin(stream.Budget(rows=1, video=1, audio=1, text=1, frames=1, sounds=1))
    for number in range(3):
        frame, sound = writer.frame(number, number), writer.audio(number, 0, 5, number)
    assert [p for p in writer.pieces] == [frame, sound]


def test_sparse_keeps_what_did_not_move():
    known = stream.Sparse(0, np.ones((24, 8), np.float16), 0.1)
    picture = np.ones((24, 8), np.float16)
    picture[5] = 1.05
    assert known.update(1, picture).tolist() == [] and not known.source.any()
    picture[5] = 1.2                                                               # measured from what was told, not from the frame before
    assert known.update(2, picture).tolist() == [5] and known.update(3, picture).tolist() == [] and known.source[5] == 2
