"""Training sequences in exactly the token format that the daemon feeds.

prefix    enc("<bos><|turn>system\n" + SYSTEM + "<turn|>\n<|turn>user\n")
frame     enc(("" first | " ") + "mm:ss ") <|image> <|video|> x n <image|>
audio     <|audio> <|audio|> x k <audio|>
ask       enc(question + "<turn|>\n<|turn>model\n")
answer    enc(answer + "<turn|>")
again     enc("\n<|turn>user\n" + question + "<turn|>\n<|turn>model\n")

One sample is one stream with several independent asks: branches that see the stream and themselves, as the
daemon's forks do.
"""
from dataclasses import dataclass, field

import numpy as np

from . import text

PAD, BOI, EOI, VIDEO, BOA, EOA, AUDIO = (text.SPECIAL.index(s) for s in ("<pad>", "<|image>", "<image|>", "<|video|>", "<|audio>", "<audio|>", "<|audio|>"))
SOFT_TOKENS = 24
FRAME_ROWS, ASK_ROWS = 36, 50            # at most: a frame with its time, a listing with its answer


@dataclass
class Sample:
    ids: list = field(default_factory=list)          # placeholder ids at media rows
    positions: list = field(default_factory=list)
    branch: list = field(default_factory=list)       # 0: the stream, 1...: asks
    answer: list = field(default_factory=list)       # True: this token is part of an answer (a label)
    frames: list = field(default_factory=list)       # frame numbers in order of their rows
    audio: list = field(default_factory=list)        # lengths of the audio blocks in order


class Writer:
    """Appends the pieces of a stream to a Sample."""

    def __init__(self, tokenizer):
        self._encode = lambda s: tokenizer.encode(s, add_special_tokens=False).ids
        self._cache = {}
        self.sample, self.position, self.first = Sample(), 0, True

    def encode(self, string):
        if string not in self._cache:
            if len(self._cache) > 50_000:
                self._cache.clear()
            self._cache[string] = self._encode(string)
        return self._cache[string]

    def begin(self):
        self.sample, self.position, self.first = Sample(), 0, True
        self._add(self.encode(f"<bos><|turn>system\n{text.SYSTEM}<turn|>\n<|turn>user\n"))

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

    def frame(self, number, seconds):
        stamp = f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d} "
        self._add(self.encode(stamp if self.first else " " + stamp) + [BOI] + [VIDEO] * SOFT_TOKENS + [EOI])
        self.sample.frames.append(number)
        self.first = False

    def audio(self, length):
        self._add([BOA] + [AUDIO] * length + [EOA])
        self.sample.audio.append(length)
        self.first = False

    def length(self, turns):
        """How many rows `ask` would add."""
        return sum(len(self.encode(("" if i == 0 else "\n<|turn>user\n") + question + "<turn|>\n<|turn>model\n")) + len(self.encode(answer + "<turn|>"))
                   for i, (question, answer) in enumerate(turns))

    def ask(self, branch, turns):
        """turns: [(question, answer), ...] of one conversation, on its own branch; the stream's position is kept."""
        start = self.position
        for i, (question, answer) in enumerate(turns):
            self._add(self.encode(("" if i == 0 else "\n<|turn>user\n") + question + "<turn|>\n<|turn>model\n"), branch)
            self._add(self.encode(answer + "<turn|>"), branch, True)
        self.position = start


def questions(present, kinds, rng, count):
    """`count` (question, answer) pairs about the set of kinds `present`: a third lists, the rest presence, half of it yes."""
    out = []
    inside, outside = sorted(present), [k for k in range(len(kinds)) if k not in present]
    for i in range(count):
        if i % 3 == 0:
            out.append((text.spoken_as(str(rng.choice(text.LIST_QUESTIONS)), rng), text.listing(present, kinds)))
            continue
        yes = inside and rng.random() < 0.5
        if yes:
            phrase = kinds[rng.choice(inside)]["phrase"]
        else:
            phrase = str(rng.choice(text.LURES)) if rng.random() < 0.12 else kinds[rng.choice(outside)]["phrase"]
        question = str(rng.choice(text.PRESENCE_QUESTIONS)).format(a=phrase)
        out.append((text.spoken_as(question, rng), "yes." if yes else "no."))
    return out


def sample(writer, present, kinds, rng, c, frames=None):
    """One training stream of at most c["rows"] rows: as many asks as fit. present [N, kinds] bool of the cached frames
    (frames 2g, 2g + 1 share a desk)."""
    total = len(present)
    last = int(rng.integers(total))
    count = 1 + int(rng.choice(4, p=c["frame_share"]))
    numbers = [last]
    while len(numbers) < count:
        r = rng.random()
        numbers.insert(0, numbers[0] ^ 1 if r < 0.6 else numbers[0] if r < 0.7 else int(rng.integers(total)))
    writer.begin()
    seconds = rng.uniform(0, 3500)
    if rng.random() < c["gap_share"]:
        writer.gap(int(np.exp(rng.uniform(0, np.log(c["gap"])))))
    for i in range(count + 1):
        length = int(rng.integers(*c["audio_long" if rng.random() < c["audio_long_share"] else "audio_tokens"]))
        fits = len(writer.sample.ids) + length + 2 + (count - i) * FRAME_ROWS + ASK_ROWS <= c["rows"]
        if rng.random() < c["audio_share"] and fits:
            writer.audio(length)
        if i < count:
            writer.frame(numbers[i], seconds)
            seconds += rng.exponential(8)
        if rng.random() < c["late_gap_share"] / (1 if i >= count - 1 else 3):
            writer.gap(int(np.exp(rng.uniform(np.log(20), np.log(c["late_gap"])))))
    truth = set(np.flatnonzero(present[last]).tolist())
    asked = questions(truth, kinds, rng, c["asks"])
    branch = 1
    while asked:
        turns = [asked.pop(0)]
        if asked and rng.random() < c["again_share"]:
            turns.append(asked.pop(int(rng.integers(len(asked)))))
        room = c["rows"] - len(writer.sample.ids)
        if writer.length(turns) > room:
            turns = turns[:1]
        if writer.length(turns) > room:
            break
        writer.ask(branch, turns)
        branch += 1
    return writer.sample


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
