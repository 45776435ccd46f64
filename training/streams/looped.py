"""Writes a recording, played over and over, as a set of one long recording: whether what was right in the first round is right in the last."""
import json
import shutil
import wave
from pathlib import Path

import numpy as np

from ..sound import waves

ASKED = "what is on the desk?"
SETTLED = 1.5                # seconds after a change at which it is asked what is there
QUIET = 0.02                 # of full scale: below that a sentence is over


def read(path):
    """A WAV of 16 bits, mono -> float32 samples at waves.RATE."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (waves.RATE, 1, 2):
            raise SystemExit(f"{path}: {file.getframerate()} Hz, {file.getnchannels()} channels, {8 * file.getsampwidth()} bits; a recording has {waves.RATE} Hz, mono, 16 bits")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768


def _end(samples, start, until):
    """Seconds at which the sound that begins at `start` is over; `until`: where the next one begins."""
    part = np.abs(samples[int(start * waves.RATE):int(until * waves.RATE)])
    loud = np.flatnonzero(part > QUIET)
    return round(start + (loud[-1] + 1 if len(loud) else len(part)) / waves.RATE, 2)


def answer(states, seconds):
    """To ASKED, at `seconds`."""
    return next(s["answer"] for s in reversed(states) if s["seconds"] <= seconds)


def rounds(told, samples, count):
    """`told`: truth.json of a recording (see record.py) -> what a truth.json of streams holds, `count` rounds long."""
    length, states = told["seconds"], told["timeline"]
    out = dict(muted=[], events=[], observations=[], words=[], sounds=[], chatter=[], asks=[], instructions=[])
    starts = [s["seconds"] for s in told["sound"]] + [length]
    for number in range(count):
        at = lambda seconds: round(number * length + seconds, 2)
        for n, state in enumerate(states):
            until = states[n + 1]["seconds"] if n + 1 < len(states) else length
            if state["seconds"] + SETTLED < until:
                out["asks"].append(dict(time=at(state["seconds"] + SETTLED), measure="objects", question=ASKED, answers=[state["answer"]], objects=state["objects"], wording="plain", now=True))
            here, before = set(state["objects"]), set(states[n - 1]["objects"])
            if len(here ^ before) == 1 and n:
                out["observations"].append(dict(time=at(state["seconds"]), kind="put" if here > before else "taken", object=(here ^ before).pop()))
            elif number or n:                        # the next round begins with another desk, too
                out["events"].append(dict(time=at(state["seconds"]), kind="exchange", what=state["answer"][:-1]))
        for n, sound in enumerate(told["sound"]):
            span = {"from": at(sound["seconds"]), "to": at(_end(samples, sound["seconds"], starts[n + 1]))}
            if sound["what"] == "speech":
                spoken = "".join(c for c in sound["text"].lower() if c.isalnum() or c in " '")
                out["words"].append(span | dict(text=spoken, condition="clean", decibels=None, answers=[answer(states, sound["seconds"])], measure="objects", typed=sound["text"]))
            else:
                out["sounds"].append(span | dict(sound=sound["what"]))
    for instruction in told.get("instructions", ()):
        due = [dict(time=round(n * length + d["seconds"], 2), answers=[d["answer"]], optional=False) for n in range(count) for d in instruction["due"]]
        out["instructions"].append({"text": instruction["text"], "from": 0.0, "to": count * length, "due": due})
    return out


def write(recording, out, minutes):
    """The recording in the folder `recording`, at least `minutes` long."""
    recording, folder = Path(recording), Path(out) / "stream-00"
    told = json.loads((recording / "truth.json").read_text())
    count = max(1, -int(-minutes * 60 // told["seconds"]))
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(recording / "frames", folder / "frames")
    samples = read(recording / "microphone.wav")
    samples = np.pad(samples, (0, max(0, int(told["seconds"] * waves.RATE) - len(samples))))[:int(told["seconds"] * waves.RATE)]
    waves.write(folder / "microphone.wav", np.tile(samples, count))
    images = sorted(f"frames/{path.name}" for path in (recording / "frames").iterdir())
    fps = told["frames_per_second"]
    frames = [dict(time=round(n / fps, 2), image=images[n % len(images)]) for n in range(count * len(images))]
    truth = dict(id="stream-00", seconds=count * told["seconds"], fps=fps, frames=frames) | rounds(told, samples, count)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    (Path(out) / "set.json").write_text(json.dumps(dict(format=1, seed=0, minutes=truth["seconds"] / 60, streams=["stream-00"])) + "\n")
    print(f"{folder}: {count} rounds of {told['seconds']:g} s")
