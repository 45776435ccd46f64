"""One place over time: what stands on it, what happens to it, and its frames with their labels.

Everything is drawn from the generator of (seed, stream, index), so a place can be made again from these three numbers.
"""
import zlib
from dataclasses import replace

import numpy as np

from . import drawing, occluders, photographic, surfaces
from . import place as places
from .drawing import MOST
from .instances import Instances
from .kinds import COLOURS, KINDS, UNKNOWN
from .place import BOARDS
from .placed import Placed, hidden, overlap, paint, placement, warp
from .size import HEIGHT, WIDTH

FRAMES = 8                                           # of an episode
COVERED = 0.45                                       # of an object others may hide so much when it is put down
STRANGERS = 2                                        # unknown things at a time
TAUGHT = 4                                           # kinds of one's own are drawn so many times as often as the others
REPEATED = 0.12                                      # an object is of a kind that is there already
COUNTS = (0.07, 0.12, 0.17, 0.2, 0.19, 0.15, 0.1)    # of a new place's objects
CHANGES = dict(none=0.12, put=0.27, take=0.25, move=0.1, light=0.06, shift=0.05, hand=0.06, dark=0.03, exchange=0.06)
ONE_THING = dict(none=0.2, put=0.3, take=0.25, move=0.15, light=0.1)       # of an episode that is asked to be nominal
ZOOM = (1.03, 1.12)                                  # of a shifted camera; as far as its margin it moves to the side, too


class Renderer:
    """`split`: "train", or any other name for a world of its own that training never saw."""

    def __init__(self, split, seed=20261):
        self.instances, self.surfaces, self.photos = Instances(split), surfaces.build(seed, split), photographic.pictures(seed, split)
        self._split = zlib.crc32(split.encode())
        self._kinds = [number for number, kind in enumerate(KINDS) for _ in range(TAUGHT if kind.photos else 1)]
        self._noise = np.random.default_rng(5).normal(0, 1, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)

    def generator(self, seed, stream, index):
        return np.random.default_rng([seed, stream, index, self._split])

    # ---------------------------------------------------------------- an episode
    def episode(self, seed, stream, index, frames=FRAMES, wide=None):
        """-> [(frame [HEIGHT, WIDTH, 3] uint8, labels)]: one change at most from frame to frame, of CHANGES, or with wide=False of ONE_THING."""
        rng = self.generator(seed, stream, index)
        changes = ONE_THING if wide is False else CHANGES
        place, things, out, gain = self.place(rng, wide=wide), [], [], 1.0
        self.fill(rng, place, things)
        for frame in range(frames):
            what, hand = str(rng.choice(list(changes), p=list(changes.values()))) if frame else "none", None
            if what == "put":
                self.put(rng, place, things)
            elif what == "take":
                self.take(rng, things)
            elif what == "move":
                self.move(rng, place, things)
            elif what == "light":
                gain = float(rng.uniform(*place.brightness))
            elif what == "shift":
                self.shift(rng, place)
            elif what == "hand":
                hand = occluders.hand(rng)
            elif what == "exchange":
                self.exchange(rng, place, things)
            out.append(self.draw(rng, place, things, gain, hand, what == "dark"))
        return out

    def crowd(self, seed, stream, index):
        """-> [(frame, labels)] of a single full place: what the vision tower learns from, since every object in it is new to it."""
        rng = self.generator(seed, stream, index)
        place, things = self.place(rng), []
        self.fill(rng, place, things, int(rng.integers(4, MOST + 1)))
        return [self.draw(rng, place, things, hand=occluders.hand(rng) if rng.random() < 0.05 else None)]

    def single(self, seed, stream, index, **knobs):
        """-> [(frame, labels)] of one place with the arguments of `place`, and at least one object."""
        rng = self.generator(seed, stream, index)
        place, things = self.place(rng, **knobs), []
        place.strange = 0.0
        self.fill(rng, place, things, int(rng.integers(1, MOST + 1)))
        return [self.draw(rng, place, things)]

    # ---------------------------------------------------------------- what happens
    def place(self, rng, shelf=None, wide=None, scale=None, turn=None, overlap=None, photo=None):
        """A new empty place; what is None is drawn. shelf: two boards instead of a desk; wide: of the wide world instead of the nominal one; single knobs, each
        over what `wide` says: scale of all objects; turn: share of objects that lie at any turn in the picture plane; overlap: of boxes, 0.45 at most as
        drawn; photo: True for a picture like a photograph behind it, or the picture, [HEIGHT, WIDTH, 3]."""
        return places.draw(rng, self.surfaces, self.photos, shelf, wide, scale, turn, overlap, photo)

    def fill(self, rng, place, things, count=None):
        """Puts down `count` objects, as far as there is room; else a number drawn from COUNTS."""
        for _ in range(int(rng.choice(MOST + 1, p=COUNTS)) if count is None else count):
            self.put(rng, place, things)

    def put(self, rng, place, things, kind=None, colour=None):
        """Adds an object (kind UNKNOWN: a thing that is none of the kinds) at a free place -> it, or None when there is no room."""
        if len(things) >= MOST:
            return None
        if kind is None:
            kind = self._draw_kind(rng, place, things)
        about = KINDS[kind] if kind != UNKNOWN else None
        if colour is None:
            colour = COLOURS.index(about.colours[int(rng.integers(len(about.colours)))]) if about and about.colours else -1
        sprite = paint(self.instances.draw(rng, kind, place.elevation), colour, rng)
        flip = rng.random() < 0.5 and (about is None or about.name != "clock")
        sprite = sprite[:, ::-1] if flip else sprite
        side = (about.size if about else rng.uniform(0.18, 0.42)) * HEIGHT * place.scale * rng.uniform(*place.variety) * (0.86 if place.shelf else 1)
        turn = rng.uniform(-180, 180) if rng.random() < place.turned else rng.uniform(-place.tilt, place.tilt)
        highest = (0.43 if place.shelf else 0.7) * min(max(place.scale, 1), 1.25)
        for _ in range(14):
            y = rng.uniform(0.3, 0.97)                                 # where it stands: nearer is lower and larger
            h, w, matrix = placement(sprite, side * (1 if place.shelf else 0.78 + 0.36 * y), turn)
            if h > HEIGHT * highest or w > WIDTH * 0.6:
                side *= 0.85
                continue
            thing = None
            spot = self.spot(rng, place, (h, w), things, y=y, tries=2)
            if spot:
                thing = Placed(kind, colour, warp(sprite, matrix, w, h), *spot, place.count + 1)
            if thing and thing.area and self._shown(things, thing):
                place.count += 1
                self._insert(things, thing)
                return thing
        return None

    def take(self, rng, things, thing=None):
        """Removes `thing`, or any -> it, or None when there is nothing."""
        if not things:
            return None
        thing = things[int(rng.integers(len(things)))] if thing is None else thing
        things[:] = [t for t in things if t is not thing]
        return thing

    def move(self, rng, place, things, thing=None):
        """Puts `thing`, or any, elsewhere -> it, with its identity, or None where there is nothing or no room."""
        old = self.take(rng, things, thing)
        if old is None:
            return None
        spot = self.spot(rng, place, old.sprite.shape[:2], things, away=old)
        new = replace(old, left=spot[0], top=spot[1]) if spot else None
        fits = new is not None and self._shown(things, new)
        self._insert(things, new if fits else old)
        return new if fits else None

    def exchange(self, rng, place, things):
        """Everything goes, others come."""
        things.clear()
        self.fill(rng, place, things)

    def shift(self, rng, place):
        """The camera moves a little: the whole picture is a little larger and elsewhere."""
        zoom = rng.uniform(*ZOOM)
        place.view = (zoom, *((zoom - 1) / 2 * rng.uniform(-1, 1, 2) * [WIDTH, HEIGHT]))

    def draw(self, rng, place, things, gain=1.0, hand=None, dark=False):
        """-> (frame [HEIGHT, WIDTH, 3] uint8, labels of drawing.labels). gain: of the light; hand: of occluders.hand; dark: a black picture."""
        return drawing.draw(rng, place, things, self._noise, gain, hand, dark)

    # ---------------------------------------------------------------- where things stand
    def _draw_kind(self, rng, place, things):
        if rng.random() < place.strange and sum(t.kind == UNKNOWN for t in things) < STRANGERS:
            return UNKNOWN
        known = [t.kind for t in things if t.kind != UNKNOWN]
        return known[int(rng.integers(len(known)))] if known and rng.random() < REPEATED else self._kinds[int(rng.integers(len(self._kinds)))]

    def spot(self, rng, place, shape, things, y=None, tries=20, away=None):
        """A free top-left corner for a sprite of `shape`, or None; `away`: at least 12 % of the width from this object's place."""
        h, w = shape
        for _ in range(tries):
            foot = y if y is not None else rng.uniform(0.3, 0.97)
            if place.shelf:
                foot = BOARDS[int(rng.integers(2))] - rng.uniform(0, 0.012)
            left, top = int(rng.integers(4, max(5, WIDTH - w - 4))), int(foot * HEIGHT - h)
            if things and place.overlap > places.OVERLAP and rng.random() < places.BESIDE:
                beside = things[int(rng.integers(len(things)))]
                left = int(np.clip(beside.left + rng.uniform(-w, beside.sprite.shape[1]), 4, max(5, WIDTH - w - 4)))
                top = top if place.shelf else int(beside.top + rng.uniform(-0.5, 0.5) * h)
            top = min(max(top, 2), HEIGHT - h - 2)
            box = (left, top, left + w, top + h)
            far = away is None or abs(left - away.left) > 0.12 * WIDTH
            if far and all(overlap(box, t.box) < place.overlap for t in things):
                return left, top
        return None

    @staticmethod
    def _shown(things, thing):
        """Whether enough of everything is seen with `thing` among them."""
        box = thing.box
        if not any(overlap(box, t.box) for t in things):
            return True
        every = [*things]
        Renderer._insert(every, thing)
        return hidden(every, WIDTH, HEIGHT) <= COVERED

    @staticmethod
    def _insert(things, thing):
        things.append(thing)
        things.sort(key=lambda t: t.box[3])                             # nearer objects are drawn later


hand = occluders.hand
camera_pixels = drawing.camera_pixels
