"""The match head: frames, sounds and sentences in one space, by the sigmoid loss of SigLIP (arXiv 2303.15343) on cached soft tokens.

Towers and decoder are frozen; the head reads what they compute anyway:
embedding = unit( output . mean over tokens( gelu( hidden . rms(token) + bias ) ) ), one hidden and output matrix a modality.
"""
import json
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm

from . import data, features, language, parallel, train_decoder, vision
from .clips import Clips
from .tokenizer import SPECIAL


class Side(nn.Module):
    """tokens [B, N, width] and mask [B, N] -> unit vectors [B, dimensions]."""

    def __init__(self, width, hidden, dimensions):
        super().__init__()
        self.hidden, self.output = nn.Linear(width, hidden), nn.Linear(hidden, dimensions, bias=False)

    def forward(self, tokens, mask=None):
        x = F.gelu(self.hidden(vision.rms(tokens)), approximate="tanh")
        mean = x.mean(1) if mask is None else (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return F.normalize(self.output(mean), dim=-1)


class Match(nn.Module):
    def __init__(self, config):
        super().__init__()
        m = config["match"]
        sides = dict(frame=config["vision"]["width"], sound=config["audio"]["output"], text=config["decoder"]["width"])
        for name, width in sides.items():
            setattr(self, name, Side(width, m["hidden"], m["dimensions"]))
        self.logit_scale, self.logit_bias = nn.Parameter(torch.tensor(np.log(m["temperature"]))), nn.Parameter(torch.tensor(-5.0))

    def loss(self, items, texts, same):
        """Sigmoid loss of every pair; same [B, B]: 1 where item and text belong together."""
        logits = self.logit_scale.exp() * items @ texts.T + self.logit_bias
        return -F.logsigmoid(logits * (2 * same - 1)).sum(1).mean()


@torch.no_grad()
def read(nano, tokenizer, texts, batch=256):
    """Final hidden states of the decoder over <bos> + text -> tokens [N, T, width] float16, mask [N, T]."""
    ids = [[SPECIAL.index("<bos>")] + tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    most = max(len(i) for i in ids)
    out, mask = torch.zeros(len(ids), most, nano.language.c["width"], dtype=torch.half), torch.zeros(len(ids), most)
    for start in range(0, len(ids), batch):
        part = ids[start:start + batch]
        t = max(len(i) for i in part)
        tokens = torch.tensor([i + [0] * (t - len(i)) for i in part])
        allowed = torch.ones(t, t, dtype=torch.bool).tril().expand(len(part), t, t)
        hidden = nano(tokens, torch.arange(t).expand(len(part), t), allowed, None)
        out[start:start + len(part), :t] = hidden.half()
        for i, row in enumerate(part):
            mask[start + i, :len(row)] = 1
    return out, mask


def retrieval(items, texts, names, group=100):
    """R@1 of finding an item by its text among `group`; items of the same name are equally right."""
    hits = []
    for s in range(0, len(items) - group + 1, group):
        first = (items[s:s + group] @ texts[s:s + group].T).argmax(0).numpy()
        hits.append(np.mean(names[s:s + group][first] == names[s:s + group]))
    return float(np.mean(hits)) if hits else float("nan")


def equal(names):
    """[B] -> [B, B]: 1 where two names are the same."""
    return torch.from_numpy(names[:, None] == names).float()


def _captions(scenes, seed, count):
    rng = np.random.default_rng([seed, 83])
    frames = rng.integers(0, len(scenes), count)
    return frames, np.array([language.caption(scenes.things(int(i)), scenes.where(int(i)), rng) for i in frames])


def _heard(clips, rng, count):
    """-> (clips, their sentences, what makes two of them the same)."""
    chosen = rng.permutation(len(clips))[:count]
    names = np.array([clips.text(int(c)) for c in chosen])
    return chosen, [language.sound_caption(str(name), rng) for name in names], names


def _pad(clips, chosen):
    length = [clips.length(int(c)) for c in chosen]
    out, mask = torch.zeros(len(chosen), max(length), clips.soft.shape[1]), torch.zeros(len(chosen), max(length))
    for i, c in enumerate(chosen):
        out[i, :length[i]] = torch.from_numpy(clips.tokens(int(c), 0, length[i])).float()
        mask[i, :length[i]] = 1
    return out, mask


def run(work, config, workers, stage):
    """Trains and writes match.safetensors and match.json into the work folder."""
    work, m = Path(work), config["match"]
    if (work / "match.safetensors").exists():
        return
    torch.set_num_threads(workers)
    torch.manual_seed(config["seed"] + 5)
    scenes, held_out = data.BothWays(data.training(work)), data.validation(work)
    cache = np.load(work / features.CACHE)
    nano, tokenizer = train_decoder.load(work, config, stage)
    clips, heard = (Clips(work / f"clips-{s}.npz") for s in ("train", "validation"))
    frames, captions = _captions(scenes, config["seed"], m["captions"])
    texts, mask = read(nano, tokenizer, captions)
    rng = np.random.default_rng([config["seed"], 89])
    chosen, said, names = _heard(clips, rng, len(clips))
    said_texts, said_mask = read(nano, tokenizer, said)
    check_frames, check_captions = _captions(held_out, 3, 500)
    check = features.encode_all(features.load_tower(work, config), held_out)[check_frames]
    check_texts, check_mask = read(nano, tokenizer, check_captions)
    check_clips, check_said, check_names = _heard(heard, rng, len(heard))
    check_said_texts, check_said_mask = read(nano, tokenizer, check_said)
    head = Match(config)
    optimizer = torch.optim.AdamW(head.parameters(), lr=m["learning_rate"], weight_decay=m["weight_decay"])
    bar = tqdm(range(m["steps"]), desc="match", unit="step", mininterval=10)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = m["learning_rate"] * min(1.0, (step + 1) / 50) * (1 - step / m["steps"])
        pick = rng.integers(0, len(frames), m["batch"])
        loss = head.loss(head.frame(torch.from_numpy(cache[frames[pick]]).float()), head.text(texts[pick].float(), mask[pick]), equal(captions[pick]))
        if step % m["sound_every"] == 0:
            own = rng.integers(0, len(chosen), m["batch"])
            tokens, valid = _pad(clips, chosen[own])
            loss = loss + head.loss(head.sound(tokens, valid), head.text(said_texts[own].float(), said_mask[own]), equal(names[own]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 500 == 499 or step == m["steps"] - 1:
            with torch.no_grad():
                seen = retrieval(head.frame(torch.from_numpy(check).float()), head.text(check_texts.float(), check_mask), check_captions)
                sounds = retrieval(head.sound(*_pad(heard, check_clips)), head.text(check_said_texts.float(), check_said_mask), check_names)
            line = f"step {step + 1} loss {loss.item():.3f} frame R@1 {seen:.3f} sound R@1 {sounds:.3f}"
            with (work / "match.log").open("a") as log:
                print(line, file=log)
            tqdm.write(line)
    weights = {k: v.detach().contiguous() for k, v in head.state_dict().items() if "logit" not in k}
    (work / "match.json").write_text(json.dumps(dict(logit_scale=head.logit_scale.exp().item(), logit_bias=head.logit_bias.item(), frame_weight=1.0, sound_weight=1.0)))
    save_file(weights, work / "match.part")
    os.replace(work / "match.part", work / "match.safetensors")
