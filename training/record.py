"""Writes the shipped recording: a desk filmed at 2 frames/s, a microphone, and what is true when.

On the desk things are put down and taken away; in the room someone knocks and then asks a question aloud.
"""
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from .evaluation import save_wave
from .language import listing, spoken
from .data import things
from .sound import evaluate_sets, events
from .world import COLOURS, KINDS
from .world.scene import Renderer

RATE = 16_000
FRAMES_PER_SECOND = 2
FRAMES = 32
STREAM = 3                                           # of the seed: reserved for recordings
OBJECTS = (("book", "blue"), ("scissors", "red"), ("mug", "yellow"), ("lamp", "green"))
TIMELINE = {6: ("put", 2), 10: ("take", 1), 14: ("put", 3)}          # frame: what happens to which of OBJECTS
KNOCK, QUESTION, ASKED = 3.5, 10.0, "what is on the desk?"


def write(work, config, out):
    """Recordings are drawn from the seed in the configuration; `out` is made anew."""
    renderer = Renderer("recording")
    for index in range(200):                                     # until every object finds room
        rng = np.random.default_rng([config["seed"], STREAM, index])
        place, present, laid = renderer.place(rng, shelf=False), [], []
        for kind, colour in OBJECTS:
            laid.append(renderer.put(rng, place, present, [k.name for k in KINDS].index(kind), COLOURS.index(colour)))
        if all(laid):
            break
    place.sensor = (min(place.sensor[0], 0.6), 2.0, 0)
    out, folder = Path(out), Path(out) / "frames"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    present, timeline = [t for t in present if t in laid[:2]], []
    for number in range(FRAMES):
        what, which = TIMELINE.get(number, (None, None))
        if what == "put":
            renderer._insert(present, laid[which])
        elif what == "take":
            present.remove(laid[which])
        frame, labels = renderer.draw(rng, place, present)
        Image.fromarray(frame).save(folder / f"frame-{number + 1:05d}.jpg", quality=85)
        if number == 0 or what:
            timeline.append(dict(seconds=number / FRAMES_PER_SECOND, frame=number + 1, objects=sorted(KINDS[t.kind].name for t in present),
                                 answer=listing(things(labels["objects"]))))
    sound = 0.0015 * rng.standard_normal(FRAMES * RATE // FRAMES_PER_SECOND)
    for start, samples, level in ((KNOCK, events.render("knock", rng, 0.8), 0.3), (QUESTION, evaluate_sets.speak(spoken(ASKED), rng, "train"), 0.4)):
        samples = level * samples[:len(sound) - int(start * RATE)] / np.abs(samples).max()
        sound[int(start * RATE):int(start * RATE) + len(samples)] += samples
    save_wave(out / "microphone.wav", sound)
    truth = dict(frames_per_second=FRAMES_PER_SECOND, frames=FRAMES, seconds=FRAMES / FRAMES_PER_SECOND, timeline=timeline,
                 sound=[dict(seconds=KNOCK, what="knock"), dict(seconds=QUESTION, what="speech", text=ASKED)])
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
