"""The decoder and the vision embedder on cached soft tokens (stages "decoder" and "long"), and the joint polish
with the tower (stage "joint"). Each stage starts from the one before it."""
import os
import shutil
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from tqdm import tqdm

from . import data, decoder, features, model, parallel, stream, text, vision
from .train_vision import optimizers, schedule

STARTS_FROM = {"decoder": None, "long": "decoder.pt", "joint": "long.pt"}
SPOKEN = ["Good morning, how are you today?", "I will be back in a few minutes.", "Can you hear me now?", "The meeting starts at half past nine, please be on time.",
          "Where did I leave my things?", "It is raining again outside.", "Thank you very much, that is all.", "One, two, three, four, five, six, seven, eight, nine, ten."]
AUDIO_TOKENS = 300                                  # of every clip in the bank: 12 s


def _spoken(rng):
    """12 s of eSpeak NG saying sentences in a random voice -> samples at 16 kHz."""
    if not shutil.which("espeak-ng"):
        raise SystemExit("espeak-ng is not installed: the decoder learns to ignore speech from its voices (Debian package espeak-ng)")
    words = " ".join(rng.permutation(SPOKEN))
    voice = str(rng.choice(["en", "en-us", "en+f2", "en+m3", "en+f4", "en-gb+m7"]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(rng.integers(120, 190)), "-p", str(rng.integers(20, 80)), "-w", str(path), words], check=True)
        with wave.open(str(path)) as file:
            rate, sound = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    return np.interp(np.arange(12 * 16000) * rate / 16000, np.arange(len(sound)), sound)


def audio_bank(work, config, vocabulary, count=48):
    """Soft tokens of speech, noise and hum through nano's own (random, frozen) audio tower: [count, AUDIO_TOKENS, width]."""
    path = Path(work) / f"audio-{config['decoder']['width']}.npy"
    if not path.exists():
        from transformers import Gemma4AudioFeatureExtractor
        rng = np.random.default_rng(config["seed"])
        nano, extractor = model.skeleton(config, vocabulary).model, Gemma4AudioFeatureExtractor()
        out = []
        for i in range(count):
            t = np.arange(16000 * 12) / 16000
            sound = 10 ** rng.uniform(-4, -1.5) * rng.normal(0, 1, len(t))
            if i % 3:
                sound = sound + rng.uniform(0.05, 0.9) * _spoken(rng)
            elif i % 2:
                sound = sound + 0.1 * np.sin(2 * np.pi * rng.uniform(50, 900) * t)
            mel = extractor([sound.astype(np.float32)], return_tensors="pt")
            with torch.no_grad():
                soft = nano.get_audio_features(mel["input_features"].float(), mel["input_features_mask"]).pooler_output[0]
            out.append(np.pad(soft.numpy(), ((0, max(0, AUDIO_TOKENS - len(soft))), (0, 0)), mode="edge")[:AUDIO_TOKENS])
        np.save(path, np.stack(out))
    return np.load(path)


class Nano(torch.nn.Module):
    """Embedder projection + decoder: what stage 3 trains."""

    def __init__(self, config, vocabulary):
        super().__init__()
        self.language = decoder.Decoder(config["decoder"], vocabulary)
        self.projection = decoder.linear(config["vision"]["width"], config["decoder"]["width"])

    def forward(self, ids, positions, allowed, soft, sounds=None, language=None):
        """ids [B, T] with placeholders; soft [frames, cells, width] normalised, in order of their rows; sounds [rows, width];
        `language`: the compiled twin of self.language."""
        video, audio = ids == stream.VIDEO, ids == stream.AUDIO
        safe = ids.masked_fill(video | audio, stream.PAD)
        x = self.language.embed(safe)
        x = x.masked_scatter(video[..., None], self.projection(soft).to(x.dtype).reshape(-1, x.shape[-1]))
        if sounds is not None and len(sounds):
            x = x.masked_scatter(audio[..., None], sounds.to(x.dtype))
        return (self.language if language is None else language)(x, safe, positions, allowed)


def loss_of(nano, batch, soft, sounds, forward):
    hidden = nano(batch["ids"], batch["positions"], batch["allowed"], soft, sounds, forward)
    rows = batch["labels"] >= 0
    return F.cross_entropy(nano.language.logits(hidden[rows]), batch["labels"][rows])


@torch.no_grad()
def answer(nano, tokenizer, soft, question, limit=48):
    """Greedy answers to one question about each single frame: soft [B, cells, width] -> list of strings."""
    writer = stream.Writer(tokenizer)
    writer.begin()
    writer.frame(0, 3)
    ids = writer.sample.ids + writer.encode(question + "<turn|>\n<|turn>model\n")
    ids = torch.tensor([ids] * len(soft), device=soft.device)
    start, stop = ids.shape[1], {1, text.SPECIAL.index("<turn|>")}
    ended = torch.zeros(len(soft), dtype=torch.bool, device=soft.device)
    for _ in range(limit):
        t = ids.shape[1]
        positions = torch.arange(t, device=ids.device).expand(len(ids), t)
        allowed = torch.ones(t, t, dtype=torch.bool, device=ids.device).tril().expand(len(ids), t, t)
        with torch.autocast(ids.device.type, dtype=torch.bfloat16):
            hidden = nano(ids, positions, allowed, soft)[:, -1]
        token = nano.language.logits(hidden).argmax(-1).masked_fill(ended, stream.PAD)
        ids = torch.cat([ids, token[:, None]], 1)
        ended |= torch.tensor([int(i) in stop for i in token], device=ids.device)
        if ended.all():
            break
    return [tokenizer.decode([i for i in row if i not in stop and i != stream.PAD]) for row in ids[:, start:].tolist()]


def f1_of(answers, present, kinds):
    """Mean F1 per scene of listings against the truth [N, kinds] bool; naming nothing on an empty desk counts 1."""
    out = []
    for said, truth in zip(answers, present):
        named, true = text.parse_listing(said, kinds), set(np.flatnonzero(truth).tolist())
        out.append(1.0 if not named and not true and said == text.NOTHING else 2 * len(named & true) / max(len(named) + len(true), 1))
    return float(np.mean(out))


def _train(rank, world, work, config, cache, scenes, held_out, sounds, kinds, port, stage):
    parallel.join(rank, world, port)
    t, where, joint = config[f"{stage}_training"], parallel.device(), stage == "joint"
    tokenizer = Tokenizer.from_file(str(Path(work) / "tokenizer.json"))
    torch.manual_seed(config["seed"] + 2)
    nano = Nano(config, tokenizer.get_vocab_size()).to(where)
    tower = features.load_tower(work, config)
    head = vision.DenseHead(config["vision"]["width"], len(kinds)).to(where)
    head.load_state_dict(torch.load(Path(work) / "vision.pt", map_location=where, weights_only=True)["head"])
    path, step, spent, state = Path(work) / f"{stage}.pt", 0, 0.0, None
    trained = [nano, tower, head] if joint else [nano]
    optimizer = optimizers(trained, t["learning_rate"], t["weight_decay"])
    if path.exists():
        state = torch.load(path, map_location=where, weights_only=True)
    elif STARTS_FROM[stage]:
        nano.load_state_dict(torch.load(Path(work) / STARTS_FROM[stage], map_location=where, weights_only=True)["nano"])
    if state:
        nano.load_state_dict(state["nano"])
        if joint:
            tower.load_state_dict(state["tower"])
            head.load_state_dict(state["head"])
        [o.load_state_dict(s) for o, s in zip(optimizer, state["optimizer"])]
        step, spent = state["step"], state["seconds"]
        if state["done"]:
            return
    parameters = [p for m in trained for p in m.parameters()]
    started, writer = time.time() - spent, stream.Writer(tokenizer)
    fast, fast_language = torch.compile(tower) if joint else tower, torch.compile(nano.language)
    bar = tqdm(total=t["steps"] * t["batch"], initial=step * t["batch"], desc=stage, unit="stream", disable=rank > 0, mininterval=10)
    log = open(Path(work) / f"{stage}.log", "a") if rank == 0 else None
    check = np.arange(0, len(held_out), max(1, len(held_out) // t["evaluate_scenes"]))[:t["evaluate_scenes"]]
    resumed, loss = step, torch.tensor(float("nan"))
    while True:
        rate = parallel.agree(schedule(step, t["steps"], started, t["minutes"], t["warmup"]), world)
        done = rate <= 0
        if rank == 0 and (done or step % t["evaluate_every"] == 0) and step > resumed:
            soft = torch.from_numpy(features.encode(tower, held_out.batch(check)[0])).float().to(where)
            f1 = f1_of(answer(nano, tokenizer, soft, "what is on the desk?"), held_out.present[check], kinds)
            line = f"step {step} streams {step * t['batch']} minutes {(time.time() - started) / 60:.1f} loss {loss.item():.4f} F1 {f1:.3f}"
            print(line, file=log, flush=True)
            tqdm.write(line)
            state = dict(nano=nano.state_dict(), tower=tower.state_dict(), head=head.state_dict(), optimizer=[o.state_dict() for o in optimizer],
                         step=step, seconds=time.time() - started, done=done)
            torch.save(state, path.with_suffix(".part"))
            os.replace(path.with_suffix(".part"), path)
        if done:
            break
        rng = np.random.default_rng([config["seed"], 43 + list(STARTS_FROM).index(stage), step, rank])
        pool = cache["present"] if cache is not None else scenes.present
        samples = [stream.sample(writer, pool, kinds, rng, t) for _ in range(t["batch"] // world)]
        batch = {k: torch.from_numpy(v).to(where) for k, v in stream.collate(samples, t["rows"]).items()}
        frames = np.concatenate([s.frames for s in samples])
        lengths = [n for s in samples for n in s.audio]
        starts = [rng.integers(AUDIO_TOKENS - n + 1) for n in lengths]
        heard = [sounds[rng.integers(len(sounds)), start:start + n] for start, n in zip(starts, lengths)]
        heard = torch.from_numpy(np.concatenate(heard)).to(where) if heard else None
        extra = 0.0
        with torch.autocast(where.type, dtype=torch.bfloat16):
            if joint:
                unique, back = np.unique(frames, return_inverse=True)
                pictures, covers, _ = scenes.batch(np.pad(unique, (0, -len(unique) % 16), mode="edge"))
                raw = fast(vision.patchify(torch.from_numpy(pictures).to(where)).float() / 255)
                extra = t["dense_weight"] * vision.dense_loss(head(raw).float(), *(a.to(where) for a in vision.targets(torch.from_numpy(covers))))
                soft = vision.rms(raw.float())[torch.from_numpy(back)]
            else:
                soft = torch.from_numpy(cache["soft"][frames]).float().to(where)
                soft = soft + t["feature_noise"] * torch.randn_like(soft)
            loss = loss_of(nano, batch, soft, heard, fast_language)
        for p in parameters:
            p.grad = None
        (loss + extra).backward()
        parallel.average_gradients(parameters, world)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for o in optimizer:
            for group in o.param_groups:
                group["lr"] = t["learning_rate"] * rate
            o.step()
        step += 1
        bar.update(t["batch"])
        bar.set_postfix_str(f"loss {loss.item():.4f}", refresh=False)
    bar.close()


def run(work, config, kinds, workers, stage="decoder", port=29418):
    """stage: "decoder" or "long" (cached soft tokens, frozen tower) or "joint" (everything but the audio tower)."""
    if parallel.finished(Path(work) / f"{stage}.pt"):
        return
    tokenizer = text.build_tokenizer(Path(work) / "tokenizer.json", kinds, config["decoder"]["vocabulary"])
    torch.set_num_threads(1 if parallel.device().type == "cpu" else torch.get_num_threads())      # before the fork
    sounds = audio_bank(work, config, tokenizer.get_vocab_size())
    cache = None if stage == "joint" else dict(np.load(Path(work) / features.CACHE))
    scenes = data.training(work) if stage == "joint" else None
    parallel.launch(_train, workers, (work, config, cache, scenes, data.validation(work), sounds, kinds, port, stage), f"{stage} training")
