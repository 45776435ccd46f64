"""The speech corpus: sentences of the domain, and others, in many voices. `python -m training.sound.synthesize --work DIR` writes DIR/speech.

A shard holds samples [total] int16 at 16 kHz, offsets [N + 1] int64 into them, and per utterance its text, topic (TOPICS), voice and synthesizer.
An utterance is a function of (seed, stream, index) and the installed synthesizers; an existing shard is kept, so a second call resumes.
"""
import argparse
import multiprocessing
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np

from .. import language
from . import install, synthesizers, talk, voices, waves

STREAMS = {"train": 0, "validation": 1}
DOMAIN, OTHER, FOREIGN = TOPICS = ("domain", "other", "foreign")      # for nano; English about something else; another language
SHARD = 2000
VALIDATION = 600
LONGEST = 6.0             # seconds
SHORTEST = 0.2            # a whole word takes longer: less means that a voice failed
BATCH = 500               # utterances per festival process
OTHERS = 0.42             # utterances about something else for one of the domain
VOCABULARY = 150          # words of the domain at least
LOOSE_SHARE = 0.12        # training utterances that are words in any order: rare words are heard often and no sentence can be guessed
MARKS = ("", "?", ".")    # set the intonation


def vocabulary(samples=20000):
    """Every word of the domain's sentences, sorted."""
    rng = np.random.default_rng(0)
    words = sorted({word for _ in range(samples) for word in language.utterance(rng).split()})
    if len(words) < VOCABULARY:
        raise SystemExit(f"the domain has {len(words)} words; at least {VOCABULARY} are needed: add templates to training/language/wordings.py")
    return words


def request(seed, split, index, words, about=DOMAIN):
    """`about`: DOMAIN or OTHER -> (text, text with the mark that sets its intonation, voice, manner, its topic)."""
    rng = np.random.default_rng([seed, 50 if about == DOMAIN else 55, STREAMS[split], index])
    tongue = talk.ENGLISH
    if about == OTHER:
        text, tongue = talk.other(rng, split)
    elif split == "train" and rng.random() < LOOSE_SHARE:
        text = " ".join(words[i] for i in rng.integers(len(words), size=int(rng.integers(1, 7))))
    else:
        text = language.utterance(rng)
    topic = about if tongue == talk.ENGLISH else FOREIGN
    return text, text + MARKS[int(rng.integers(len(MARKS)))], *voices.draw(rng, split, tongue), topic


def shard(path, seed, split, about, first, count, words):
    """Writes `count` utterances, from index `first` on; the too long and the silent are skipped. -> Counter of the skipped by voice"""
    kept, skipped, index, stop = [], Counter(), first, first + SHARD * 10
    while len(kept) < count:
        if index >= stop:
            raise SystemExit(f"{path.name}: {sum(skipped.values())} of {index - first} utterances took less than {SHORTEST} s or more "
                             f"than {LONGEST} s ({dict(skipped)}): does `python -m training.sound.install` succeed?")
        batch = [request(seed, split, i, words, about) for i in range(index, index + min(BATCH, count - len(kept)))]
        index += len(batch)
        spoken = synthesizers.speak([(marked, voice, manner) for _, marked, voice, manner, _ in batch])
        for (text, _, voice, _, topic), samples in zip(batch, spoken):
            if SHORTEST * waves.RATE <= len(samples) <= LONGEST * waves.RATE:
                kept.append((waves.to_int16(samples), text, topic, str(voice), voice.synthesizer))
            else:
                skipped[str(voice)] += 1
    samples, texts, topics, names, makers = zip(*kept)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.savez(file, samples=np.concatenate(samples), offsets=np.cumsum([0] + [len(s) for s in samples]), text=np.array(texts),
                 topic=np.array(topics), voice=np.array(names), synthesizer=np.array(makers))
    os.replace(temporary, path)
    return skipped


def _job(job):
    started = time.time()
    skipped = shard(*job)
    data = np.load(job[0])
    seconds = len(data["samples"]) / waves.RATE
    heard = " ".join(f"{k} {n}" for k, n in Counter(data["synthesizer"].tolist()).items())
    return (f"{job[0].name}: {len(data['text'])} utterances, {seconds / 60:.1f} min, {heard}, "
            f"skipped {sum(skipped.values())}, {time.time() - started:.0f} s")


def run(work, utterances, workers, seed):
    """`utterances` of the domain, and OTHERS times as many about something else."""
    install.require()
    folder = Path(work) / "speech"
    folder.mkdir(parents=True, exist_ok=True)
    words = vocabulary()
    print(f"{len(words)} words", flush=True)
    # a shard's indices start at multiples of 10 * SHARD, so that what one skips does not move the next
    jobs = [(folder / f"{name}-{i:03d}.npz", seed, "train", about, i * SHARD * 10, min(SHARD, count - i * SHARD), words)
            for name, about, count in (("train", DOMAIN, utterances), ("other", OTHER, round(OTHERS * utterances))) for i in range(-(-count // SHARD))]
    jobs.insert(1, (folder / "validation.npz", seed, "validation", DOMAIN, 0, VALIDATION, words))
    jobs.insert(2, (folder / "validation-other.npz", seed, "validation", OTHER, 0, VALIDATION // 2, words))
    jobs = [j for j in jobs if not j[0].exists()]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for line in pool.imap(_job, jobs):
            print(line, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--utterances", type=int, default=24000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=20260)
    a = parser.parse_args()
    run(a.work, a.utterances, a.workers, a.seed)
