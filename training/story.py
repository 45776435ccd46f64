"""What happens in a training stream, and what is asked of it: frames of one place after another, sounds between and over them, quiet, muted devices.

A stream is told until its rows are full; at any moment nano may be asked about now, about what changed, was heard, and happened before, about what it cannot
know, and by its standing instructions, which are mostly answered by silence.
"""
from dataclasses import dataclass, replace

import numpy as np

from . import drill, functions, language
from .data import FRAMES
from .stream import ALL, FRAME_ROWS, Budget, Sparse
from .world import KINDS

SEEN = ("objects", "presence", "colour", "count", "spatial", "absent", "two", "follow")      # asked of the newest frame alone
TOKENS_A_SECOND = 25
SHORT_ROWS = 384                                     # of a stream in which a question after a frame costs little memory
NOTE_ROWS, SWITCH_ROWS = 16, 60                      # of one notice; of a device off and on again
SOUND_ROWS = 12                                      # of a sound, beside its tokens


@dataclass
class Moment:
    """A frame or a sound that was told: when, its piece of the stream, and what it showed or was."""
    seconds: float
    piece: object
    content: object


class Story:
    """One stream on `writer`, at most `rows` rows long. `scenes`: data.Scenes or BothWays (only labels are read); `clips`: clips.Clips or None; `cache`: the soft tokens
    of all frames, without which none is told as in sparse mode; c: [decoder_training]."""

    def __init__(self, writer, scenes, clips, rng, c, rows, cache=None):
        self.writer, self.scenes, self.rng, self.c, self.rows, self.cache = writer, scenes, rng, c, rows, cache
        self.functions = functions.draw(rng) if rng.random() < c["function_share"] else []
        declarations = functions.declarations(self.functions) if self.functions else ""
        if len(writer.encode(declarations)) > rows // 2:
            self.functions, declarations = [], ""
        writer.begin(self._budget(), declarations, language.systems.draw(rng) if rng.random() < c["system_share"] else language.SYSTEM)
        # On a stream that many share a client's instruction stands before its questions instead.
        self.told = language.systems.draw(rng) + "\n" if rng.random() < c["told_share"] else ""
        self.clips = clips if clips is not None and rng.random() < c["sound_share"] else None
        self.sparse = rng.uniform(*c["sparse_threshold"]) if cache is not None and rng.random() < c["sparse_share"] else None
        self.known = None
        self.seconds = rng.uniform(0, 3500)
        self.first, self.frame = None, None          # of the place's frames the first one; the newest told one
        self.views, self.changes, self.sounds = [], [], []
        self.newest = None                           # what an instruction is about: ("picture", before, after), ("sound", text) or None
        self.off = set()
        if rng.random() < c["gap_share"]:
            writer.gap(int(np.exp(rng.uniform(0, np.log(c["gap"])))))

    def _budget(self):
        """Half of the streams have the whole budget, the others less, so that things are evicted in short ones, too."""
        full = Budget(**self.c["budget"])
        share = 1.0 if self.rng.random() < 0.5 else float(np.exp(self.rng.uniform(np.log(0.15), 0)))
        return replace(full, rows=int(full.rows * share), frames=int(self.rng.integers(1, full.frames + 1)) if share < 1 else full.frames,
                       sounds=int(self.rng.integers(1, full.sounds + 1)) if share < 1 else full.sounds)

    # ---------------------------------------------------------------- the stream
    def tell(self):
        """-> the finished Sample."""
        rng, c = self.rng, self.c
        sight = rng.random() >= c["blind_share"]
        if not sight and rng.random() < 0.5:
            self._switch("camera", "off")
        told = 0
        quiet = self.rows * rng.uniform(0.4, 0.65) if self.rows > SHORT_ROWS and rng.random() < c["late_share"] else 0
        while len(self.writer) + FRAME_ROWS + 60 < self.rows:
            before = told
            if self.clips is not None and (not sight or rng.random() < c["sound_rate"]):
                told += self._hear()
            elif sight:
                told += self._look()
            elif self.clips is None:
                break
            if told == before:
                break
            self._switches()
            self.seconds += float(rng.exponential((2.5, 15, 120)[int(rng.choice(3, p=(0.72, 0.2, 0.08)))]))
            if len(self.writer) >= quiet:            # whoever is left running is asked when his memory is full
                self._asks(c["asks"] if rng.random() < c["many_share"] * (1 if quiet else min(1, SHORT_ROWS / self.rows)) else int(rng.integers(0, 3)))
        for _ in range(60):                          # what is left of the rows
            if not self._asks(1):
                break
        return self.writer.sample

    def _switch(self, device, way):
        self.writer.note(f"({device} {way})", self.seconds)
        (self.off.add if way == "off" else self.off.discard)(device)

    def _switches(self):
        """Now and then a device was muted for a while: what it had told is gone, as the daemon's mute wipes it."""
        for device, share in (("camera", 0.01), ("microphone", 0.02)):
            if self.rng.random() < share and len(self.writer) + SWITCH_ROWS < self.rows:
                self._switch(device, "off")
                kind, moments = ("video", self.views) if device == "camera" else ("audio", self.sounds)
                for piece in [p for p in self.writer.pieces if p.kind == kind]:
                    self.writer.drop(piece)
                moments.clear()
                if device == "camera":
                    self.changes.clear()
                    self.first = self.frame = self.known = None
                self.newest = None
                self.rows -= NOTE_ROWS               # room to say that it is on again
                self._asks(1)
                self.rows += NOTE_ROWS
                self.seconds += float(self.rng.exponential(10))
                self._switch(device, "on")

    def _look(self):
        """Tells the next frame of the place, or the first of another one. -> whether it did"""
        rng = self.rng
        last = self.frame
        if self.first is None or rng.random() < self.c["exchange_share"]:
            self.first = int(rng.integers(len(self.scenes) // FRAMES)) * FRAMES
            self.frame = self.first + int(rng.integers(FRAMES))
        else:
            step = 0 if rng.random() < self.c["still_share"] else 1 if rng.random() < 0.7 else int(rng.integers(1, FRAMES))
            self.frame = self.first + (self.frame - self.first + step) % FRAMES
        same = last is not None and last // FRAMES == self.frame // FRAMES
        cells, source = ALL, None
        if self.sparse is not None and not same:     # much of the picture moved: all of it is computed
            self.known = Sparse(self.frame, self.cache[self.frame], self.sparse)
        elif self.sparse is not None:
            moved = self.known.update(self.frame, self.cache[self.frame])
            cells = moved if self.c["delta_frames"] else ALL
            source = self.known.source[cells]
        if len(cells) == 0:
            return True
        piece = self.writer.frame(self.frame, self.seconds, cells, last if same else -1, source)
        self._saw(piece)
        return True

    def _saw(self, piece):
        """What the newest frame shows is compared with the newest one before it that shows the place clearly."""
        if not self.scenes.is_clear(self.frame):
            self.newest = None
            return
        things = self.scenes.things(self.frame)
        before = next((v for v in reversed(self._views())), None)
        self.newest = ("picture", things, things)        # of a first frame nothing is new: what lies there already is no reason to speak
        if before is not None and before.content[0] == self.first:
            put, taken, moved = language.change(before.content[1], things)
            self.newest = ("picture", before.content[1], things)
            if put or taken or moved:
                self.changes.append(Moment(self.seconds, piece, (before, put, taken, moved)))
        elif before is not None:                     # another place: everything that was there is gone
            elsewhere = [replace(t, identity=t.identity + 1000) for t in before.content[1]]
            self.newest = ("exchange", elsewhere, things)
            self.changes.clear()
        self.views.append(Moment(self.seconds, piece, (self.first, things)))

    def _hear(self):
        """Tells one sound and asks what it was; a frame may fall into a long one. -> whether there was room"""
        rng, writer = self.rng, self.writer
        clip = self.clips.draw(rng)
        length, text = self.clips.length(clip), self.clips.text(clip)
        if len(writer) + length + SOUND_ROWS + FRAME_ROWS + 40 > self.rows:
            return False
        if self.first is not None and length > 16 and rng.random() < self.c["split_share"]:
            cut = int(rng.integers(4, length - 4))
            piece = writer.audio(clip, 0, cut, self.seconds)
            self._look()
            writer.audio(clip, cut, length, self.seconds)
        else:
            piece = writer.audio(clip, 0, length, self.seconds)
        begun, self.seconds = self.seconds, self.seconds + length / TOKENS_A_SECOND
        self._answer([(language.TRANSCRIBE, text)], "sounds" if text.startswith("(") else "words")
        if text not in ("", "(noise)"):
            self.sounds.append(Moment(begun, piece, text))
            self.newest = ("sound", text)
        else:
            self.newest = None
        return True

    # ---------------------------------------------------------------- what is in memory
    def _views(self):
        self.views = [v for v in self.views if self.writer.holds(v.piece)]
        return self.views

    def _sounds(self):
        self.sounds = [s for s in self.sounds if self.writer.holds(s.piece)]
        return [(s.content, self.seconds - s.seconds) for s in self.sounds]

    def _changes(self):
        """What changed between two frames that are both still there."""
        self.changes = [m for m in self.changes if self.writer.holds(m.piece) and self.writer.holds(m.content[0].piece)]
        return [language.Happening(self.seconds - m.seconds, *m.content[1:]) for m in self.changes]

    # ---------------------------------------------------------------- asks
    def _asks(self, count):
        """-> how many were asked"""
        asked = 0
        for _ in range(count):
            turns, measure = self._turns()
            if turns and self._answer(turns, measure):
                asked += 1
        return asked

    def _answer(self, turns, measure):
        """Adds the conversation as a branch if it fits -> whether it did."""
        if measure not in ("watch", "heard"):
            turns = [(self.told + turns[0][0], turns[0][1]), *turns[1:]]
        if len(self.writer) + self.writer.rows(turns, self.seconds) > self.rows:
            return False
        self.writer.ask(turns, self.seconds, measure)
        return True

    def _turns(self):
        """-> turns or None, the measure of the first"""
        rng, tasks = self.rng, self.c["tasks"]
        if self.functions and rng.random() < self.c["call_share"]:
            turns = self._call()
            if turns and len(turns) == 2 and rng.random() < self.c["again_share"]:
                turns = turns + (self._call(standing=False) or [])
            if turns:
                return turns, "functions"
        names = list(tasks)
        weights = np.array([tasks[n] for n in names], float)
        task = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        turns = self._about(task)
        if turns and len(turns) == 1 and rng.random() < self.c["again_share"]:
            more = self._about(task) if rng.random() < 0.3 else self._about(names[int(rng.choice(len(names), p=weights / weights.sum()))])
            turns, task = (turns + more, "again") if more else (turns, task)
        return turns, task

    def _call(self, standing=True):
        view = self._views()[-1] if self._views() else None
        if view is None or not self._sees():
            return None
        things, place = view.content[1], self.scenes.where(self.frame)
        if standing and self.newest and self.newest[0] == "picture" and self.rng.random() < 0.25:
            return functions.instruction(self.rng, self.functions, self.newest[1], self.newest[2])
        return functions.ask(self.rng, self.functions, things, place)

    def _sees(self):
        return self.frame is not None and self.scenes.is_clear(self.frame) and "camera" not in self.off

    def _typed(self, pair):
        return pair and [(language.typed(pair[0], self.rng), pair[1] if isinstance(pair[1], str) else pair[1][0])]

    def _about(self, task):
        """Turns about one thing, or None where it can't be asked now."""
        rng, views = self.rng, self._views()
        if task == "unknowable":
            return self._typed(language.ask_unknowable(rng, "desk"))
        if task in ("heard", "ago", "last"):
            if self.off or (self.frame is not None and not self._sees()):
                return None
            sounds, changes = self._sounds(), self._changes()
            pair = language.ask_heard(rng, sounds) if task == "heard" else getattr(language, f"ask_{task}")(rng, changes, sounds)
            return self._typed(pair)
        if task == "watch":
            return self._watch()
        if not self._sees():
            return self._blind()
        if not views:
            return None
        things, place = views[-1].content[1], self.scenes.where(self.frame)
        if task == "change":
            states = [v.content[1] for v in views if v.content[0] == self.first]
            if len(states) < 2 and rng.random() < 0.8:
                return None
            return self._typed(language.ask_change(rng, language.before_last_change(states), things, place))
        if task == "two":
            pairs = [self._pair(rng.choice(("objects", "presence", "colour", "count")), things, place) for _ in range(2)]
            return self._typed(language.two(rng, *pairs)) if all(pairs) else None
        if task == "follow":
            turns = language.follow_up(rng, things, place)
            return turns and [(language.typed(q, rng), a) for q, a in turns]
        return self._typed(self._pair(task, things, place))

    def _gone(self, things):
        """The kinds that some frame in memory shows and the newest does not."""
        here = {t.kind for t in things}
        return sorted({t.kind for v in self._views() for t in v.content[1] if t.kind < len(KINDS)} - here)

    def _pair(self, task, things, place):
        more = dict(omit=self.c["omit"]) if task == "objects" else dict(gone=self._gone(things)) if task in ("presence", "absent") else {}
        return getattr(language, f"ask_{task}")(self.rng, things, place, **more)

    def _blind(self):
        """A visual question while nothing can be seen, or while it is dark."""
        if self.frame is not None and "camera" not in self.off and not self.scenes.is_dark(self.frame):
            return None                              # something hides the place: the right answer is not certain
        answer = language.DARK if self.frame is not None and "camera" not in self.off else language.CANNOT_SEE
        template = language.pick(self.rng, language.LIST + language.PRESENCE + language.COLOUR + language.COUNT_KIND + language.WHERE + language.CHANGED)
        return [(language.typed(language.fill(template, self.rng), self.rng), answer)]

    def _watch(self):
        """A standing instruction about the newest event, or the engine's own question what is new."""
        rng, newest = self.rng, self.newest
        if newest is None:
            if self.frame is not None and not self.scenes.is_clear(self.frame) and rng.random() < 0.5:
                return [(language.NOTICE, "")]
            return None
        if newest[0] == "sound":
            return [language.standing(rng, None, None, newest[1])]
        if newest[0] == "picture" and rng.random() < self.c["notice_share"]:
            return [(language.NOTICE, language.notice(newest[1], newest[2]))]
        return [language.standing(rng, newest[1], newest[2], None)]


def tell(writer, scenes, clips, rng, c, rows, cache=None):
    """-> a Sample: one training stream of at most `rows` rows."""
    if rows <= SHORT_ROWS and rng.random() < c["drill_share"]:
        return drill.tell(writer, rng, c, rows)
    return Story(writer, scenes, clips, rng, c, rows, cache).tell()
