"""Training sequences in exactly the token format that the daemon feeds.

prefix    enc("<bos><|turn>system\n" + SYSTEM + "<turn|>\n<|turn>user\n")
frame     enc(("" first | " ") + "mm:ss ") <|image> <|video|> x n <image|>      n: all soft tokens, or, in sparse mode with delta frames, those that moved
notice    enc(("" first | " ") + "mm:ss (camera off)")
audio     <|audio> <|audio|> x k <audio|>
ask       enc(question + "<turn|>\n<|turn>model\n")
answer    enc(answer + "<turn|>")
again     enc("\n<|turn>user\n" + question + "<turn|>\n<|turn>model\n")

One sample is one stream with asks at any of its moments: branches that see the stream up to there and themselves, as the
daemon's forks do. A standing instruction is an ask whose right answer is mostly empty.
"""
from dataclasses import dataclass, field

import numpy as np

from . import language
from .data import FRAMES
from .tokenizer import SPECIAL

PAD, BOI, EOI, VIDEO, BOA, EOA, AUDIO = (SPECIAL.index(s) for s in ("<pad>", "<|image>", "<image|>", "<|video|>", "<|audio>", "<audio|>", "<|audio|>"))
SOFT_TOKENS = 24
FRAME_ROWS = 36                                      # at most: a frame with its time
ALL = np.arange(SOFT_TOKENS)
CANNOT_SEE = "i cannot see."


@dataclass(frozen=True)
class Told:
    """What is told of a frame: its cells, the frame in which the soft token of each of them was computed (in sparse mode an earlier one where little
    moved), and whether the frame before was told."""
    frame: int
    cells: np.ndarray
    source: np.ndarray
    after: bool


@dataclass
class Sample:
    ids: list = field(default_factory=list)          # placeholder ids at media rows
    positions: list = field(default_factory=list)
    branch: list = field(default_factory=list)       # 0: the stream, 1...: asks
    answer: list = field(default_factory=list)       # True: this token is part of an answer (a label)
    frames: list = field(default_factory=list)       # a Told for every frame in order of their rows
    audio: list = field(default_factory=list)        # (clip, first token, end token) of the audio blocks in order


class Writer:
    """Appends the pieces of a stream to a Sample."""

    def __init__(self, tokenizer):
        self._encode = lambda s: tokenizer.encode(s, add_special_tokens=False).ids
        self.decode = tokenizer.decode
        self._cache = {}
        self.begin()

    def encode(self, string):
        if string not in self._cache:
            if len(self._cache) > 200_000:
                self._cache.clear()
            self._cache[string] = self._encode(string)
        return self._cache[string]

    def begin(self):
        self.sample, self.position, self.first, self.branches = Sample(), 0, True, 0
        self._add(self.encode(f"<bos><|turn>system\n{language.SYSTEM}<turn|>\n<|turn>user\n"))

    def __len__(self):
        return len(self.sample.ids)

    def _add(self, ids, branch=0, answer=False):
        s = self.sample
        s.ids += ids
        s.positions += range(self.position, self.position + len(ids))
        s.branch += [branch] * len(ids)
        s.answer += [answer] * len(ids)
        self.position += len(ids)

    def gap(self, rows):
        """Rows that were evicted: positions go on, nothing is seen."""
        self.position += rows

    def _stamp(self, seconds):
        seconds, first, self.first = int(seconds) % 3600, self.first, False
        return ("" if first else " ") + f"{seconds // 60:02d}:{seconds % 60:02d} "

    def frame(self, number, seconds, cells=ALL, after=False, source=None):
        """`source`: the frames that the soft tokens of `cells` come from; without it, this one."""
        self._add(self.encode(self._stamp(seconds)) + [BOI] + [VIDEO] * len(cells) + [EOI])
        self.sample.frames.append(Told(number, cells, np.full(len(cells), number) if source is None else source, after))

    def note(self, text, seconds):
        """A device that was switched off or on."""
        self._add(self.encode(self._stamp(seconds) + text))

    def audio(self, clip, first, end):
        self._add([BOA] + [AUDIO] * (end - first) + [EOA])
        self.sample.audio.append((clip, first, end))
        self.first = False

    def rows(self, turns):
        """How many rows `ask` would add."""
        return sum(len(self.encode(("" if i == 0 else "\n<|turn>user\n") + question + "<turn|>\n<|turn>model\n")) + len(self.encode(answer + "<turn|>"))
                   for i, (question, answer) in enumerate(turns))

    def ask(self, turns):
        """turns: [(question, answer), ...] of one conversation, on a branch of its own; the stream's position is kept."""
        self.branches += 1
        start = self.position
        for i, (question, answer) in enumerate(turns):
            self._add(self.encode(("" if i == 0 else "\n<|turn>user\n") + question + "<turn|>\n<|turn>model\n"), self.branches)
            self._add(self.encode(answer + "<turn|>"), self.branches, True)
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


def question(rng, tasks, states, place, omit=0.0):
    """One (question, answer) about what the frames of one place show, of a kind drawn by the weights `tasks` (a dict), or None.
    `states`: what was there in its frames, the newest last; `omit`: of language.ask_objects."""
    names = list(tasks)
    weights = np.array([tasks[n] * (0.3 if len(states) == 1 and n in ("change", "watch") else 1) for n in names], float)
    task = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    after = states[-1]
    if task in ("change", "watch"):
        before = language.before_last_change(states) if task == "change" else states[-2:][0]
        pair = getattr(language, f"ask_{task}")(rng, before, after, place)
        return pair if task == "watch" and pair[0] == language.NOTICE else (language.typed(pair[0], rng), pair[1])
    more = dict(omit=omit) if task == "objects" else {}
    pair = getattr(language, f"ask_{task}")(rng, after, place, **more)
    return pair and (language.typed(pair[0], rng), pair[1])


def blind(rng):
    """A question while nothing can be seen."""
    template = language.pick(rng, language.LIST + language.PRESENCE + language.COLOUR + language.COUNT_KIND + language.WHERE + language.CHANGED)
    return language.typed(language.fill(template, rng), rng), CANNOT_SEE


def sample(writer, scenes, clips, rng, c, cache=None):
    """One training stream of at most c["rows"] rows. `scenes`: data.Scenes (only labels are read); `clips`: sounds.Clips or None; `cache`: the soft tokens
    of all frames, without which none is told as in sparse mode."""
    writer.begin()
    sparse, threshold, known = cache is not None and rng.random() < c["sparse_share"], rng.uniform(*c["sparse_threshold"]), None
    sound = clips is not None and rng.random() < c["sound_share"]
    seconds = rng.uniform(0, 3500)
    if rng.random() < c["gap_share"]:
        writer.gap(int(np.exp(rng.uniform(0, np.log(c["gap"])))))
    frames, count = [], 1 + int(rng.choice(6, p=c["frame_share"]))
    while len(frames) < count:
        first = int(rng.integers(len(scenes) // FRAMES)) * FRAMES
        start = int(rng.integers(FRAMES))
        frames += range(first + start, first + int(rng.integers(start, FRAMES)) + 1)
    if sound and rng.random() < 0.5:
        frames = frames[:int(rng.integers(0, 2))]
    if not frames or rng.random() < 0.03:
        frames = []
        if rng.random() < 0.5:
            writer.note("(camera off)", seconds)
    seen, states = None, []
    if not frames:
        _switched(writer, rng, c, "microphone", 0.3, seconds)
        for _ in range(int(rng.integers(1, 4)) if sound else 1):
            _sounds(writer, clips if sound else None, rng, c, seconds, [])
        for _ in range(2):
            _answer(writer, rng, c, [blind(rng)])
        return writer.sample
    for device, share in (("camera", 0.04), ("microphone", 0.12)):
        _switched(writer, rng, c, device, share, seconds)
    for number, frame in enumerate(frames):
        _switched(writer, rng, c, "microphone", 0.06, seconds)
        if len(writer) + FRAME_ROWS + 24 > c["rows"]:
            break
        split = _sounds(writer, clips, rng, c, seconds, frames[number + 1:]) if sound and rng.random() < c["block_share"] else None
        same = seen is not None and seen // FRAMES == frame // FRAMES
        cells, source = ALL, None
        if sparse and not same:                                # much of the picture moved: all of it is computed
            known = Sparse(frame, cache[frame], threshold)
        elif sparse:
            moved = known.update(frame, cache[frame])
            cells = moved if c["delta_frames"] else ALL
            source = known.source[cells]
        if len(cells):
            writer.frame(frame, seconds, cells, same, source)
        if split:                                              # the frame fell into the sound: its rest follows, then its end
            writer.audio(*split[0])
            _answer(writer, rng, c, [(language.TRANSCRIBE, split[1])])
        states = [*(states if same else []), scenes.things(frame)]      # another place: everything is new, and nothing is said of it
        seen, place = frame, scenes.where(frame)
        seconds += rng.exponential(6)
        last = number == len(frames) - 1
        if rng.random() < c["late_gap_share"] / (1 if last else 3):
            writer.gap(int(np.exp(rng.uniform(np.log(20), np.log(c["late_gap"])))))
        if sound and last and rng.random() < c["block_share"]:
            _sounds(writer, clips, rng, c, seconds, [])
        for _ in range(c["asks"] if last else c["early_asks"]):
            turns = [question(rng, c["tasks"], states, place, c["omit"])]
            if turns[0] is None:
                continue
            if rng.random() < c["again_share"]:
                follow = question(rng, c["tasks"], states, place, c["omit"])
                turns += [follow] if follow else []
            if not _answer(writer, rng, c, turns):
                break
    return writer.sample


def _switched(writer, rng, c, device, share, seconds):
    """In this share of the cases the device was muted and unmuted, once or several times; not in a stream that is half full."""
    if rng.random() < share and len(writer) < c["rows"] // 2:
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            writer.note(f"({device} off)", seconds)
            seconds += rng.exponential(8)
            writer.note(f"({device} on)", seconds)


def _answer(writer, rng, c, turns):
    """Adds the conversation as a branch if it fits -> whether it did."""
    if len(writer) + writer.rows(turns) > c["rows"]:
        return False
    writer.ask(turns)
    return True


def _sounds(writer, clips, rng, c, seconds, coming):
    """One block of sound and its transcript's ask; or, when a frame follows and the block is long, now and then only its first part
    -> (the rest, the transcript)."""
    if clips is None:
        return None
    clip = clips.draw(rng)
    length, words = clips.length(clip), clips.text(clip)
    if len(writer) + length + 2 + 2 * FRAME_ROWS + 30 > c["rows"]:
        return None
    if coming and length > 16 and rng.random() < c["split_share"]:
        cut = int(rng.integers(4, length - 4))
        writer.audio(clip, 0, cut)
        return (clip, cut, length), words
    writer.audio(clip, 0, length)
    _answer(writer, rng, c, [(language.TRANSCRIBE, words)])
    return None


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
    for i, s in enumerate(samples):
        n = len(s.ids)
        ids[i, :n], positions[i, :n], branch[i, :n] = s.ids, s.positions, s.branch
        token, is_answer, own = np.asarray(s.ids), np.asarray(s.answer), np.asarray(s.branch)
        follows = is_answer[1:] & (own[1:] == own[:-1])           # the row before an answer token predicts it
        labels[i, :n - 1][follows] = token[1:][follows]
    order = np.arange(length)
    causal = order[:, None] >= order
    same = branch[:, :, None] == branch[:, None]
    allowed = causal & (same | (branch[:, None] == 0)) & (branch[:, None] >= 0)
    allowed |= np.eye(length, dtype=bool)
    return dict(ids=ids, positions=positions, branch=branch, labels=labels, allowed=allowed)
