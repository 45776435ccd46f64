"""Stage 3: trains the decoder and both embedders on cached soft tokens of frames and sounds."""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from . import answers, data, decoder, features, grow, loop, parallel, relations, start, story, stream, vision
from .clips import Clips
from .world import COLOURS


class Nano(torch.nn.Module):
    """Embedder projections + decoder: what this stage trains."""

    def __init__(self, config, vocabulary):
        super().__init__()
        self.language = decoder.Decoder(config["decoder"], vocabulary)
        self.seeing = decoder.linear(config["vision"]["width"], config["decoder"]["width"])
        self.hearing = decoder.linear(config["audio"]["output"], config["decoder"]["width"])

    def forward(self, ids, positions, allowed, soft, sounds=None, language=None, tapped=False):
        """ids [B, T] with placeholders; soft [rows, width] and sounds [rows, width] of RMS 1, in order of their rows;
        `language`: the compiled twin of self.language. -> hidden states [B, T, width]; `tapped`: as Decoder.forward has it."""
        video, audio = ids == stream.VIDEO, ids == stream.AUDIO
        safe = ids.masked_fill(video | audio, stream.PAD)
        x = self.language.embed(safe)
        if soft is not None and len(soft):
            x = x.masked_scatter(video[..., None], self.seeing(soft).to(x.dtype))
        if sounds is not None and len(sounds):
            x = x.masked_scatter(audio[..., None], self.hearing(sounds).to(x.dtype))
        return (self.language if language is None else language)(x, safe, positions, allowed, tapped)


def losses(nano, head, batch, soft, sounds, labels, forward):
    """-> the loss of the answers, and that of the relations (0 without frames)."""
    hidden, middle = nano(batch["ids"], batch["positions"], batch["allowed"], soft, sounds, forward, tapped=True)
    rows = batch["labels"] >= 0
    answered = F.cross_entropy(nano.language.logits(hidden[rows]), batch["labels"][rows]) if rows.any() else hidden.sum() * 0.0      # a stream may have had no room to be asked
    return answered, head.loss(vision.rms(middle[batch["ids"] == stream.VIDEO]), labels) if labels else middle.sum() * 0.0


def begin(config, tokenizer, nano):
    """Starts from the exported model of --start, if there is one; from one of fewer layers through `grow`."""
    directory = config.get("start")
    if not directory:
        return
    old = config["decoder"] | exported(directory)
    if old["layers"] == config["decoder"]["layers"]:
        return start.load(directory, "decoder", nano, tokenizer)
    smaller = Nano(config | dict(decoder=old), tokenizer.get_vocab_size())
    start.load(directory, "decoder", smaller, tokenizer)
    nano.load_state_dict(grow.grown(smaller.state_dict(), old, nano))


def exported(directory):
    """The layers of an exported decoder, as the section [decoder] has them."""
    text = json.loads((Path(directory) / "config.json").read_text())["text_config"]
    return dict(layers=text["num_hidden_layers"], layer_types=text["layer_types"])


def _train(rank, world, work, config, cache, scenes, related, clips, held_out, name):
    parallel.join(rank, world)
    t, where = config[f"{name}_training"], parallel.device()
    tokenizer = Tokenizer.from_file(str(Path(work) / "tokenizer.json"))
    torch.manual_seed(config["seed"] + 2)
    nano = Nano(config, tokenizer.get_vocab_size()).to(where)
    head = relations.Head(config["decoder"]["width"], data.CLASSES, len(COLOURS)).to(where)
    writer, fast = stream.Writer(tokenizer), torch.compile(nano.language, dynamic=False)
    common = dict(budget={k: config["stream"][k] for k in ("rows", "frames", "sounds")} | {k: config["stream"][f"{k}_rows"] for k in ("video", "audio", "text")},
                  delta_frames=config["export"]["delta_frames"])
    lengths = np.random.default_rng([config["seed"], 44])           # the same in every process: their steps must be alike

    def draw(rng, progress):
        c = t | common | dict(omit=t["omit"] if progress >= t["omit_from"] else 0.0)
        rows, batch, _ = t["lengths"][int(lengths.choice(len(t["lengths"]), p=[share for _, _, share in t["lengths"]]))]
        samples = [story.tell(writer, scenes, clips, rng, c, rows, cache) for _ in range(max(1, batch // world))]
        batch = {k: torch.from_numpy(v).to(where) for k, v in stream.collate(samples, rows).items()}
        media = [None if m is None else torch.from_numpy(m).to(where) for m in stream.media(samples, cache, clips)]
        with torch.autocast(where.type, dtype=torch.bfloat16):
            noisy = [None if m is None else m + t["feature_noise"] * torch.randn_like(m) for m in media]
            labels = {k: v.to(where) for k, v in related.of(samples).items()} if media[0] is not None else None
            answered, rest = losses(nano, head, batch, *noisy, labels, fast)
        return answered + t["relation_weight"] * rest, sum(len(s.measures) for s in samples), dict(answers=answered.item(), relations=rest.item())

    stage = loop.Stage(name, work, t, dict(nano=nano, head=head), [config["seed"], 43, sum(name.encode())], "asks", rank, world)
    evaluate = lambda: (answers.evaluate(nano, writer, *held_out, t | common, t["evaluate_streams"]), [])
    loop.train(stage, draw, evaluate, lambda: begin(config, tokenizer, nano))


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
    scenes, validation = data.BothWays(data.training(work)), data.validation(work)
    related = relations.Relations(scenes, data.CLASSES)
    cache = np.load(Path(work) / features.CACHE)
    clips = {split: Clips(p) if (p := Path(work) / f"clips-{split}.npz").exists() else None for split in ("train", "validation")}
    held_out = (validation, features.encode_all(features.load_tower(work, config), validation), clips["validation"])
    parallel.launch(_train, workers, (work, config, cache, scenes, related, clips["train"], held_out, stage), f"{stage} training")
