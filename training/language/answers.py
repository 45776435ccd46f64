"""The right answers, from one scene's truth or from two: places, sides, neighbours, changes."""
from .phrases import BACK, BOTTOM, FRONT, LEFT, MIDDLE, RIGHT, TOP, each, join, listing, the

ZONE_MARGIN = 0.035           # questions about places are asked only of things that far from a zone's border
SIDE_MARGIN = 0.06            # ... and about sides only when no centre is nearer than that in x
AS_NEAR = 0.05                # of two things whose distances differ by less, either is called the one next to it
NOTHING_CHANGED = "nothing changed."


def across(x):
    return LEFT if x < 0.36 else RIGHT if x > 0.64 else MIDDLE


def along(y, place):
    near = y > 0.5
    return (BOTTOM if near else TOP) if place == "shelf" else (FRONT if near else BACK)


def clear_zone(thing):
    return min(abs(thing.x - 0.36), abs(thing.x - 0.64), abs(thing.y - 0.5)) > ZONE_MARGIN


def neighbours(thing, things):
    """The things next to it: the nearest, and then those that are as near but for `AS_NEAR`; distances in heights of a 4:3 picture."""
    distance = lambda t: (((t.x - thing.x) * 4 / 3) ** 2 + (t.y - thing.y) ** 2) ** 0.5
    others = sorted((t for t in things if t is not thing), key=distance)
    return [t for t in others if distance(t) - distance(others[0]) <= AS_NEAR]


def where(thing, things, place):
    """-> the right answers, the fullest first: "on the left at the front, next to the lamp.", with any other neighbour, and without one."""
    text = f"{across(thing.x)} {along(thing.y, place)}"
    return [f"{text}, next to {the(t.kind)}." for t in neighbours(thing, things) if t.kind != thing.kind] + [f"{text}."]


def side(thing, things, left):
    """What is left (right) of the thing, or None when a centre is too near to say."""
    others = [t for t in things if t is not thing]
    if any(abs(t.x - thing.x) < SIDE_MARGIN for t in others):
        return None
    return listing([t for t in others if (t.x < thing.x) == left])


def change(before, after):
    """(put down, taken away, moved) between two states of a place, by identity; moved: the centre went by more than 0.08."""
    old, new = {t.identity: t for t in before}, {t.identity: t for t in after}
    put = [t for i, t in new.items() if i not in old]
    taken = [t for i, t in old.items() if i not in new]
    moved = [t for i, t in new.items() if i in old and abs(old[i].x - t.x) + abs(old[i].y - t.y) > 0.08]
    return put, taken, moved


def before_last_change(states):
    """The newest of the states that differs from the last one: an unchanged frame in between is no change, and often not even kept."""
    return next((s for s in reversed(states) if any(change(s, states[-1]))), states[-1])


EXCHANGED = 3                 # so many put down and so many taken away at once are told in two words: the list would be longer than anyone listens


def told(put, taken, moved):
    """-> "a red mug was put down." / "a book and something i don't know were taken away." / "the lamp was moved." / "everything was exchanged." / "nothing changed." """
    if len(put) >= EXCHANGED and len(taken) >= EXCHANGED:
        return "everything was exchanged."
    parts = [f"{each(things)} {'was' if len(things) == 1 else 'were'} {done}" for things, done in ((put, "put down"), (taken, "taken away")) if things]
    parts += [f"{the(t.kind)} was moved" for t in moved]
    return join(parts) + "." if parts else NOTHING_CHANGED


def changed(before, after):
    return told(*change(before, after))


def notice(before, after):
    """What nano says of its own accord: what changed, or the empty answer."""
    text = changed(before, after)
    return "" if text == NOTHING_CHANGED else text
