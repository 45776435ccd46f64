"""Writes held-out evaluation sets: `evaluation.jsonl` with its pictures and sounds, which `mmagent-model evaluate` reads.

Object instances, surfaces, voices, styles of sound events and seeds are none of those trained on.
"""
import json
import wave
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from . import data, functions, language
from .sound import evaluate_sets
from .streams import topics
from .world.scene import Renderer

STREAM = 2                                           # of the seed: 0 training, 1 validation, 2 evaluation, 3 the recording


def _things(labels):
    return data.things(np.asarray(labels["objects"]))


def save_picture(frame, path, jpeg):
    Image.fromarray(frame).save(path.with_suffix(".jpg"), quality=jpeg) if jpeg else Image.fromarray(frame).save(path.with_suffix(".png"))
    return path.with_suffix(".jpg" if jpeg else ".png").name


def save_wave(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())
    return Path(path).name


def asks_of(before, now, place, rng):
    """The questions about one scene, one of each measure where it can be asked."""
    asks = [dict(measure="objects", question=f"what is on the {place}?", objects=sorted({topics.name(t.kind) for t in now}))]
    for yes in ((True, False) if now else (False,)):
        question, answer = language.ask_presence(rng, now, place, yes)
        asks.append(dict(measure="presence", question=question, answers=[answer]))
    for measure in ("colour", "count", "spatial"):
        for _ in range(4):                           # some draws ask what can't be said
            drawn = (language.spatial if measure == "spatial" else getattr(language, f"ask_{measure}"))(rng, now, place)
            if drawn:
                asks.append(dict(measure=measure, question=drawn[0], answers=drawn[1] if isinstance(drawn[1], list) else [drawn[1]]))
                break
    question, answer = language.ask_change(rng, before, now, place)
    return [*asks, dict(measure="change", question=question, answers=[answer])]


def write(work, config, out, size, seed, jpeg=0):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    renderer = Renderer("evaluation")
    rows = []
    for number in tqdm(range(size), desc="scenes", unit="scene"):          # of the nominal world: for the others see outside
        rng = np.random.default_rng([seed, STREAM, number, 1])
        episode = renderer.episode(seed, STREAM, number, wide=False)
        last = int(rng.integers(1, 4))
        name = f"scene-{number:04d}"
        frames = [dict(image=save_picture(episode[i][0], out / f"{name}-{i}", jpeg), time=round(0.5 + 2.0 * i, 2)) for i in range(last + 1)]
        states = [_things(e[1]) for e in episode[:last + 1]]
        before, now = language.before_last_change(states), states[-1]
        place = episode[last][1]["place"]
        rows.append(dict(id=name, frames=frames, asks=asks_of(before, now, place, rng)))
        rows.append(dict(id=f"{name}-caption", frames=frames[-1:], caption=language.caption(now, place, rng)))
        if number % 3 == 0:
            rows.append(_spoken(out, name, frames, now, place, rng))
        if number % 3 == 1:
            rows.append(_watched(name, frames, states, place, rng))
        if number % 3 == 2:
            rows.append(_called(name, frames, now, place, np.random.default_rng([seed, STREAM, number, 4])))
    sounds = evaluate_sets.write_words(out, size, seed) + evaluate_sets.write_events(out, max(2, size // 6), seed)
    rows += sounds + _captioned(sounds, seed)
    (out / "evaluation.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _captioned(sounds, seed):
    """Sentences that look for their sound: all clean words and all events but silence, in random order. Events of a kind are called the same: any of them is right."""
    rows, rng = [], np.random.default_rng([seed, STREAM, 3])
    for row in sounds:
        if row.get("condition") == "clean" or row.get("sound") in ("music", "knock", "bell", "noise"):
            name = row.get("words") or language.SOUNDS[row["sound"]]
            caption = language.SOUND_CAPTIONS[name][0] if name in language.SOUND_CAPTIONS else language.sound_caption(name, rng)
            rows.append(dict(id=f"{row['id']}-caption", audio=row["audio"], caption=caption))
    return [rows[i] for i in rng.permutation(len(rows))]


def _spoken(out, name, frames, now, place, rng):
    """A question that is asked aloud after the last frame, by a held-out voice."""
    task = str(rng.choice(["objects", "presence", "colour", "count"]))
    pair = getattr(language, f"ask_{task}")(rng, now, place) or language.ask_objects(rng, now, place)
    sound = evaluate_sets.speak(language.spoken(pair[0]), rng, "evaluation")
    file = save_wave(out / f"{name}-question.wav", np.concatenate([np.zeros(8000), sound, np.zeros(16000)]))
    return dict(id=f"{name}-spoken", frames=frames, audio=file, audioStart=frames[-1]["time"] + 1.0,
                asks=[dict(measure="spoken", question=pair[0], answers=[pair[1]])])


def _watched(name, frames, states, place, rng):
    """A standing instruction, and what shall be said after each frame ([]: nothing)."""
    kind = int(rng.choice(sorted({t.kind for s in states for t in s}) or [0]))
    appears = bool(rng.random() < 0.7)
    template = language.pick(rng, language.WATCH_KIND if appears else language.WATCH_GONE)
    said = [""] + [language.watch(template, kind, appears, b, a) for b, a in zip(states, states[1:])]
    return dict(id=f"{name}-watch", frames=frames, instruction=language.fill(template, rng, place, kind), spoken=[[s] if s else [] for s in said])


def _called(name, frames, now, place, rng):
    """Requests under one to four functions of words that training never sees: for one of them, which is called with its arguments and then told of, and where none fits."""
    declared, asks = functions.draw(rng, held=True), []
    for fits in (True, True, False, False):
        turns = functions.ask(rng, declared, now, place, held=True, fits=fits)
        ask = dict(measure="functions", question=turns[0][0], answers=[turns[0][1]])
        asks.append(ask | dict(response=turns[1][0], said=[turns[1][1]]) if len(turns) == 2 else ask)
    return dict(id=f"{name}-functions", frames=frames[-1:], functions=functions.declarations(declared), asks=asks)
