"""Questions about the picture with their right answers, drawn from a scene's truth."""
from . import wordings as w
from .answers import change, changed, clear_zone, neighbours, side, where
from .names import LURES, NEAR, call, fill
from .phrases import COLOURS, INDEX, KINDS, NOTHING, answer_count, article, bare, counts, each, known, listing, named, pick, some, unique


def ask_objects(rng, things, place, omit=0.0):
    """`omit`: share of the kinds that the answer leaves out. Taught with it, a model names a kind only when it is surer of it than 1 / (2 - 2 omit), for the
    likeliest answer leaves out the others: to name what is not there is worse than to pass over what is."""
    left = {kind for kind in counts(things) if rng.random() < omit} if omit else ()
    return fill(pick(rng, w.LIST), rng, place), listing([t for t in things if t.kind not in left])


def ask_presence(rng, things, place, yes=None, gone=()):
    """Half of the answers are yes; half of the absent ones asked for are easily taken for something that is there, or were there before: `gone`, kinds."""
    here = sorted(counts(known(things)))
    yes = bool(rng.random() < 0.5) if yes is None else yes
    template = pick(rng, w.PRESENCE)
    if yes and here:
        kind = int(rng.choice(here))
        colour = [t for t in things if t.kind == kind][0].colour if rng.random() < 0.12 else -1
        return fill(template, rng, place, kind, shade=COLOURS[colour] if colour >= 0 else None), "yes."
    coloured = [t for t in things if t.colour >= 0 and t.kind in here]
    if coloured and rng.random() < 0.08:                      # the right kind in a colour that none of them has
        kind = pick(rng, coloured).kind
        colour = int(rng.choice([c for c in range(len(COLOURS)) if all(t.kind != kind or t.colour != c for t in things)]))
        return fill(template, rng, place, kind, shade=COLOURS[colour]), "no."
    if rng.random() < 0.12:
        return fill(template, rng, place, name=pick(rng, LURES)), "no."
    if len(gone) and rng.random() < 0.5:
        return fill(template, rng, place, int(rng.choice(gone))), "no."
    near = [INDEX[n] for k in here for n in NEAR.get(KINDS[k].name, ()) if INDEX[n] not in here]
    absent = [k for k in range(len(KINDS)) if k not in here]
    return fill(template, rng, place, int(rng.choice(near if near and rng.random() < 0.5 else absent))), "no."


def ask_colour(rng, things, place):
    choices = [t for t in unique(things) if t.colour >= 0]
    if not choices:
        return None
    thing = pick(rng, choices)
    return fill(pick(rng, w.COLOUR), rng, place, thing.kind), f"{COLOURS[thing.colour]}."


def ask_count(rng, things, place):
    if rng.random() < 0.35:
        return fill(pick(rng, w.COUNT_ALL), rng, place), answer_count(len(things))
    n = counts(known(things))
    several = [k for k in n if n[k] > 1]
    here = several if several and rng.random() < 0.6 else sorted(n)
    kind = int(rng.choice(here)) if here and rng.random() < 0.85 else int(rng.integers(len(KINDS)))
    return fill(pick(rng, w.COUNT_KIND), rng, place, kind), answer_count(n.get(kind, 0))


def next_to(thing, things):
    """-> "a lamp.", or None when two things are as near."""
    near = neighbours(thing, things)
    return None if len(near) > 1 else f"{some(near[0].kind, 1)}." if near else NOTHING


def spatial(rng, things, place):
    """-> a question about where things are and all its right answers, the fullest first; or None when the draw asks what can't be said."""
    choices = unique(things)
    if not choices:
        return None
    thing = pick(rng, choices)
    r = rng.random()
    if r < 0.45:
        return (fill(pick(rng, w.WHERE), rng, place, thing.kind), where(thing, things, place)) if clear_zone(thing) else None
    if r < 0.85:
        left = bool(rng.random() < 0.5)
        answer = side(thing, things, left)
        return None if answer is None else (fill(pick(rng, w.LEFT_OF if left else w.RIGHT_OF), rng, place, thing.kind), [answer])
    answer = next_to(thing, things)
    return answer and (fill(pick(rng, w.NEXT_TO), rng, place, thing.kind), [answer])


def ask_spatial(rng, things, place):
    drawn = spatial(rng, things, place)
    return drawn and (drawn[0], drawn[1][0])


def ask_absent(rng, things, place, gone=()):
    """The colour, the place or the surroundings of what is not there, perhaps of what was (`gone`, kinds) -> (question, "there is no lamp.")."""
    template = pick(rng, pick(rng, [w.COLOUR, w.COLOUR, w.WHERE, w.WHERE, w.LEFT_OF, w.RIGHT_OF, w.NEXT_TO]))
    if rng.random() < 0.15:
        lure = pick(rng, LURES)
        return fill(template, rng, place, name=lure), f"there is no {lure}."
    here = counts(things)
    near = [INDEX[n] for k in here if k < len(KINDS) for n in NEAR.get(KINDS[k].name, ()) if INDEX[n] not in here]
    others = near if near and rng.random() < 0.4 else [k for k in range(len(KINDS)) if k not in here]
    kind = int(rng.choice(gone if len(gone) and rng.random() < 0.4 else others))
    return fill(template, rng, place, kind), f"there is no {bare(kind)}."


def ask_change(rng, before, after, place):
    put, taken, _ = change(before, after)
    r = rng.random()
    if r < 0.5:
        return fill(pick(rng, w.CHANGED), rng, place), changed(before, after)
    if r < 0.75:
        return fill(pick(rng, w.PUT), rng, place), each(put) + "."
    return fill(pick(rng, w.TAKEN), rng, place), each(taken) + "."


def follow_up(rng, things, place):
    """A conversation about one thing -> [(question, answer), (question, answer)], or None when the draw asks what can't be said."""
    choices = unique(things)
    if not choices:
        return None
    thing = pick(rng, choices)
    first, r = _about(rng, thing, things, place, pick(rng, ["colour", "where", "next", "presence"])), rng.random()
    if r < 0.45:
        topic = pick(rng, ["colour", "where", "next", "left", "right"])
        answer = _answer(thing, things, place, topic)
        templates = {"colour": w.FOLLOW_COLOUR, "where": w.FOLLOW_WHERE, "next": w.FOLLOW_NEXT, "left": w.FOLLOW_SIDE[True], "right": w.FOLLOW_SIDE[False]}[topic]
        return first and answer and [first, (pick(rng, templates), answer)]
    if r < 0.6:
        n, others = counts(known(things)), [k for k in range(len(KINDS)) if k != thing.kind]
        other = int(rng.choice([k for k in n if k != thing.kind] if len(n) > 1 and rng.random() < 0.6 else others))
        return [(fill(pick(rng, w.COUNT_KIND), rng, place, thing.kind), answer_count(1)), (fill(pick(rng, w.FOLLOW_KINDS), rng, place, other), answer_count(n.get(other, 0)))]
    topic, others = pick(rng, ["colour", "where", "presence"]), [t for t in choices if t is not thing]
    first = _about(rng, thing, things, place, topic)
    if others and rng.random() < 0.75:
        other = pick(rng, others)
        kind, answer = other.kind, _answer(other, things, place, topic)
    else:
        kind = int(rng.choice([k for k in range(len(KINDS)) if k not in counts(things)]))
        answer = "no." if topic == "presence" else f"there is no {bare(kind)}."
    return first and answer and [first, (fill(pick(rng, w.FOLLOW_KIND), rng, place, kind), answer)]


def _answer(thing, things, place, topic):
    """The answer about a thing that is there, or None when it can't be said."""
    if topic == "colour":
        return f"{COLOURS[thing.colour]}." if thing.colour >= 0 else None
    if topic == "where":
        return where(thing, things, place)[0] if clear_zone(thing) else None
    if topic == "presence":
        return "yes."
    return next_to(thing, things) if topic == "next" else side(thing, things, topic == "left")


def _about(rng, thing, things, place, topic):
    answer = _answer(thing, things, place, topic)
    templates = {"colour": w.COLOUR, "where": w.WHERE, "next": w.NEXT_TO, "presence": w.PRESENCE}[topic]
    return answer and (fill(pick(rng, templates), rng, place, thing.kind), answer)


def two(rng, first, second):
    """Two questions in one: [(question, answer)] x 2 -> (question, both answers). Where the answers are lists of right ones, the result's are."""
    (q1, a1), (q2, a2) = first, second
    link = pick(rng, [" and ", " and ", " and ", ", and ", mark(q1) + " and ", mark(q1) + " "])
    question = q1.rstrip("?.") + link + q2
    if isinstance(a1, str) and isinstance(a2, str):
        return question, f"{a1} {a2}"
    a1, a2 = ([a] if isinstance(a, str) else a for a in (a1, a2))
    return question, [f"{x} {y}" for x in a1 for y in a2]


def mark(question):
    return question[-1] if question[-1] in "?." else "?"
