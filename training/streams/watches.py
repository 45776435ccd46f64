"""The standing instructions of a long recording, and when each of them is to speak: by things, sounds, words, change and absence, all running at once."""
from .. import language
from ..language import instructions
from . import truth
from .soundtrack import COMMANDS

FROM = (0.0, 0.3)            # share of the recording after which an instruction is given


def _happened(record, part):
    """(kind, colour) of what was put down (part 0) or taken away (1) while the camera was on."""
    return [(t.kind, t.colour) for c in record.changes if not truth.is_off(record, "camera", c.time) for t in c.parts[part] if t.kind != language.UNKNOWN]


def _of_kind(rng, record, coloured):
    put = [(k, c) for k, c in _happened(record, 0) if c >= 0 or not coloured]
    kind, colour = language.pick(rng, put) if put else (int(rng.integers(len(language.KINDS))), None)
    shade = language.COLOURS[colour] if coloured and put else None
    text = language.fill(language.pick(rng, instructions.WATCH_KIND), rng, "desk", kind, shade=shade)
    return instructions.Instruction(text, "kind", kind=kind, colour=colour if coloured and put else None)


def _gone(rng, record):
    taken = _happened(record, 1)
    kind = language.pick(rng, taken)[0] if taken else int(rng.integers(len(language.KINDS)))
    return instructions.Instruction(language.fill(language.pick(rng, instructions.WATCH_GONE), rng, "desk", kind), "gone", kind=kind)


def _sound(rng, record):
    heard = sorted({s.text for s in record.sounds if s.text in instructions.SOUND_TELLS and s.text != language.SPEECH}) or ["(knock)"]
    sound = language.pick(rng, heard)
    return instructions.Instruction(language.pick(rng, instructions.WATCH_SOUND[sound]), "sound", sound=sound)


def _words(rng, record):
    said = [c for c in COMMANDS if any(f" {c} " in f" {s.text} " for s in record.sounds)] or [COMMANDS[0]]
    words = language.pick(rng, said)
    return instructions.Instruction(language.pick(rng, instructions.WATCH_WORDS).format(words=words), "words", words=words)


def _any(rng, record):
    return instructions.Instruction(language.fill(language.pick(rng, instructions.WATCH_ANY), rng), "any")


def _empty(rng, record):
    place = record.states[0].place
    return instructions.Instruction(language.fill(language.pick(rng, instructions.WATCH_EMPTY), rng, place), "empty", place)


def due(instruction, record, begin):
    """-> [dict(time, answers, optional)]: when it is to speak. Optional: what may also be passed over: of exchanges, and of sounds with others over them."""
    out = []
    for change in record.changes:
        answer = instruction.answer(instructions.Change(list(change.before), list(change.after)))
        if answer and change.time >= begin and not truth.is_off(record, "camera", change.time):
            out.append(dict(time=change.time, answers=[answer], optional=change.kind in ("exchange", "shift", "light")))
    for sound in record.sounds:
        answer = instruction.answer(instructions.Sound(sound.text))
        if answer and sound.start >= begin and truth.is_heard(record, sound):
            out.append(dict(time=round(sound.end, 2), answers=[answer], optional=not sound.sure))
    return sorted(out, key=lambda d: d["time"])


def draw(rng, record):
    """-> rows of four to six instructions."""
    makers = [lambda: _of_kind(rng, record, False), lambda: _of_kind(rng, record, True), lambda: _gone(rng, record), lambda: _sound(rng, record), lambda: _words(rng, record),
              lambda: (_any if rng.random() < 0.5 else _empty)(rng, record)]
    rows = []
    for number in sorted(rng.choice(len(makers), int(rng.integers(4, len(makers) + 1)), replace=False)):
        begin = round(float(rng.uniform(*FROM)) * record.seconds, 1) if rng.random() < 0.5 else 0.0
        instruction = makers[number]()
        rows.append({"text": instruction.text, "from": begin, "to": record.seconds, "due": due(instruction, record, begin)})
    return rows
