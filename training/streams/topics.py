"""What may be asked at a moment of a long recording, and its right answers by `truth`; in which words is another matter.

A topic is drawn by the function of its measure, (rng, record, time) -> Topic, or None where it cannot be asked then.
"""
from dataclasses import dataclass

from .. import held_wordings, language
from ..language import wordings
from . import truth

# templates by the names that held_wordings has for its own
PLAIN = {"objects": wordings.LIST, "presence": wordings.PRESENCE, "colour": wordings.COLOUR, "count": wordings.COUNT_KIND, "count all": wordings.COUNT_ALL,
         "where": wordings.WHERE, "left": wordings.LEFT_OF, "right": wordings.RIGHT_OF, "next": wordings.NEXT_TO, "change": wordings.CHANGED, "put": wordings.PUT,
         "taken": wordings.TAKEN, "heard": wordings.HEARD, "said": wordings.SAID, "last": wordings.LAST, "ago sound": wordings.AGO_SOUND, "ago put": wordings.AGO_PUT,
         "ago taken": wordings.AGO_TAKEN}
SPOKEN = {"objects": "LIST", "presence": "PRESENCE", "colour": "COLOUR", "count": "COUNT_KIND", "count all": "COUNT_ALL"}          # groups that are asked aloud
YES = 0.7                    # of the questions for a thing that are answered with yes; what was just taken is asked for besides
NEVER, LURES, NEAR = 0.4, 0.2, 0.5                   # of the absent things asked for: never seen in this recording, no kind at all; of the others: easily taken for one
WHOLE = 0.4                  # of the counts: of all things


@dataclass(frozen=True)
class Topic:
    """group: of templates; answers: the right ones; kind, name: of the thing asked about (name: of one that is no kind); sound: a transcript as "(knock)"; objects: names of
    the kinds that are there; after: earlier turns; question: where the topic comes with its words."""
    group: str
    answers: list
    kind: int | None = None
    name: str | None = None
    sound: str | None = None
    objects: list | None = None
    after: list | None = None
    question: str | None = None

    def worded(self, rng, place):
        """In one of the wordings that nano was trained on."""
        if self.question:
            return self.question
        template = language.pick(rng, PLAIN[self.group])
        if self.sound:
            template = template.replace("{sound}", language.pick(rng, wordings.SOUND_NAMES[self.sound]))
        return language.fill(template, rng, place, self.kind, name=self.name)

    def held(self, rng, place):
        """In a wording that nano was never trained on."""
        if self.question:
            return self.question
        gaps = dict(sound=language.pick(rng, wordings.SOUND_NAMES[self.sound])) if self.sound else {}
        return held_wordings.held(self.group, rng, place, self.kind, self.name, **gaps)

    def aloud(self, rng, place):
        """In words that are also spoken."""
        return language.fill(language.pick(rng, wordings.ALOUD[SPOKEN[self.group]]), rng, place, self.kind, name=self.name, aloud=True)


def name(kind):
    """A kind as the lists of a set name it."""
    return "unknown" if kind == language.UNKNOWN else language.KINDS[kind].name


# ------------------------------------------------------------------------------------------------ what is there now
def objects(rng, record, time):
    things = truth.state(record, time).things
    return Topic("objects", [language.listing(things)], objects=sorted({name(t.kind) for t in things}))


def presence(rng, record, time):
    here = sorted(language.counts(language.known(truth.state(record, time).things)))
    if here and rng.random() < YES:
        return Topic("presence", ["yes."], language.pick(rng, here))
    return Topic("presence", ["no."], **_absent(rng, record, time, here))


def _absent(rng, record, time, here):
    """-> kind or name of something that is not there."""
    draw = rng.random()
    never = truth.never_seen(record, time)
    if draw < NEVER and never:
        return dict(kind=language.pick(rng, never))
    if draw > 1 - LURES:
        return dict(name=language.pick(rng, language.LURES))
    near = [language.INDEX[n] for k in here for n in language.NEAR.get(name(k), ()) if language.INDEX[n] not in here]
    return dict(kind=language.pick(rng, near if near and rng.random() < NEAR else [k for k in language.INDEX.values() if k not in here]))


def taken(rng, record, time):
    """Is it there, of what has just been taken away."""
    gone = truth.just_taken(record, time)
    return Topic("presence", ["no."], language.pick(rng, gone)) if gone else None


def colour(rng, record, time):
    choices = [t for t in language.unique(truth.state(record, time).things) if t.colour >= 0]
    if not choices:
        return None
    thing = language.pick(rng, choices)
    return Topic("colour", [f"{language.COLOURS[thing.colour]}."], thing.kind)


def count(rng, record, time):
    things = truth.state(record, time).things
    counts = language.counts(language.known(things))
    if not counts or rng.random() < WHOLE:
        return Topic("count all", [language.answer_count(len(things))])
    several = [k for k in counts if counts[k] > 1]
    kind = language.pick(rng, several if several and rng.random() < 0.6 else sorted(counts))
    return Topic("count", [language.answer_count(counts[kind])], kind)


def spatial(rng, record, time):
    now = truth.state(record, time)
    choices = language.unique(now.things)
    if not choices:
        return None
    thing, group = language.pick(rng, choices), language.pick(rng, ["where", "where", "left", "right", "next"])
    if group == "where":
        return Topic(group, language.where(thing, now.things, now.place), thing.kind) if language.clear_zone(thing) else None
    answer = language.questions.next_to(thing, now.things) if group == "next" else language.side(thing, now.things, group == "left")
    return answer and Topic(group, [answer], thing.kind)


def absent(rng, record, time):
    """Colour, place or surroundings of what is not there."""
    here = sorted(language.counts(language.known(truth.state(record, time).things)))
    what = _absent(rng, record, time, here)
    word = what.get("name") or language.bare(what["kind"])
    return Topic(language.pick(rng, ["colour", "colour", "where", "where", "left", "right", "next"]), [f"there is no {word}."], **what)


def again(rng, record, time):
    """The second question of a conversation about one thing."""
    now = truth.state(record, time)
    turns = language.follow_up(rng, list(now.things), now.place)
    if not turns:
        return None
    *earlier, (question, answer) = turns
    return Topic("again", [answer], question=question, after=[dict(question=q, answer=a) for q, a in earlier])


def dark(rng, record, time):
    """Anything about the picture while it is black, or the camera is muted."""
    answer = language.CANNOT_SEE if truth.is_off(record, "camera", time) else language.DARK
    group = language.pick(rng, ["objects", "presence", "colour", "count", "count all", "where"])
    return Topic(group, [answer], int(rng.integers(len(language.KINDS))))


# ------------------------------------------------------------------------------------------------ what is remembered
def change(rng, record, time):
    last = truth.last_change(record, time)
    if last is None and not truth.is_unchanged(record, time):
        return None
    put, taken, moved = last.parts if last else ((), (), ())
    group = language.pick(rng, ["change", "change", "put", "taken"])
    return Topic(group, [language.told(put, taken, moved) if group == "change" else language.each(put if group == "put" else taken) + "."])


def heard(rng, record, time):
    """Of the newest sound, or "nothing." when there was none yet."""
    last = truth.last_sound(record, time)
    if last is None:
        return Topic(language.pick(rng, ["heard", "said"]), [language.NOTHING]) if truth.is_silent_yet(record, time) else None
    words = language.memory.is_words(last.text)
    return Topic("said" if words and rng.random() < 0.5 else "heard", [language.heard(last.text)])


def last(rng, record, time):
    """Of the newest change of the picture and the newest sound; what is not certain must be certainly older."""
    seen, sound = truth.last_change(record, time), truth.last_sound(record, time)
    newest = max([e for e in (seen and seen.time, sound and sound.start) if e is not None], default=None)
    vague = [c.time for c in record.changes if seen is None and c.time <= time and c.kind != "light"]
    vague += [s.start for s in record.sounds if sound is None and s.start <= time and s.text != "(noise)"]
    if newest is None or any(v > newest - 2 for v in vague):
        return None
    changes = [language.Happening(time - seen.time, *seen.parts)] if seen else []
    return Topic("last", language.ask_last(rng, changes, [(sound.text, time - sound.start)] if sound else [])[1])


def ago(rng, record, time):
    """How long ago a sound was heard or a thing was put down or taken away; a fifth about what never was."""
    if rng.random() < 0.2:
        kinds = truth.never_seen(record, time)
        return Topic("ago put", [language.FORGOTTEN], language.pick(rng, kinds)) if kinds else None
    known = truth.remembered(record, time)
    newest = {language.SPEECH if language.memory.is_words(s.text) else s.text: s for s in known} if all(s.sure for s in known) else {}
    choices = [*newest.items(), *((None, c) for c in truth.single_changes(record, time))]
    if not choices:
        return None
    sound, what = language.pick(rng, choices)
    if sound:                                                    # it may be dated by its beginning or by its end
        right = {a for t in (what.start, what.end) for a in language.ago(time - t)}
        return Topic("ago sound", [a for _, a in language.memory.AGO if a in right], sound=sound)
    return Topic(f"ago {what.kind}", language.ago(time - what.time), truth.kinds_of(what)[0])
