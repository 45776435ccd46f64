"""The standing instructions of a long recording, and when each of them is to speak: by things, sounds, words, change and absence, all running at once."""
from .. import held_wordings, language
from . import truth
from .soundtrack import COMMANDS

HELD = 0.3                   # of the instructions: in wordings not trained on
FROM = (0.0, 0.3)            # share of the recording after which an instruction is given


def _happened(record, part):
    """(kind, colour) of what was put down (part 0) or taken away (1) while the camera was on."""
    return [(t.kind, t.colour) for c in record.changes if not truth.is_off(record, "camera", c.time) for t in c.parts[part] if t.kind != language.UNKNOWN]


def _said(record):
    """The commands that were spoken."""
    return [c for c in COMMANDS if any(f" {c} " in f" {s.text} " for s in record.sounds)]


def _sounds(record):
    return sorted({s.text for s in record.sounds if s.text in language.WATCH_SOUND and s.text != language.SPEECH})


def _subjects(rng, record):
    """-> arguments of `language.instruction` for each sort: about what will happen, for nothing is learned from waiting for what never does."""
    put, taken = _happened(record, 0), _happened(record, 1)
    coloured = [(kind, colour) for kind, colour in put if colour >= 0]
    out = [dict(about="any"), dict(about="empty")]
    out += [dict(about="kind", kind=language.pick(rng, put)[0])] if put else []
    out += [dict(zip(("kind", "colour"), language.pick(rng, coloured)), about="kind")] if coloured else []
    out += [dict(about="gone", kind=language.pick(rng, taken)[0])] if taken else []
    out += [dict(about="sound", sound=language.pick(rng, _sounds(record)))] if _sounds(record) else []
    return out + ([dict(about="words", words=language.pick(rng, _said(record)))] if _said(record) else [])


def due(instruction, record, begin):
    """-> [dict(time, answers, optional)]: when it is to speak. Optional: what may also be passed over: of exchanges, and of sounds with others over them."""
    out = []
    for change in record.changes:
        answer = instruction.answer(language.Change(list(change.before), list(change.after)))
        if answer and change.time >= begin and not truth.is_off(record, "camera", change.time):
            out.append(dict(time=change.time, answers=[answer], optional=change.kind in ("exchange", "shift", "light")))
    for sound in record.sounds:
        answer = instruction.answer(language.Sound(sound.text))
        if answer and sound.start >= begin and truth.is_heard(record, sound):
            out.append(dict(time=round(sound.end, 2), answers=[answer], optional=not sound.sure))
    return sorted(out, key=lambda d: d["time"])


def draw(rng, record):
    """-> rows of four to six instructions."""
    subjects, rows, place = _subjects(rng, record), [], record.states[0].place
    for number in sorted(rng.choice(len(subjects), min(len(subjects), int(rng.integers(4, 7))), replace=False)):
        begin = round(float(rng.uniform(*FROM)) * record.seconds, 1) if rng.random() < 0.5 else 0.0
        instruction = (held_wordings if rng.random() < HELD else language).instruction(rng, place, **subjects[number])
        rows.append({"text": instruction.text, "from": begin, "to": record.seconds, "due": due(instruction, record, begin)})
    return rows
