"""Stage 2: trains the audio tower on the letters that are spoken (CTC) and on what else sounds."""
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import audio, hearing, loop, start
from .hearing import EVENTS, LABELS, LETTERS, SOUNDS, UNKNOWN, Speech
from .parallel import device, finished, join, launch
from .sound import events, mix

CHECKPOINT = "audio.pt"


def load_tower(work, config):
    tower = audio.AudioTower(config["audio"])
    tower.load_state_dict(torch.load(Path(work) / CHECKPOINT, map_location="cpu", weights_only=True)["tower"])
    return tower.to(device()).eval()


class Heads(nn.Module):
    """Read letters and sounds from normalised soft tokens, as the decoder's embedder will; used in training only."""

    def __init__(self, width):
        super().__init__()
        self.letters, self.sounds = nn.Linear(width, 1 + len(LETTERS)), nn.Linear(width, len(LABELS))
        for linear in (self.letters, self.sounds):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)
        nn.init.constant_(self.sounds.bias, -1.5)

    def forward(self, soft):
        """[B, T, width] -> log probabilities of the letters [B, T, 29], logits of the labels [B, T, 6]"""
        soft = audio.rms(soft.float())
        return F.log_softmax(self.letters(soft), -1), self.sounds(soft)


def letter_loss(log_probabilities, texts):
    """Connectionist temporal classification, per letter (per token where nothing is said). texts: None where letters don't count."""
    spelled = [i for i, t in enumerate(texts) if t is not None]
    if not spelled:
        return log_probabilities.sum() * 0
    log_probabilities, texts = log_probabilities[spelled], [texts[i] for i in spelled]
    b, tokens, _ = log_probabilities.shape
    labels = [hearing.letters(t) for t in texts]
    lengths = torch.tensor([len(one) for one in labels])
    flat = torch.tensor([c for one in labels for c in one], dtype=torch.long)
    loss = F.ctc_loss(log_probabilities.transpose(0, 1), flat, torch.full((b,), tokens), lengths, reduction="none", zero_infinity=True)
    return loss.sum() / (lengths.sum() + tokens * 0.1 * (lengths == 0).sum())


def sound_loss(logits, labels):
    counts = labels != UNKNOWN
    return F.binary_cross_entropy_with_logits(logits[counts], labels[counts].float()) * len(LABELS)


def losses(tower, heads, mel, texts, labels, learns=True):
    """-> the losses of letters and of sounds, of which the tower learns or the heads alone."""
    with torch.autocast(mel.device.type, dtype=torch.bfloat16), torch.set_grad_enabled(learns):
        soft = tower(mel)
    log_probabilities, logits = heads(soft)
    return letter_loss(log_probabilities, texts), sound_loss(logits, labels)


class Evaluation:
    """Held-out utterances, clean and with noise at 10 dB, held-out speech about anything else, and held-out sound events: fixed waveforms."""

    def __init__(self, speech, count, seed):
        rng = np.random.default_rng([seed, 32])
        spread = lambda pool, n: sorted(pool[np.linspace(0, len(pool) - 1, min(n, len(pool))).astype(int)], key=lambda i: speech.lengths[i])
        chosen, others = spread(speech.domain, count), spread(np.concatenate([speech.other, speech.foreign]), count // 2)
        self.texts = [speech.texts[i] for i in chosen]
        pause = np.zeros(int(0.35 * audio.RATE), np.float32)
        self.clean = [np.concatenate([pause, speech.utterance(i)[0], pause]) for i in chosen]
        self.noisy = [mix.add_noise(w, mix.background(w, rng, held=True), 10) for w in self.clean]
        self.others = [np.concatenate([pause, speech.utterance(i)[0], pause]) for i in others]
        self.other_texts = [speech.texts[i] if i in speech.other else None for i in others]
        self.sounds, self.clips = [], []
        for i in range(count // 2):
            kind = (*EVENTS, "speech", None)[i % 6]
            wave = np.zeros(2 * audio.RATE, np.float32)
            if kind == "speech":
                pool = self.others if self.others and i % 12 >= 6 else self.clean
                wave = pool[rng.integers(len(pool))]
            elif kind:
                wave = np.concatenate([pause, events.render(kind, rng, rng.uniform(1, 2.5), split="validation"), pause])
            level = 0.05 * 10 ** (rng.uniform(-45, -25) / 20)                     # the room is never quite silent
            self.clips.append(wave + level * rng.standard_normal(len(wave), dtype=np.float32))
            self.sounds.append(kind)

    @torch.no_grad()
    def read(self, tower, heads, clips, batch=25):
        """-> for every clip its text and the mean of each label's highest third of probabilities [labels]"""
        texts, sounds = [], []
        for first in range(0, len(clips), batch):
            soft = audio.soft_tokens(tower, clips[first:first + batch])
            for tokens in soft:
                log_probabilities, logits = heads(tokens[None])
                texts.append(hearing.spell(log_probabilities[0].argmax(-1).tolist()))
                sounds.append(logits[0].sigmoid().sort(0, descending=True).values[:max(1, len(tokens) // 3)].mean(0))
        return texts, sounds

    def scores(self, tower, heads):
        """-> dict: word error rates, also of English about anything else, accuracy of the sound's name, shares of utterances for nano and of others that are taken for others;
        and an utterance of each as it was said and read."""
        figures, examples = {}, []
        for name, said, clips in (("WER", self.texts, self.clean), ("WER10", self.texts, self.noisy), ("WER_other", self.other_texts, self.others)):
            texts, labels = self.read(tower, heads, clips)
            pairs = [(a, b) for a, b in zip(said, texts) if a is not None]
            if pairs:
                figures[name] = sum(hearing.edits(a.split(), b.split()) for a, b in pairs) / sum(len(a.split()) for a, _ in pairs)
                figures[name.replace("WER", "refused")] = np.mean([s[LABELS.index("other")] > 0.5 for s in labels])
                examples.append(" | ".join(pairs[len(pairs) // 2]))
        _, labels = self.read(tower, heads, self.clips)
        sounds = [s[:len(SOUNDS)] for s in labels]
        named = [SOUNDS[int(s.argmax())] if s.max() > 0.5 else None for s in sounds]
        return figures | dict(events=np.mean([a == b for a, b in zip(named, self.sounds)])), examples


def _train(rank, world, work, config, speech, evaluation):
    a, t, where = config["audio"], config["audio_training"], device()
    join(rank, world)
    torch.manual_seed(config["seed"])
    tower, heads = audio.AudioTower(a).to(where), Heads(a["output"]).to(where)
    fast = torch.compile(tower, dynamic=False)

    def loss_of(rng, progress):
        waveforms, texts, labels = hearing.draw(speech, rng, t["batch"] // world, t)
        with torch.no_grad():
            mel, _ = audio.log_mel(torch.from_numpy(waveforms).to(where))
            mel = torch.where(torch.from_numpy(hearing.kept(mel.shape, rng, t)).to(where), mel, math.log(audio.FLOOR))
        alone = progress < t["heads_share"]
        letters, sounds = losses(tower if alone else fast, heads, mel, texts, torch.from_numpy(labels).to(where), not alone)
        return letters + t["event_weight"] * sounds, waveforms.size / audio.RATE, dict(letters=letters.item(), sounds=sounds.item())

    stage = loop.Stage("audio", work, t, dict(tower=tower, heads=heads), [config["seed"], 33], "seconds", rank, world)
    loop.train(stage, loss_of, lambda: evaluation.scores(tower, heads), lambda: start.load(config.get("start"), "audio", tower))


def run(work, config, workers):
    if finished(Path(work) / CHECKPOINT):
        return
    speech = Speech(work, "train")
    evaluation = Evaluation(Speech(work, "validation"), config["audio_training"]["evaluate_utterances"], config["seed"])
    launch(_train, workers, (work, config, speech, evaluation), "audio training")
