"""Writes a set of long recordings: set.json, and for each stream its frames, its microphone and truth.json."""
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .. import language
from ..sound import install, waves
from ..world.scene import Renderer
from . import asks, soundtrack, stage, timeline, topics, truth, watches

STREAM = 2                   # of the seed: 0 training, 1 validation, 2 evaluation
LONG = 4                     # ... and of evaluation's: long recordings
WIDE = 4                     # one of so many streams is of the wide world
JPEG = 85                    # quality
SMALL = (480, 360)           # pixels of a compact set's frames; half of a VGA camera's are more than nano's 288 x 192
SMALL_SENSED = 0.06          # share of its unchanged frames that are drawn anew


def write(out, seed, minutes, streams, jpeg=JPEG, compact=False):
    """`streams` recordings of `minutes` each. compact: smaller frames, fewer of them drawn anew, and FLAC: what a test can carry."""
    if minutes * 60 < 20:
        raise SystemExit(f"--minutes is {minutes:g}: a recording in which anything happens takes at least 0.34")
    install.require()
    out = Path(out)
    names = [f"stream-{number:02d}" for number in range(streams)]
    renderer = Renderer("evaluation")
    with tqdm(total=int(streams * minutes * 60), unit="s", desc="streams") as progress:
        for number, name in enumerate(names):
            _stream(out / name, renderer, seed, number, minutes * 60.0, jpeg, compact, progress)
    (out / "set.json").write_text(json.dumps(dict(format=1, seed=seed, minutes=minutes, streams=names)) + "\n")


def _stream(folder, renderer, seed, number, seconds, jpeg, compact, progress):
    made = dict(seed=seed, number=number, jpeg=jpeg, compact=compact)
    if _is_there(folder, made, seconds):
        return progress.update(seconds)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "frames").mkdir(parents=True)
    # a generator each, so that what one part draws does not move the others
    plan, seen, heard, asked, watched = (np.random.default_rng([seed, STREAM, LONG, number, part]) for part in range(5))
    muted = timeline.muted(plan, seconds)
    shut = [(begin, end) for device, begin, end in muted if device == "camera"]
    play = stage.Stage(renderer, seen, timeline.sights(plan, seconds, shut), seconds, wide=number % WIDE == WIDE - 1,
                       sensed=SMALL_SENSED if compact else stage.SENSED)
    record = play.record
    record.muted = [(device, truth.Span(begin, end)) for device, begin, end in muted]
    frames, image = [], None
    for index, (time, frame) in enumerate(play.frames(), 1):
        if frame is not None:
            image = f"frames/{index:05d}.jpg"
            picture = Image.fromarray(frame)
            (picture.resize(SMALL, Image.LANCZOS) if compact else picture).save(folder / image, quality=jpeg)
        frames.append(dict(time=time, image=image))
        progress.update(1 / timeline.FRAMES_PER_SECOND)
    progress.set_postfix_str(f"speaking {folder.name}")
    samples, spoken, sounds = soundtrack.play(heard, timeline.sounds(plan, seconds), record, lambda time: asks.aloud(heard, record, time))
    waves.write(folder / "microphone.wav", samples)
    if compact:
        _flac(folder / "microphone.wav")
    told = dict(id=folder.name, made=made, seconds=seconds, fps=timeline.FRAMES_PER_SECOND, frames=frames, muted=[{"device": d, "from": b, "to": e} for d, b, e in muted],
                events=_events(record, sounds), observations=[dict(time=t, kind=kind, object=topics.name(thing.kind)) for t, kind, thing in truth.observations(record)],
                words=_words(spoken), sounds=_sounds(sounds),
                chatter=[{"from": round(start, 2), "to": round(end, 2)} for kind, start, end in sounds if kind == "chatter"],
                asks=asks.draw(asked, record), instructions=watches.draw(watched, record))
    progress.set_postfix_str("")
    (folder / "truth.json").write_text(json.dumps(told, indent=1) + "\n")


def _is_there(folder, made, seconds):
    """Whether a recording was finished in an earlier run: its truth is written last."""
    try:
        told = json.loads((folder / "truth.json").read_text())
    except (FileNotFoundError, ValueError):
        return False
    return told.get("made") == made and told["seconds"] == seconds


def _sounds(sounds):
    """All that sounds but speech, what lies under a sentence too."""
    return [{"from": round(start, 2), "to": round(end, 2), "sound": kind} for kind, start, end in sounds if kind in language.SOUNDS]


def _words(spoken):
    rows = []
    for s in spoken:
        ask = s.ask or {}
        rows.append({"from": round(s.start, 2), "to": round(s.end, 2), "text": s.text, "condition": s.condition, "decibels": s.decibels, "answers": ask.get("answers"),
                     "measure": ask.get("measure"), "typed": ask.get("question")})
    return rows


def _events(record, sounds):
    """For reading and plots: all that was seen and heard, in order."""
    rows = []
    for change in record.changes:
        put, taken, moved = change.parts
        things = {"put": put, "taken": taken, "moved": moved}.get(change.kind)
        what = language.each(things) if things else language.listing(change.after)[:-1] if change.kind == "exchange" else ""
        rows.append(dict(time=change.time, kind=change.kind, what=what))
    rows += [dict(time=s.start, kind=kind, what=f"{s.end - s.start:g} s") for kind, spans in (("hand", record.hands), ("dark", record.darks)) for s in spans]
    rows += [dict(time=round(start, 2), kind=kind, what=f"{end - start:.1f} s") for kind, start, end in sounds]
    return sorted(rows, key=lambda row: row["time"])


def _flac(path):
    """Replaces a WAV by FLAC."""
    try:
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(path), "-compression_level", "12", str(path.with_suffix(".flac"))], check=True)
    except FileNotFoundError:
        raise SystemExit("a compact set needs ffmpeg for its FLAC: run scripts/setup") from None
    path.unlink()
