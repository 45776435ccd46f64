"""Questions about the picture as they are asked aloud: words that nano's ear was taught, and answers by the truth of the moment."""
from .. import language
from ..language import wordings
from . import truth


def objects(rng, things):
    return "LIST", None, language.listing(things)


def presence(rng, things):
    here = sorted(language.counts(language.known(things)))
    if here and rng.random() < 0.5:
        return "PRESENCE", language.pick(rng, here), "yes."
    return "PRESENCE", language.pick(rng, [k for k in language.INDEX.values() if k not in here]), "no."


def colour(rng, things):
    choices = [t for t in language.unique(things) if t.colour >= 0]
    if not choices:
        return None
    thing = language.pick(rng, choices)
    return "COLOUR", thing.kind, f"{language.COLOURS[thing.colour]}."


def count(rng, things):
    counts = language.counts(language.known(things))
    if not counts or rng.random() < 0.4:
        return "COUNT_ALL", None, language.answer_count(len(things))
    kind = language.pick(rng, sorted(counts))
    return "COUNT_KIND", kind, language.answer_count(counts[kind])


MEASURES = dict(objects=objects, presence=presence, colour=colour, count=count)


def ask(rng, record, time):
    """-> dict(measure, question, answers) about what is there at `time`, or None when it cannot be seen."""
    if not truth.sees(record, time):
        return None
    now, measure = truth.state(record, time), language.pick(rng, list(MEASURES))
    drawn = MEASURES[measure](rng, now.things)
    if drawn is None:
        return None
    templates, kind, answer = drawn
    return dict(measure=measure, question=language.fill(language.pick(rng, wordings.ALOUD[templates]), rng, now.place, kind, aloud=True), answers=[answer])
