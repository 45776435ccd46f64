"""Greedy answers of the decoder in training, and how good they are, by measure."""
import numpy as np
import torch

from . import hearing, language, stream
from .data import FRAMES
from .tokenizer import SPECIAL

STOP = {1, SPECIAL.index("<turn|>")}


@torch.no_grad()
def greedy(nano, writer, cases, cache, clips, limit=40, batch=64):
    """cases: [(frames, audio blocks, question)] -> list of answers."""
    out, where = [], next(nano.parameters()).device
    for start in range(0, len(cases), batch):
        samples = []
        for frames, blocks, question in cases[start:start + batch]:
            writer.begin()
            seconds = 3
            for clip, first, end in blocks:
                writer.audio(clip, first, end)
            for frame in frames:
                writer.frame(frame, seconds)
                seconds += 4
            writer._add(writer.encode(question + "<turn|>\n<|turn>model\n"))
            samples.append(writer.sample)
        length = [len(s.ids) for s in samples]
        n, most = len(samples), max(length) + limit
        ids = torch.zeros(n, most, dtype=torch.long)
        for i, s in enumerate(samples):
            ids[i, :length[i]] = torch.tensor(s.ids)
        ids = ids.to(where)
        soft, sounds = (None if m is None else torch.from_numpy(m).to(where) for m in stream.media(samples, cache, clips))
        row, ended = torch.arange(n), torch.zeros(n, dtype=torch.bool)
        end = torch.tensor(length)
        said = [[] for _ in range(n)]
        for _ in range(limit):
            t = int(end.max())
            positions = torch.arange(t, device=where).expand(n, t)
            allowed = torch.ones(t, t, dtype=torch.bool, device=where).tril().expand(n, t, t)
            with torch.autocast(where.type, dtype=torch.bfloat16):
                hidden = nano(ids[:, :t], positions, allowed, soft, sounds)[row, end - 1]
            token = nano.language.logits(hidden).argmax(-1).cpu()
            for i, k in enumerate(token.tolist()):
                if not ended[i]:
                    if k in STOP:
                        ended[i] = True
                    else:
                        said[i].append(k)
                        ids[i, end[i]] = k
                        end[i] += 1
            if ended.all():
                break
        out += [writer.decode(s) for s in said]
    return out


def word_errors(said, words):
    """Edit distance in words."""
    return hearing.edits(said.split(), words.split())


def kinds_in(answer):
    """Kinds that a listing names, however many of them."""
    parts = {p.split(" ", 1)[-1] for p in answer.strip().rstrip(".").replace(" and ", ", ").split(", ")}
    return {i for i, k in enumerate(language.KINDS) if language.bare(i) in parts or k.plural in parts}


def f1(said, truth):
    named = kinds_in(said)
    return 1.0 if not named and not truth and said == language.NOTHING else 2 * len(named & truth) / max(len(named) + len(truth), 1)


def evaluate(nano, writer, scenes, cache, clips, count):
    """-> {measure: figure} on `count` held-out cases of each; absent: kinds named that are not there, a scene."""
    rng = np.random.default_rng(5)
    figures = {}
    ends = [int(i) for i in rng.permutation(np.arange(len(scenes) // FRAMES) * FRAMES + FRAMES - 1)[:count]]
    said = greedy(nano, writer, [([i], [], "what is on the desk?") for i in ends], cache, clips)
    figures["F1"] = float(np.mean([f1(s, {t.kind for t in scenes.things(i)}) for s, i in zip(said, ends)]))
    figures["absent"] = float(np.mean([len(kinds_in(s) - {t.kind for t in scenes.things(i)}) for s, i in zip(said, ends)]))
    for task in ("presence", "colour", "count", "spatial", "change", "watch"):
        cases, right = [], []
        for i in ends:
            frames = list(range(i + 1 - FRAMES, i + 1))
            pair = stream.question(np.random.default_rng([7, i]), {task: 1}, [scenes.things(f) for f in frames], scenes.where(i))
            if pair:
                cases.append((frames if task in ("change", "watch") else [i], [], pair[0]))
                right.append(pair[1])
        said = greedy(nano, writer, cases, cache, clips)
        figures[task] = float(np.mean([s == r for s, r in zip(said, right)])) if cases else float("nan")
    if clips is not None:
        chosen = rng.permutation(len(clips))[:2 * count]
        said = greedy(nano, writer, [([], [(int(c), 0, clips.length(int(c)))], language.TRANSCRIBE) for c in chosen], cache, clips)
        speech = [(s, clips.text(int(c))) for s, c in zip(said, chosen) if not clips.text(int(c)).startswith("(")]
        figures["wer"] = sum(word_errors(s, w) for s, w in speech) / max(sum(len(w.split()) for _, w in speech), 1)
        figures["sounds"] = float(np.mean([(s if s.startswith("(") else "speech") == (t if t.startswith("(") else "speech")
                                           for s, t in ((s, clips.text(int(c))) for s, c in zip(said, chosen))]))
    return figures
