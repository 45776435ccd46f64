"""Writes the shipped recording: a desk filmed at 2 frames/s, a microphone, and what is true when.

The desk is a layout of the stream reserved for recordings, from sprites whose licences allow redistribution
of the composite with attribution (nothing from the GPL picture package).
"""
import json
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from . import scenes
from .surfaces import PHOTOGRAPHED

RATE = 16_000
FRAMES_PER_SECOND = 2
FRAMES = 32
SENTENCE = "I am leaving these here. Back in a minute."
# (first frame, which of the layout's objects are on the desk)
TIMELINE = [(0, [0, 1]), (6, [0, 1, 2]), (10, [1, 2]), (14, [0, 1, 2, 3])]


def redistributable(renderer, layout):
    """No GPL asset in the picture: no Tux Paint stamp, no photographed surface, no model of the main package."""
    names = [renderer.bank.names[o.instance] for o in layout.objects]
    return layout.surface_index >= len(PHOTOGRAPHED) and not any(n.startswith(("T:", "SweetHome3D")) for n in names)


def find_layout(renderer, seed, first=0):
    """The first layout of the recording stream with four redistributable objects that hardly overlap."""
    for index in range(first, first + 5000):
        layout = renderer.layout(seed, 3, index, count=4)
        if len(layout.objects) == 4 and redistributable(renderer, layout):
            return index, layout
    raise ValueError(f"no layout with four redistributable objects in 5000 tries from {first}: widen the bank")


def microphone(seconds, rng):
    """Room tone, a knock at 3 s and a spoken sentence at 5 s -> float samples at 16 kHz."""
    n = int(seconds * RATE)
    spectrum = np.fft.rfft(rng.normal(0, 1, n))
    spectrum /= np.maximum(np.sqrt(np.fft.rfftfreq(n, 1 / RATE)), 8)
    tone = np.fft.irfft(spectrum, n)
    sound = 0.0015 * tone / tone.std()
    t = np.arange(int(0.25 * RATE)) / RATE
    knock = np.exp(-t * 38) * (np.sin(2 * np.pi * 170 * t) + 0.5 * np.sin(2 * np.pi * 410 * t) + 0.3 * rng.normal(0, 1, len(t)) * np.exp(-t * 200))
    for at in (3.0, 3.22):
        sound[int(at * RATE):int(at * RATE) + len(t)] += 0.25 * knock
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", str(path), SENTENCE], check=True)
        with wave.open(str(path)) as file:
            rate, speech = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    length = int(len(speech) * RATE / rate)
    speech = np.interp(np.arange(length) * rate / RATE, np.arange(len(speech)), speech)
    start = int(5.2 * RATE)
    sound[start:start + length] += 0.35 * speech[:n - start]
    return sound


def write(work, config, out):
    renderer = scenes.Renderer(Path(work) / "bank", config["scene"])
    seed = config["seed"]
    index, layout = find_layout(renderer, seed, config["recording"]["layout"])
    blur, _, _ = layout.sensor
    layout.sensor = (min(blur, 0.6), 2.0, 0)
    out, frames = Path(out), Path(out) / "frames"
    shutil.rmtree(frames, ignore_errors=True)
    frames.mkdir(parents=True)
    names = [renderer.bank.kinds[o.kind]["name"] for o in layout.objects]
    sources = sorted({renderer.bank.names[o.instance] for o in layout.objects})
    for number in range(FRAMES):
        present = [objects for start, objects in TIMELINE if start <= number][-1]
        frame, _ = renderer.draw(layout, [seed, 3, index, number], present)
        scenes.save_jpeg(frame, frames / f"frame-{number + 1:05d}.jpg", 82)
    sound = microphone(FRAMES / FRAMES_PER_SECOND, np.random.default_rng([seed, 3, index]))
    with wave.open(str(out / "microphone.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    order = {k["name"]: i for i, k in enumerate(renderer.bank.kinds)}
    timeline = [dict(seconds=start / FRAMES_PER_SECOND, frame=start + 1, objects=sorted((names[i] for i in present), key=order.get))
                for start, present in TIMELINE]
    truth = dict(frames_per_second=FRAMES_PER_SECOND, frames=FRAMES, seconds=FRAMES / FRAMES_PER_SECOND, layout=index, sprites=sources, timeline=timeline,
                 sound=[dict(seconds=3.0, what="two knocks"), dict(seconds=5.2, what="speech", text=SENTENCE)])
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    return truth
