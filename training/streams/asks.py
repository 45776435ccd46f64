"""The questions of a long recording, one every few seconds: what is asked when, in which words, and its right answers by `truth`."""
from collections import Counter

from .. import language
from ..language import wordings
from . import truth

EVERY = (2.0, 5.0)           # seconds between two
SHARES = {"objects": 1.6, "presence": 2.2, "taken": 0.9, "colour": 1.0, "count": 1.0, "spatial": 1.0, "change": 1.2, "heard": 0.7, "last": 0.6, "ago": 0.6,
          "unknowable": 0.7, "absent": 0.8, "two": 0.6, "again": 0.6, "dark": 1.0}
MOST = 1.6                   # times its share that a measure may have while others cannot be asked
SEEN = ("objects", "presence", "taken", "colour", "count", "spatial", "absent", "two", "again")       # answered from the newest frame
WORDINGS = {"plain": 0.7, "typo": 0.15, "case": 0.15}
YES = 0.5                    # of the questions whether something is there, those about what was just taken among them
NEVER = 0.4                  # of the absent things asked for: never seen in this recording
TRIES = 4                    # some draws ask what can't be said


def _listed(answers):
    return [answers] if isinstance(answers, str) else list(answers)


def _pair(name):
    """A question about the newest frame by a function of the language: -> a function of (rng, record, time)."""
    def ask(rng, record, time):
        now = truth.state(record, time)
        pair = getattr(language, name)(rng, list(now.things), now.place)
        return pair and dict(question=pair[0], answers=_listed(pair[1]))
    return ask


def objects(rng, record, time):
    now = truth.state(record, time)
    question, answer = language.ask_objects(rng, now.things, now.place)
    return dict(question=question, objects=sorted({name(t.kind) for t in now.things}), answers=[answer])


def name(kind):
    """A kind as the lists of a set name it."""
    return "unknown" if kind == language.UNKNOWN else language.KINDS[kind].name


def presence(rng, record, time):
    """Half of the answers are yes, when those of `taken` are counted."""
    now = truth.state(record, time)
    yes = bool(now.things) and rng.random() < YES * (SHARES["presence"] + SHARES["taken"]) / SHARES["presence"]
    never = truth.never_seen(record, time)
    if not yes and never and rng.random() < NEVER:
        return dict(question=language.fill(language.pick(rng, wordings.PRESENCE), rng, now.place, language.pick(rng, never)), answers=["no."])
    question, answer = language.ask_presence(rng, list(now.things), now.place, yes)
    return dict(question=question, answers=[answer])


def taken(rng, record, time):
    gone = truth.just_taken(record, time)
    if not gone:
        return None
    return dict(question=language.fill(language.pick(rng, wordings.PRESENCE), rng, truth.state(record, time).place, language.pick(rng, gone)), answers=["no."])


def spatial(rng, record, time):
    now = truth.state(record, time)
    drawn = language.spatial(rng, list(now.things), now.place)
    return drawn and dict(question=drawn[0], answers=drawn[1])


def change(rng, record, time):
    last = truth.last_change(record, time)
    now = truth.state(record, time)
    if last is None and not truth.is_unchanged(record, time):
        return None
    before, after = (last.before, last.after) if last else (now.things, now.things)
    question, answer = language.ask_change(rng, before, after, now.place)
    return dict(question=question, answers=_listed(answer))


def _sounds(record, time):
    """[(text, seconds ago)] since the sounds are surely in memory."""
    return [(s.text, time - s.start) for s in truth.remembered(record, time)]


def heard(rng, record, time):
    """Of the newest sound, or "nothing." when there was none yet."""
    last = truth.last_sound(record, time)
    if last is None:
        pair = language.ask_heard(rng, []) if truth.is_silent_yet(record, time) else None
    else:
        pair = language.ask_heard(rng, [(last.text, time - last.start)])
        if pair and pair[1] == [language.NOTHING]:               # what was said last is older than the newest sound
            return None
    return pair and dict(question=pair[0], answers=_listed(pair[1]))


def last(rng, record, time):
    """Of the newest change of the picture and the newest sound; what is not certain must be certainly older."""
    seen, sound = truth.last_change(record, time), truth.last_sound(record, time)
    newest = max([e for e in (seen and seen.time, sound and sound.start) if e is not None], default=None)
    vague = [c.time for c in record.changes if seen is None and c.time <= time and c.kind != "light"]
    vague += [s.start for s in record.sounds if sound is None and s.start <= time and s.text != "(noise)"]
    if newest is None or any(v > newest - 2 for v in vague):
        return None
    changes = [language.Happening(time - seen.time, *seen.parts)] if seen else []
    question, answers = language.ask_last(rng, changes, [(sound.text, time - sound.start)] if sound else [])
    return dict(question=question, answers=_listed(answers))


def ago(rng, record, time):
    """How long ago a sound was heard or a thing was put down or taken away; a fifth about what never was."""
    place = truth.state(record, time).place
    if rng.random() < 0.2:
        kinds = truth.never_seen(record, time)
        return kinds and dict(question=language.fill(language.pick(rng, wordings.AGO_PUT), rng, place, language.pick(rng, kinds)), answers=[language.FORGOTTEN])
    known = truth.remembered(record, time)
    sounds = [s for s in known if s.sure] if all(s.sure for s in known) else []
    newest = {}
    for s in sounds:
        newest[language.SPEECH if language.memory.is_words(s.text) else s.text] = s
    changes = truth.single_changes(record, time)
    choices = [*newest.values(), *changes]
    if not choices:
        return None
    what = language.pick(rng, choices)
    if isinstance(what, truth.Heard):
        question, answers = language.ask_ago(rng, [], [(what.text, time - what.start)], place)
        right = {a for t in (what.start, what.end) for a in language.ago(time - t)}
    else:
        question, answers = language.ask_ago(rng, [language.Happening(time - what.time, *what.parts)], [], place)
        right = set(language.ago(time - what.time))
    return None if _listed(answers) == [language.FORGOTTEN] else dict(question=question, answers=[a for _, a in language.memory.AGO if a in right])


def unknowable(rng, record, time):
    pair = language.ask_unknowable(rng, truth.state(record, time).place)
    return pair and dict(question=pair[0], answers=_listed(pair[1]))


def two(rng, record, time):
    names = [SEEN[i] for i in rng.choice(5, 2, replace=False)]
    first, second = (ASKED[n](rng, record, time) for n in names)
    if not (first and second):
        return None
    question, answers = language.two(rng, *((a["question"], a["answers"]) for a in (first, second)))
    return dict(question=question, answers=_listed(answers))


def again(rng, record, time):
    """The second question of a conversation about one thing."""
    now = truth.state(record, time)
    turns = language.follow_up(rng, list(now.things), now.place)
    if not turns:
        return None
    *earlier, (question, answer) = turns
    return dict(question=question, answers=_listed(answer), after=[dict(question=q, answer=a) for q, a in earlier])


def dark(rng, record, time):
    """Anything about the picture while it is black, or the camera is muted."""
    answer = language.CANNOT_SEE if truth.is_off(record, "camera", time) else language.DARK
    group = language.pick(rng, [wordings.LIST, wordings.PRESENCE, wordings.COLOUR, wordings.COUNT_KIND, wordings.COUNT_ALL, wordings.WHERE])
    return dict(question=language.fill(language.pick(rng, group), rng, "desk"), answers=[answer])


ASKED = dict(objects=objects, presence=presence, taken=taken, colour=_pair("ask_colour"), count=_pair("ask_count"), spatial=spatial, change=change, heard=heard,
             last=last, ago=ago, unknowable=unknowable, absent=_pair("ask_absent"), two=two, again=again, dark=dark)


def can_ask(measure, record, time):
    """Nothing of what is asked about has just happened, and it can be seen, or heard."""
    if measure == "dark":
        return (truth.is_dark(record, time) or truth.is_off(record, "camera", time)) and truth.is_settled(record, time)
    if measure == "unknowable":
        return truth.state(record, time) is not None
    seen = truth.sees(record, time) and truth.is_settled(record, time)
    heard = truth.is_quiet(record, time) and not truth.is_off(record, "microphone", time)
    return heard if measure == "heard" else seen and heard if measure in ("last", "ago") else seen


def depends_on_now(measure, record, time):
    """Whether the newest frame, or the newest sound, tells all."""
    return measure in (*SEEN, "heard") or (measure == "dark" and not truth.is_off(record, "camera", time))


def ask(rng, record, time, measures):
    """The first of `measures` that can be asked -> a row, or None."""
    for measure in measures:
        if not can_ask(measure, record, time):
            continue
        for _ in range(TRIES):
            drawn = ASKED[measure](rng, record, time)
            if drawn:
                return dict(time=round(time, 2), measure=measure, **drawn, now=depends_on_now(measure, record, time))
    return None


def worded(rng, row, wording):
    """The row's question in that wording; where there is no other, the plain one."""
    question = row["question"]
    if wording == "typo":
        question = language.typo(question, rng)
    elif wording == "case":
        question = language.cased(question, rng)
    return row | dict(question=question, wording=wording if question != row["question"] else "plain")


def draw(rng, record):
    """-> rows of all questions by time. The measure that is furthest behind its share is asked, the wording that is furthest behind its own in that measure."""
    rows, asked, worn = [], Counter(), Counter()
    time = rng.uniform(1.5, 4)
    while time < record.seconds:
        behind = sorted(SHARES, key=lambda m: (asked[m] + rng.random()) / SHARES[m])
        fair = [m for m in behind if asked[m] < MOST * SHARES[m] / sum(SHARES.values()) * len(rows) + 2]
        row = ask(rng, record, time, ["dark", *fair] if truth.is_dark(record, time) else fair)
        if row:
            measure = row["measure"]
            wording = min(WORDINGS, key=lambda w: (worn[measure, w] + rng.random()) / WORDINGS[w])
            row = worded(rng, row, wording)
            asked[measure] += 1
            worn[measure, row["wording"]] += 1
            rows.append(row)
        time += rng.uniform(*EVERY)
    return rows
