"""The questions of a long recording, one every few seconds, in the shares of their measures and wordings."""
from collections import Counter
from dataclasses import replace

from .. import held_wordings, language
from . import topics, truth

EVERY = (2.0, 5.0)           # seconds between two
SHARES = {"objects": 1.6, "presence": 2.2, "taken": 0.9, "colour": 1.0, "count": 1.0, "spatial": 1.0, "change": 1.2, "heard": 0.7, "last": 0.6, "ago": 0.6,
          "unknowable": 0.7, "absent": 0.8, "two": 0.6, "again": 0.6, "dark": 1.0}
MOST = 1.6                   # times its share that a measure may have while others cannot be asked
SEEN = ("objects", "presence", "taken", "colour", "count", "spatial", "absent", "two", "again")       # answered from the newest frame
PAIRED = ("objects", "presence", "colour", "count")  # two of them in one
WORDINGS = {"plain": 0.55, "held": 0.15, "typo": 0.15, "case": 0.15}
UNHELD = ("again",)          # measures without held-out wordings
TRIES = 4                    # some draws ask what can't be said


def can_ask(measure, record, time):
    """Nothing of what is asked about has just happened, and it can be seen, or heard."""
    if truth.state(record, time) is None:
        return False
    settled = truth.is_settled(record, time)
    if measure == "unknowable":
        return True
    if measure == "dark":
        return (truth.is_dark(record, time) or truth.is_off(record, "camera", time)) and settled
    seen = truth.sees(record, time) and settled
    heard = truth.is_quiet(record, time) and not truth.is_off(record, "microphone", time)
    return heard if measure == "heard" else seen and heard if measure in ("last", "ago") else seen


def depends_on_now(measure, record, time):
    """Whether the newest frame, or the newest sound, tells all."""
    return measure in (*SEEN, "heard") or (measure == "dark" and not truth.is_off(record, "camera", time))


def question(rng, record, time, measure, held):
    """-> (the question, its Topic), or None where it cannot be asked."""
    place = truth.state(record, time).place
    if measure == "unknowable":
        asked, answer = (held_wordings.unknowable if held else language.ask_unknowable)(rng, place)
        return asked, topics.Topic(measure, [answer])
    if measure == "two":
        pairs = [question(rng, record, time, PAIRED[i], held) for i in rng.choice(len(PAIRED), 2, replace=False)]
        if not all(pairs):
            return None
        asked, answers = language.two(rng, *((asked, topic.answers) for asked, topic in pairs))
        return asked, topics.Topic(measure, answers)
    topic = getattr(topics, measure)(rng, record, time)
    return topic and ((topic.held if held else topic.worded)(rng, place), topic)


def ask(rng, record, time, measure, wording="plain"):
    """-> a row, or None where the measure cannot be asked."""
    if not can_ask(measure, record, time):
        return None
    for _ in range(TRIES):
        drawn = question(rng, record, time, measure, wording == "held")
        if drawn:
            asked, topic = drawn
            varied = {"typo": language.typo, "case": language.cased}.get(wording, lambda text, _: text)(asked, rng)
            row = dict(time=round(time, 2), measure=measure, question=varied, answers=topic.answers, wording="plain" if wording in ("typo", "case") and varied == asked else wording,
                       now=depends_on_now(measure, record, time))
            return row | {key: value for key, value in (("objects", topic.objects), ("after", topic.after)) if value is not None}
    return None


def aloud(rng, record, time):
    """-> dict(measure, question, answers) of a question about what is there, as it is asked aloud; None where nothing can be seen."""
    measure = language.pick(rng, PAIRED)
    topic = getattr(topics, measure)(rng, record, time) if truth.sees(record, time) else None
    if topic and topic.name:                                     # what nano's ear was not taught
        topic = replace(topic, name=None, kind=language.pick(rng, truth.never_seen(record, time)))
    return topic and dict(measure=measure, question=topic.aloud(rng, truth.state(record, time).place), answers=topic.answers)


def draw(rng, record):
    """-> rows of all questions by time. The measure that is furthest behind its share is asked, in the wording that is furthest behind its own in that measure."""
    rows, asked, worn = [], Counter(), Counter()
    time = rng.uniform(1.5, 4)
    while time < record.seconds:
        behind = sorted(SHARES, key=lambda m: (asked[m] + rng.random()) / SHARES[m])
        fair = [m for m in behind if asked[m] < MOST * SHARES[m] / sum(SHARES.values()) * len(rows) + 2]
        for measure in ["dark", *fair] if truth.is_dark(record, time) else fair:
            wording = min((w for w in WORDINGS if w != "held" or measure not in UNHELD), key=lambda w: (worn[measure, w] + rng.random()) / WORDINGS[w])
            row = ask(rng, record, time, measure, wording)
            if row:
                asked[measure] += 1
                worn[measure, row["wording"]] += 1
                rows.append(row)
                break
        time += rng.uniform(*EVERY)
    return rows
