"""Trains the audio tower on the letters that are spoken (CTC) and on what else sounds:"""
import math
import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

from . import audio, hearing, start
from .hearing import EVENTS, LETTERS, SOUNDS, UNKNOWN, Speech
from .parallel import agree, average_gradients, device, finished, join, launch
from .sound import events, mix
from .train_vision import optimizers, schedule

CHECKPOINT = "audio.pt"
STOPPED = -2.0            # in place of the learning rate: the process was asked to end


def load_tower(work, config):
    tower = audio.AudioTower(config["audio"])
    tower.load_state_dict(torch.load(Path(work) / CHECKPOINT, map_location="cpu", weights_only=True)["tower"])
    return tower.to(device()).eval()


class Heads(nn.Module):
    """Read letters and sounds from normalised soft tokens, as the decoder's embedder will; used in training only."""

    def __init__(self, width):
        super().__init__()
        self.letters, self.sounds = nn.Linear(width, 1 + len(LETTERS)), nn.Linear(width, len(SOUNDS))
        for linear in (self.letters, self.sounds):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)
        nn.init.constant_(self.sounds.bias, -1.5)

    def forward(self, soft):
        """[B, T, width] -> log probabilities of the letters [B, T, 29], logits of the sounds [B, T, 5]"""
        soft = audio.rms(soft.float())
        return F.log_softmax(self.letters(soft), -1), self.sounds(soft)


def letter_loss(log_probabilities, texts):
    """Connectionist temporal classification, per letter (per token where nothing is said)."""
    b, tokens, _ = log_probabilities.shape
    labels = [hearing.letters(t) for t in texts]
    lengths = torch.tensor([len(one) for one in labels])
    flat = torch.tensor([c for one in labels for c in one], dtype=torch.long)
    loss = F.ctc_loss(log_probabilities.transpose(0, 1), flat, torch.full((b,), tokens), lengths, reduction="none", zero_infinity=True)
    return loss.sum() / (lengths.sum() + tokens * 0.1 * (lengths == 0).sum())


def sound_loss(logits, labels):
    counts = labels != UNKNOWN
    return F.binary_cross_entropy_with_logits(logits[counts], labels[counts].float()) * len(SOUNDS)


class Evaluation:
    """Held-out utterances, clean and with noise at 10 dB, and held-out sound events: fixed waveforms."""

    def __init__(self, speech, count, seed):
        rng = np.random.default_rng([seed, 32])
        chosen = sorted(np.linspace(0, len(speech) - 1, min(count, len(speech))).astype(int), key=lambda i: speech.lengths[i])
        self.texts = [speech.texts[i] for i in chosen]
        pause = np.zeros(int(0.35 * audio.RATE), np.float32)
        self.clean = [np.concatenate([pause, speech.utterance(i)[0], pause]) for i in chosen]
        self.noisy = [mix.add_noise(w, mix.background(w, rng, held=True), 10) for w in self.clean]
        self.sounds, self.clips = [], []
        for i in range(count // 2):
            kind = (*EVENTS, "speech", None)[i % 6]
            wave = np.zeros(2 * audio.RATE, np.float32)
            if kind == "speech":
                wave = self.clean[rng.integers(len(self.clean))]
            elif kind:
                wave = np.concatenate([pause, events.render(kind, rng, rng.uniform(1, 2.5), split="validation"), pause])
            level = 0.05 * 10 ** (rng.uniform(-45, -25) / 20)                     # the room is never quite silent
            self.clips.append(wave + level * rng.standard_normal(len(wave), dtype=np.float32))
            self.sounds.append(kind)

    @torch.no_grad()
    def read(self, tower, heads, clips, batch=25):
        """-> for every clip its text and the mean of each sound's highest third of probabilities [sounds]"""
        texts, sounds = [], []
        for first in range(0, len(clips), batch):
            soft = audio.soft_tokens(tower, clips[first:first + batch])
            for tokens in soft:
                log_probabilities, logits = heads(tokens[None])
                texts.append(hearing.spell(log_probabilities[0].argmax(-1).tolist()))
                sounds.append(logits[0].sigmoid().sort(0, descending=True).values[:max(1, len(tokens) // 3)].mean(0))
        return texts, sounds

    def scores(self, tower, heads):
        """-> dict: word error rates, accuracy of the sound's name, and the first texts."""
        total = sum(len(t.split()) for t in self.texts)
        rates, examples = [], []
        for clips in (self.clean, self.noisy):
            texts, _ = self.read(tower, heads, clips)
            rates.append(sum(hearing.edits(a.split(), b.split()) for a, b in zip(self.texts, texts)) / total)
            examples.append(list(zip(self.texts, texts))[len(texts) // 2])
        _, sounds = self.read(tower, heads, self.clips)
        named = [SOUNDS[int(s.argmax())] if s.max() > 0.5 else None for s in sounds]
        return dict(WER=rates[0], WER10=rates[1], events=np.mean([a == b for a, b in zip(named, self.sounds)])), examples


def _train(rank, world, work, config, speech, evaluation, port):
    a, t, where = config["audio"], config["audio_training"], device()
    join(rank, world, port)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    torch.manual_seed(config["seed"])
    tower, heads = audio.AudioTower(a).to(where), Heads(a["output"]).to(where)
    optimizer = optimizers([tower, heads], t["learning_rate"], t["weight_decay"])
    parameters = [*tower.parameters(), *heads.parameters()]
    path, step, seconds, spent = Path(work) / CHECKPOINT, 0, 0.0, 0.0
    if path.exists():
        state = torch.load(path, map_location=where, weights_only=True)
        tower.load_state_dict(state["tower"])
        heads.load_state_dict(state["heads"])
        [o.load_state_dict(s) for o, s in zip(optimizer, state["optimizer"])]
        step, seconds, spent = state["step"], state["heard"], state["seconds"]
        if state["done"]:
            return
    else:
        start.load(config.get("start"), "audio", tower)
    fast = torch.compile(tower, dynamic=False)
    started = time.time() - spent
    bar = tqdm(total=t["steps"], initial=step, desc="audio", unit="step", disable=rank > 0, mininterval=10)
    log = open(Path(work) / "audio.log", "a") if rank == 0 else None
    resumed, loss, parts = step, torch.tensor(math.nan), (math.nan, math.nan)
    while True:
        rate = agree(STOPPED if stop else schedule(step, t["steps"], started, t["minutes"], t["warmup"]), world)
        done = rate <= 0
        if rank == 0 and (done or step % t["evaluate_every"] == 0) and step > resumed:
            paused = time.time()
            minutes = (time.time() - started) / 60
            line = f"step {step} heard {seconds:.0f} s minutes {minutes:.1f} letters {parts[0]:.3f} sounds {parts[1]:.3f}"
            if rate != STOPPED:
                scores, examples = evaluation.scores(tower, heads)
                line += "".join(f" {k} {v:.3f}" for k, v in scores.items()) + f" evaluated in {time.time() - paused:.0f} s"
                line += "".join(f"\n    {said} | {heard}" for said, heard in examples)
            print(line, file=log, flush=True)
            tqdm.write(line)
            state = dict(tower=tower.state_dict(), heads=heads.state_dict(), optimizer=[o.state_dict() for o in optimizer], step=step,
                         heard=seconds, seconds=time.time() - started, done=done and rate != STOPPED)
            torch.save(state, path.with_suffix(".part"))
            os.replace(path.with_suffix(".part"), path)
        if done:
            break
        rng = np.random.default_rng([config["seed"], 33, step, rank])
        waveforms, texts, labels = hearing.draw(speech, rng, t["batch"] // world, t)
        with torch.no_grad():
            mel, _ = audio.log_mel(torch.from_numpy(waveforms).to(where))
            mel = torch.where(torch.from_numpy(hearing.kept(mel.shape, rng, t)).to(where), mel, math.log(audio.FLOOR))
        with torch.autocast(where.type, dtype=torch.bfloat16):
            soft = fast(mel)
        log_probabilities, logits = heads(soft)
        parts = letter_loss(log_probabilities, texts), sound_loss(logits, torch.from_numpy(labels).to(where))
        loss = parts[0] + t["event_weight"] * parts[1]
        for p in parameters:
            p.grad = None
        loss.backward()
        average_gradients(parameters, world)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for o in optimizer:
            for group in o.param_groups:
                group["lr"] = t["learning_rate"] * rate
            o.step()
        step += 1
        seconds += waveforms.size * world / audio.RATE
        bar.update(1)
        bar.set_postfix_str(f"letters {parts[0].item():.3f} sounds {parts[1].item():.3f}", refresh=False)
    bar.close()


def run(work, config, workers, port=29419):
    if finished(Path(work) / CHECKPOINT):
        return
    speech = Speech(work, "train")
    evaluation = Evaluation(Speech(work, "validation"), config["audio_training"]["evaluate_utterances"], config["seed"])
    if workers == 1:
        return _train(0, 1, work, config, speech, evaluation, port)
    signal.signal(signal.SIGTERM, lambda *_: [p.terminate() for p in multiprocessing.active_children()])     # they save and end
    launch(_train, workers, (work, config, speech, evaluation, port), "audio training")
