"""Training sequences in exactly the token format that the daemon feeds.

prefix    enc("<bos><|turn>system\n" + SYSTEM + declarations of functions + "<turn|>\n<|turn>user\n")
stamp     ("" if nothing is in the stream, else " ") + "mm:ss "
frame     enc(stamp) <|image> <|video|> x n <image|>      n: all soft tokens, or, in sparse mode with delta frames, those that moved
notice    enc(stamp + "(camera off)")
audio     enc(stamp) <|audio> <|audio|> x k <audio|>      the stamp where a sound begins, not where it goes on after a frame
ask       enc(stamp + question + "<turn|>\n<|turn>model\n")
answer    enc(answer + "<turn|>")
again     enc("\n<|turn>user\n" + stamp + question + "<turn|>\n<|turn>model\n")

One sample is one stream with asks at any of its moments: branches that see the stream up to there and themselves, as the
daemon's forks do. Its oldest frames and sounds are evicted as the daemon's budgets evict them: rows that come later do not
see them, those that came earlier did.
"""
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from . import language
from .tokenizer import SPECIAL

PAD, BOI, EOI, VIDEO, BOA, EOA, AUDIO = (SPECIAL.index(s) for s in ("<pad>", "<|image>", "<image|>", "<|video|>", "<|audio>", "<audio|>", "<|audio|>"))
SOFT_TOKENS = 24
FRAME_ROWS = 36                                      # at most: a frame with its time
ALL = np.arange(SOFT_TOKENS)
FOR_EVER = 1 << 30


@dataclass(frozen=True)
class Budget:
    """What a stream holds at most beside its prefix: rows, and frames and sounds. The newest frame and the newest sound always stay."""
    rows: int
    video: int
    audio: int
    text: int
    frames: int
    sounds: int

    def of(self, kind):
        """-> (rows, pieces) that this kind may have."""
        return {"video": (self.video, self.frames), "audio": (self.audio, self.sounds), "text": (self.text, FOR_EVER)}[kind]


UNBOUNDED = Budget(*[FOR_EVER] * 6)


@dataclass(frozen=True)
class Told:
    """What is told of a frame: its cells, the frame in which the soft token of each of them was computed (in sparse mode an earlier one where little
    moved), and the frame that was told before it (-1: none of this place)."""
    frame: int
    cells: np.ndarray
    source: np.ndarray
    before: int


@dataclass
class Sample:
    ids: list = field(default_factory=list)          # placeholder ids at media rows
    positions: list = field(default_factory=list)
    branch: list = field(default_factory=list)       # 0: the stream, 1...: asks
    answer: list = field(default_factory=list)       # True: this token is part of an answer (a label)
    until: list = field(default_factory=list)        # from this row on the row is evicted
    frames: list = field(default_factory=list)       # a Told for every frame in order of their rows
    audio: list = field(default_factory=list)        # (clip, first token, end token) of the audio blocks in order
    measures: list = field(default_factory=list)     # what each ask is about


@dataclass
class Piece:
    """What is evicted as a whole: a frame, a sound with all its parts, a notice. spans: [(first row, end row)]."""
    kind: str
    spans: list

    @property
    def rows(self):
        return sum(end - first for first, end in self.spans)


class Writer:
    """Appends the pieces of a stream to a Sample."""

    def __init__(self, tokenizer, budget=UNBOUNDED):
        self._encode = lambda s: tokenizer.encode(s, add_special_tokens=False).ids
        self.decode = tokenizer.decode
        self._cache = {}
        self.begin(budget)

    def encode(self, string):
        if string not in self._cache:
            if len(self._cache) > 200_000:
                self._cache.clear()
            self._cache[string] = self._encode(string)
        return self._cache[string]

    def begin(self, budget=UNBOUNDED, declarations="", system=language.SYSTEM):
        self.sample, self.position, self.first, self.branches, self.budget, self.pieces = Sample(), 0, True, 0, budget, []
        self._add(self.encode(f"<bos><|turn>system\n{system}{declarations}<turn|>\n<|turn>user\n"))

    def __len__(self):
        return len(self.sample.ids)

    def _add(self, ids, branch=0, answer=False):
        s = self.sample
        s.ids += ids
        s.positions += range(self.position, self.position + len(ids))
        s.branch += [branch] * len(ids)
        s.answer += [answer] * len(ids)
        s.until += [FOR_EVER] * len(ids)
        self.position += len(ids)

    def _piece(self, kind, ids, goes_on=False):
        """A piece of the stream, or with `goes_on` more of the newest one of its kind; then what is over budget goes. -> the piece"""
        first = len(self)
        self._add(ids)
        span = (first, len(self))
        if goes_on:
            piece = next(p for p in reversed(self.pieces) if p.kind == kind)
            piece.spans.append(span)
        else:
            piece = Piece(kind, [span])
            self.pieces.append(piece)
        self._evict()
        return piece

    def _evict(self):
        """The oldest pieces go until every budget holds, as in the engine's EvictionPolicy."""
        rows, count = Counter(), Counter()
        for p in self.pieces:
            rows[p.kind] += p.rows
            count[p.kind] += 1
        newest = [next((p for p in reversed(self.pieces) if p.kind == kind), None) for kind in ("video", "audio")]
        for p in list(self.pieces):
            most, pieces = self.budget.of(p.kind)
            if any(p is n for n in newest) or not (rows.total() > self.budget.rows or rows[p.kind] > most or count[p.kind] > pieces):
                continue
            rows[p.kind] -= p.rows
            count[p.kind] -= 1
            self.drop(p)

    def drop(self, piece):
        """What comes from now on does not see the piece."""
        self.pieces = [p for p in self.pieces if p is not piece]
        for first, end in piece.spans:
            self.sample.until[first:end] = [len(self)] * (end - first)

    def holds(self, piece):
        return any(p is piece for p in self.pieces)

    def gap(self, rows):
        """Rows that were evicted: positions go on, nothing is seen."""
        self.position += rows

    def _stamp(self, seconds):
        seconds = int(seconds) % 3600
        return ("" if self.first else " ") + f"{seconds // 60:02d}:{seconds % 60:02d} "

    def frame(self, number, seconds, cells=ALL, before=-1, source=None):
        """`source`: the frames that the soft tokens of `cells` come from; without it, this one. -> its piece"""
        ids = self.encode(self._stamp(seconds)) + [BOI] + [VIDEO] * len(cells) + [EOI]
        self.first = False
        self.sample.frames.append(Told(number, cells, np.full(len(cells), number) if source is None else source, before))
        return self._piece("video", ids)

    def note(self, text, seconds):
        """A device that was switched off or on."""
        ids = self.encode(self._stamp(seconds) + text)
        self.first = False
        return self._piece("text", ids)

    def audio(self, clip, first, end, seconds):
        """The tokens `first` to `end` of a sound; one that begins is stamped. -> its piece"""
        ids = ([] if first else self.encode(self._stamp(seconds))) + [BOA] + [AUDIO] * (end - first) + [EOA]
        self.first = False
        self.sample.audio.append((clip, first, end))
        return self._piece("audio", ids, goes_on=first > 0)

    def _turns(self, turns, seconds):
        """Token lists of (question, answer) after each other."""
        for i, (question, answer) in enumerate(turns):
            if question.startswith("<|tool_response>"):                  # the answer to a call: the model's turn goes on
                yield self.encode(question), self.encode(answer + "<turn|>")
                continue
            end = "" if answer.startswith("<|tool_call>") else "<turn|>"
            yield (self.encode(("" if i == 0 else "\n<|turn>user\n") + self._stamp(seconds) + question + "<turn|>\n<|turn>model\n"),
                   self.encode(answer + end) if end else self.encode(answer) + [SPECIAL.index("<|tool_response>")])

    def rows(self, turns, seconds):
        """How many rows `ask` would add."""
        return sum(len(question) + len(answer) for question, answer in self._turns(turns, seconds))

    def ask(self, turns, seconds, measure=""):
        """turns: [(question, answer), ...] of one conversation, on a branch of its own; the stream's position is kept."""
        self.branches += 1
        self.sample.measures.append(measure)
        start = self.position
        for question, answer in self._turns(turns, seconds):
            if question[0] == SPECIAL.index("<|tool_response>"):         # the call's last token was that one already
                question = question[1:]
            self._add(question, self.branches)
            self._add(answer, self.branches, True)
        self.position = start


class Sparse:
    """What a stream in sparse mode knows of the picture: only the soft tokens that moved by more than `threshold` (relative L2) since they were last computed
    are new, as in `FrameStream` of the engine."""

    def __init__(self, frame, soft, threshold):
        self.known, self.source, self.threshold = soft.astype(np.float32), np.full(len(soft), frame), threshold

    def update(self, frame, soft):
        """soft [cells, width] of the next frame -> the cells that moved; `source` then tells where every cell's soft token comes from."""
        soft = soft.astype(np.float32)
        moved = np.flatnonzero(np.linalg.norm(soft - self.known, axis=1) > self.threshold * np.linalg.norm(self.known, axis=1))
        self.known[moved], self.source[moved] = soft[moved], frame
        return moved


def media(samples, cache, clips):
    """The soft tokens of the samples' frames and of their sounds in order of their rows: [rows, width] float32 each, or None."""
    soft = [cache[told.source, told.cells] for s in samples for told in s.frames]
    sounds = [clips.tokens(*block) for s in samples for block in s.audio]
    return tuple(np.concatenate(parts).astype(np.float32) if parts else None for parts in (soft, sounds))


def collate(samples, length=None):
    """Samples, padded to `length` rows (default: the longest) -> dict of numpy arrays: ids, positions, branch [B, T]; labels [B, T] (-100: none); allowed [B, T, T]."""
    length = length or max(len(s.ids) for s in samples)
    shape = (len(samples), length)
    ids, positions, branch, labels = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, -1), np.full(shape, -100)
    until = np.full(shape, FOR_EVER)
    for i, s in enumerate(samples):
        n = len(s.ids)
        ids[i, :n], positions[i, :n], branch[i, :n], until[i, :n] = s.ids, s.positions, s.branch, s.until
        token, is_answer, own = np.asarray(s.ids), np.asarray(s.answer), np.asarray(s.branch)
        follows = is_answer[1:] & (own[1:] == own[:-1])           # the row before an answer token predicts it
        labels[i, :n - 1][follows] = token[1:][follows]
    order = np.arange(length)
    causal = order[:, None] >= order
    same = branch[:, :, None] == branch[:, None]
    allowed = causal & (same | (branch[:, None] == 0)) & (branch[:, None] >= 0) & (order[:, None] < until[:, None])
    allowed |= np.eye(length, dtype=bool)
    return dict(ids=ids, positions=positions, branch=branch, labels=labels, allowed=allowed)
