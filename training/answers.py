"""How good the decoder's answers are while it trains: on streams of the validation set, the share of asks whose greedy answer is the right one, word by word.

One pass tells: when every token of the right answer is the likeliest after those before it, greedy decoding says just that.
"""
import numpy as np
import torch

from . import drill, story, stream

SHORT, LONG = 384, 1664


@torch.no_grad()
def right(nano, samples, cache, clips, length):
    """-> [(measure, whether its answer was right)] of all asks of the samples."""
    where = next(nano.parameters()).device
    batch = {k: torch.from_numpy(v).to(where) for k, v in stream.collate(samples, length).items()}
    soft, sounds = (None if m is None else torch.from_numpy(m).to(where) for m in stream.media(samples, cache, clips))
    with torch.autocast(where.type, dtype=torch.bfloat16):
        hidden = nano(batch["ids"], batch["positions"], batch["allowed"], soft, sounds)
    asked = batch["labels"] >= 0
    row, _ = asked.nonzero(as_tuple=True)
    branch, hit = batch["branch"][asked], nano.language.logits(hidden[asked]).argmax(-1) == batch["labels"][asked]
    out = []
    for i, sample in enumerate(samples):
        for number, measure in enumerate(sample.measures, 1):
            out.append((measure, bool(hit[(row == i) & (branch == number)].all())))
    return out


def evaluate(nano, writer, scenes, cache, clips, c, count):
    """`count` short streams and a tenth as many long ones, always the same -> {figure: value}: of the measures of short streams, and of `now` (objects, presence, colour,
    count, place) and `change` in long ones, and of calls of functions whose words training never sees."""
    figures, c = {}, c | dict(sparse_share=0.0, function_share=0.0, omit=0.0, system_share=0.0, told_share=0.0, drill_share=0.0)
    for rows, streams, batch in ((SHORT, count, 10), (LONG, max(4, count // 10), 2)):
        found = {}
        for first in range(0, streams, batch):
            samples = [story.tell(writer, scenes, clips, np.random.default_rng([7, rows, i]), c, rows) for i in range(first, first + batch)]
            for measure, hit in right(nano, samples, cache, clips, rows):
                found.setdefault(measure, []).append(hit)
        if rows == LONG:
            now = [h for m in ("objects", "presence", "colour", "count", "spatial") for h in found.get(m, [])]
            found = {"long.now": now} | {f"long.{m}": found.get(m, [0]) for m in ("objects", "change", "watch", "words")}
        figures |= {m: float(np.mean(h)) for m, h in sorted(found.items()) if h}
    found = {}
    for first in range(0, count, 10):
        samples = [drill.tell(writer, np.random.default_rng([7, 0, i]), c, SHORT, held=True) for i in range(first, min(first + 10, count))]
        for measure, hit in right(nano, samples, cache, clips, SHORT):
            found.setdefault(f"drill.{measure}", []).append(hit)
    return figures | {m: float(np.mean(h)) for m, h in sorted(found.items())}
