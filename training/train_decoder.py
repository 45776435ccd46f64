"""Stage 3: trains the decoder and both embedders on cached soft tokens of frames and sounds."""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from . import answers, data, decoder, features, loop, parallel, start, stream
from .clips import Clips


class Nano(torch.nn.Module):
    """Embedder projections + decoder: what this stage trains."""

    def __init__(self, config, vocabulary):
        super().__init__()
        self.language = decoder.Decoder(config["decoder"], vocabulary)
        self.seeing = decoder.linear(config["vision"]["width"], config["decoder"]["width"])
        self.hearing = decoder.linear(config["audio"]["output"], config["decoder"]["width"])

    def forward(self, ids, positions, allowed, soft, sounds=None, language=None):
        """ids [B, T] with placeholders; soft [rows, width] and sounds [rows, width] of RMS 1, in order of their rows;
        `language`: the compiled twin of self.language. -> hidden states [B, T, width]."""
        video, audio = ids == stream.VIDEO, ids == stream.AUDIO
        safe = ids.masked_fill(video | audio, stream.PAD)
        x = self.language.embed(safe)
        if soft is not None and len(soft):
            x = x.masked_scatter(video[..., None], self.seeing(soft).to(x.dtype))
        if sounds is not None and len(sounds):
            x = x.masked_scatter(audio[..., None], self.hearing(sounds).to(x.dtype))
        return (self.language if language is None else language)(x, safe, positions, allowed)


def loss_of(nano, batch, soft, sounds, forward):
    hidden = nano(batch["ids"], batch["positions"], batch["allowed"], soft, sounds, forward)
    rows = batch["labels"] >= 0
    return F.cross_entropy(nano.language.logits(hidden[rows]), batch["labels"][rows])


def _train(rank, world, work, config, cache, scenes, clips, held_out, name):
    parallel.join(rank, world)
    t, where = config[f"{name}_training"], parallel.device()
    tokenizer = Tokenizer.from_file(str(Path(work) / "tokenizer.json"))
    torch.manual_seed(config["seed"] + 2)
    nano = Nano(config, tokenizer.get_vocab_size()).to(where)
    writer, fast = stream.Writer(tokenizer), torch.compile(nano.language)

    def draw(rng, progress):
        c = t if progress >= t["omit_from"] else t | dict(omit=0.0)
        samples = [stream.sample(writer, scenes, clips, rng, c, cache) for _ in range(t["batch"] // world)]
        batch = {k: torch.from_numpy(v).to(where) for k, v in stream.collate(samples, t["rows"]).items()}
        media = [None if m is None else torch.from_numpy(m).to(where) for m in stream.media(samples, cache, clips)]
        with torch.autocast(where.type, dtype=torch.bfloat16):
            noisy = [None if m is None else m + t["feature_noise"] * torch.randn_like(m) for m in media]
            return loss_of(nano, batch, *noisy, fast), len(samples), {}

    stage = loop.Stage(name, work, t, dict(nano=nano), [config["seed"], 43, sum(name.encode())], "streams", rank, world)
    loop.train(stage, draw, lambda: (answers.evaluate(nano, writer, *held_out, t["evaluate_scenes"]), []), lambda: start.load(config.get("start"), "decoder", nano))


def load(work, config, stage):
    """The trained module of a stage, for evaluation and export."""
    tokenizer = Tokenizer.from_file(str(Path(work) / "tokenizer.json"))
    nano = Nano(config, tokenizer.get_vocab_size())
    nano.load_state_dict(torch.load(Path(work) / f"{stage}.pt", map_location="cpu", weights_only=True)["nano"])
    return nano.eval(), tokenizer


def run(work, config, workers, stage="decoder"):
    """`stage` names the section of the configuration and the checkpoint."""
    if parallel.finished(Path(work) / f"{stage}.pt"):
        return
    torch.set_num_threads(1 if parallel.device().type == "cpu" else torch.get_num_threads())      # before the fork
    scenes, validation = data.training(work), data.validation(work)
    cache = np.load(Path(work) / features.CACHE)
    clips = {split: Clips(p) if (p := Path(work) / f"clips-{split}.npz").exists() else None for split in ("train", "validation")}
    held_out = (validation, features.encode_all(features.load_tower(work, config), validation), clips["validation"])
    parallel.launch(_train, workers, (work, config, cache, scenes, clips["train"], held_out, stage), f"{stage} training")
