"""Plays a timeline's sights with the renderer: camera frames one after another, and the record of what they show."""
import cv2
import numpy as np

from .. import data
from ..world import occluders
from ..world.size import HEIGHT, WIDTH
from .timeline import FRAMES_PER_SECOND
from .truth import Change, Record, Span, State

SENSED = 1 / 3               # of the frames in which nothing changed: share that is drawn anew, with the sensor's noise of that moment
ELSEWHERE = 0.4              # of the exchanges: share in which the place is another, too
EMPTIED = 0.2                # ... in which nothing is there afterwards
NEW_PLACE = 1000             # identities of one place end before


class Stage:
    """One place, or one after another. `record` grows with every frame."""

    def __init__(self, renderer, rng, cues, seconds, wide=False, sensed=SENSED):
        self.renderer, self.rng, self.seconds, self.wide, self.sensed = renderer, rng, seconds, wide, sensed
        self.record = Record(seconds, hands=[Span(c.time, c.end) for c in cues if c.kind == "hand"], darks=[Span(c.time, c.end) for c in cues if c.kind == "dark"])
        self.happens = {}
        for cue in cues:
            self.happens.setdefault(cue.time, []).append(cue.kind)
        self.events = []                             # (time, kind, end)
        self.places, self.things, self.gain, self.hand = 0, [], 1.0, None
        self._arrive()
        renderer.fill(rng, self.place, self.things, int(rng.integers(1, 5)))

    def frames(self):
        """Yields (time, frame [HEIGHT, WIDTH, 3] uint8, or None where it is the very one before)."""
        for number in range(1, int(self.seconds * FRAMES_PER_SECOND) + 1):
            time = number / FRAMES_PER_SECOND
            kinds = self.happens.get(time, ["none"] if number > 1 else ["first"])
            for kind in kinds:
                self._happen(kind)
            hand, dark = (any(s.holds(time) for s in spans) for spans in (self.record.hands, self.record.darks))
            over = any(s.end == time for s in self.record.hands + self.record.darks)
            new = kinds != ["none"] or hand or over
            if not new and self.rng.random() >= self.sensed:
                yield time, None
                continue
            frame, labels = self.renderer.draw(self.rng, self.place, self.things, self.gain, self._moving_hand() if hand else None, dark)
            if new:
                self.record.told.append(time)
            if not hand and not dark:
                self._note(time, kinds, labels)
            yield time, frame

    def _arrive(self):
        self.places += 1
        self.place = self.renderer.place(self.rng, wide=self.wide)

    def _happen(self, kind):
        """Does it; "put" where there is no room takes something away, and the other way round."""
        renderer, rng, place, things = self.renderer, self.rng, self.place, self.things
        if kind in ("put", "taken"):
            first, second = (lambda: renderer.put(rng, place, things), lambda: renderer.take(rng, things))[::1 if kind == "put" else -1]
            first() or second()
        elif kind == "moved":
            renderer.move(rng, place, things)
        elif kind == "exchange":
            things.clear()
            if rng.random() < ELSEWHERE:
                self._arrive()
            if rng.random() >= EMPTIED:
                renderer.fill(rng, self.place, things, int(rng.integers(1, 6)))
        elif kind == "light":
            self.gain = float(rng.uniform(*place.brightness))
        elif kind == "shift":
            renderer.shift(rng, place)
        elif kind == "hand":
            self.hand = occluders.hand(rng)

    def _moving_hand(self):
        """The visit's hand, a little elsewhere in every frame."""
        x, y = self.rng.uniform(-25, 25, 2)
        return cv2.warpAffine(self.hand, np.float32([[1, 0, x], [0, 1, y]]), (WIDTH, HEIGHT))

    def _note(self, time, kinds, labels):
        """Compares what the frame shows with the newest state. The kind of a change is what was done if that is what is seen of it, else "exchange"."""
        things = tuple(t.__class__(t.kind, t.colour, t.x, t.y, t.identity + NEW_PLACE * self.places) for t in data.things(labels["objects"]))
        before = self.record.states[-1] if self.record.states else None
        if before is None or before.things != things or before.place != labels["place"]:
            self.record.states.append(State(time, labels["place"], things))
        if before is None:
            return
        kind = next((k for k in kinds if k not in ("none", "hand", "dark")), None)
        change = Change(time, kind or "exchange", before.things, things)
        parts = [len(p) for p in change.parts]
        if kind in ("light", "shift", "exchange"):
            self.record.changes.append(change)
        elif sum(parts):
            single = {(1, 0, 0): "put", (0, 1, 0): "taken", (0, 0, 1): "moved"}.get(tuple(parts), "exchange")
            self.record.changes.append(Change(time, single, before.things, things))
