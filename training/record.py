"""Writes the shipped recording: a desk filmed at 2 frames/s, a microphone, and what is true when.

On the desk things are put down and taken away, and then everything is another at once; in the room someone knocks and then asks a question aloud.
"""
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from . import language
from .evaluation import save_wave
from .data import things
from .sound import evaluate_sets, events
from .world import COLOURS, KINDS
from .world.scene import Renderer

RATE = 16_000
FRAMES_PER_SECOND = 2
FRAMES = 44
QUALITY = 75                                         # of the JPEGs
STREAM = 3                                           # of the seed: reserved for recordings
OBJECTS = (("book", "blue"), ("scissors", "red"), ("mug", "yellow"), ("lamp", "green"))
OTHERS = (("hat", "blue"), ("lamp", "purple"), ("mug", "red"))       # two of them of kinds that were there: other lamps, other mugs
TIMELINE = {6: ("put", 2), 10: ("take", 1), 14: ("put", 3), 32: ("exchange", None)}          # frame: what happens to which of OBJECTS
KNOCK, KNOCKED, QUESTION, ASKED = 3.5, 0.8, 10.0, "what is on the desk?"                     # seconds: begin and length of the knock, begin of the question
WAITS = (dict(about="kind", kind="hat", text="tell me when you see a hat."), dict(about="sound", sound="(knock)", text="tell me when someone knocks."))
UNKNOWABLE = "what is the weather like?"


def _laid(renderer, rng, place, objects):
    """Puts all of them down on an empty place -> them, or None when one found no room."""
    laid = [renderer.put(rng, place, [], *_indices(objects[0]))]
    present = list(laid)
    for thing in objects[1:]:
        laid.append(renderer.put(rng, place, present, *_indices(thing)))
    return laid if all(laid) else None


def _indices(thing):
    return language.INDEX[thing[0]], COLOURS.index(thing[1])


def _stage(renderer, seed):
    """-> (generator, place, OBJECTS as they stand, OTHERS as they stand) of the first draw in which all find room."""
    for index in range(200):
        rng = np.random.default_rng([seed, STREAM, index])
        place = renderer.place(rng, shelf=False, wide=False)
        first, second = (_laid(renderer, rng, place, objects) for objects in (OBJECTS, OTHERS))
        if first and second:
            place.sensor = (min(place.sensor[0], 0.6), 2.0, 0)
            return rng, place, first, second
    raise SystemExit("no desk of 200 had room for all objects of the recording: see OBJECTS and OTHERS in training/record.py")


def _film(renderer, rng, place, first, second, folder):
    """Draws the frames -> the timeline, and the states before and after every change as [(seconds, before, after)]."""
    present, timeline, changes, before = first[:2], [], [], ()
    for number in range(FRAMES):
        what, which = TIMELINE.get(number, (None, None))
        if what == "put":
            renderer._insert(present, first[which])
        elif what == "take":
            present.remove(first[which])
        elif what == "exchange":
            present = list(second)
        frame, labels = renderer.draw(rng, place, sorted(present, key=lambda t: t.box[3]))
        Image.fromarray(frame).save(folder / f"frame-{number + 1:05d}.jpg", quality=QUALITY)
        if number == 0 or what:
            seen = things(labels["objects"])
            timeline.append(dict(seconds=number / FRAMES_PER_SECOND, frame=number + 1, kind=what or "begin", objects=sorted(KINDS[t.kind].name for t in seen),
                                 answer=language.listing(seen)))
            changes.append((number / FRAMES_PER_SECOND, before, seen))
            before = seen
    return timeline, changes[1:]


def _due(wait, changes):
    """When an instruction is to speak, and what it says."""
    about = dict(wait, kind=language.INDEX[wait["kind"]]) if "kind" in wait else wait
    instruction = language.Instruction(**about)
    said = [(seconds, instruction.answer(language.Change(before, after))) for seconds, before, after in changes] + [(KNOCK + KNOCKED, instruction.answer(language.Sound("(knock)")))]
    return dict(text=wait["text"], due=[dict(seconds=seconds, answer=answer) for seconds, answer in said if answer])


def write(work, config, out):
    """Recordings are drawn from the seed in the configuration; `out` is made anew."""
    renderer = Renderer("recording")
    rng, place, first, second = _stage(renderer, config["seed"])
    out, folder = Path(out), Path(out) / "frames"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    timeline, changes = _film(renderer, rng, place, first, second, folder)
    sound = 0.0015 * rng.standard_normal(FRAMES * RATE // FRAMES_PER_SECOND)
    for start, samples, level in ((KNOCK, events.render("knock", rng, KNOCKED), 0.3), (QUESTION, evaluate_sets.speak(language.spoken(ASKED), rng, "train"), 0.4)):
        samples = level * samples[:len(sound) - int(start * RATE)] / np.abs(samples).max()
        sound[int(start * RATE):int(start * RATE) + len(samples)] += samples
    save_wave(out / "microphone.wav", sound)
    answer = next(t["answer"] for t in reversed(timeline) if t["seconds"] <= QUESTION)
    truth = dict(frames_per_second=FRAMES_PER_SECOND, frames=FRAMES, seconds=FRAMES / FRAMES_PER_SECOND, timeline=timeline,
                 sound=[dict(seconds=KNOCK, what="knock"), dict(seconds=QUESTION, what="speech", text=ASKED, answer=answer)],
                 instructions=[_due(wait, changes) for wait in WAITS], unknowable=dict(question=UNKNOWABLE, answer=language.CANNOT_KNOW))
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
