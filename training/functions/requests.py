"""Conversations in which a function is asked for, called and answered, and those in which none fits."""
from .. import language
from ..language import COLOURS, KINDS, pick
from ..language.instructions import CONDITIONS, Change
from .forms import draw
from .syntax import call, response

FAILURES = ["not found", "no power", "no answer", "too late", "it is locked", "not allowed", "it is busy", "no connection", "try again later"]


def _said(v):
    """A value as a request says it."""
    return ("on" if v else "off") if isinstance(v, bool) else str(v)


def request(rng, function, things=(), place="desk"):
    """-> (the request, its arguments), or None when what it reads from the picture can't be told."""
    template, given = pick(rng, function.requests)
    if function.seen:
        seen = [t for t in language.unique(things) if t.colour >= 0] if function.seen == "colour" else language.known(things)
        if not seen:
            return None
        thing = pick(rng, seen)
        item, told = (p.name for p in function.parameters)
        text = template.format(bare=language.bare(thing.kind), plural=KINDS[thing.kind].plural)
        return text, {item: language.bare(thing.kind), told: COLOURS[thing.colour] if function.seen == "colour" else language.counts(things)[thing.kind]}
    arguments = {p.name: p.draw(rng) for p in function.parameters if p.name in given}
    text = template.format(**{name: _said(v) for name, v in arguments.items()})
    return _articles(text), arguments


def _articles(text):
    """ "a apple" -> "an apple". """
    words = text.split(" ")
    return " ".join("an" if w == "a" and n[:1] in "aeiou" and n else w for w, n in zip(words, words[1:] + [""]))


def _response(rng, function, arguments):
    """-> (what the application answers, what is said then)"""
    if rng.random() < 0.12:
        failure = pick(rng, FAILURES)
        return {"error": failure}, f"that did not work: {failure}."
    if function.tells:
        told = int(rng.integers(0, 100)) if rng.random() < 0.7 else pick(rng, ["high", "low", "normal", "zero", "unknown"])
        return {pick(rng, ["value", "result", "answer"]): told}, function.done.format(value=told)
    done = _articles(function.done.format(**{k: _said(v) for k, v in arguments.items()}))
    return pick(rng, [{"result": "ok"}, {"value": "ok"}, {"status": "done"}, {"ok": True}, {"result": "done"}]), done


def _turns(rng, function, text, arguments):
    entries, said = _response(rng, function, arguments)
    return [(text, call(function.name, arguments)), (response(function.name, entries), said)]


def _unfit(rng, functions, held=False):
    """A request for a function that is not declared; half of them with the verb of one that is."""
    while True:
        other = draw(rng, held, 1)[0]
        if not other.seen and all(other.name != f.name and other.subject not in f.subject and f.subject not in other.subject for f in functions):
            return request(rng, other)[0]


def _typed(text, rng):
    """As people type it, but without typos: the arguments are in it."""
    text = text.rstrip(".?") if rng.random() < 0.3 else text
    return text[0].upper() + text[1:] if rng.random() < 0.25 else text


def ask(rng, functions, things, place="desk", held=False, fits=None, aloof=False):
    """-> turns: a request, its call, its response and the answer; or, when no function fits, one question and its ordinary answer (`aloof`: one that no picture answers)."""
    fits = rng.random() < 0.6 if fits is None else fits
    if fits:
        function = pick(rng, functions)
        asked = request(rng, function, things, place)
        if asked:
            return _turns(rng, function, _typed(asked[0], rng), asked[1])
    if aloof or rng.random() < 0.35:
        return [(_typed(_unfit(rng, functions, held), rng), language.CANNOT_KNOW)]
    draws = [language.ask_objects, language.ask_presence, language.ask_colour, language.ask_count, language.ask_absent, lambda r, t, p: language.ask_unknowable(r, p)]
    pair = pick(rng, draws)(rng, things, place) or language.ask_objects(rng, things, place)
    return [(language.typed(pair[0], rng), pair[1])]


def instruction(rng, functions, before, after, place="desk"):
    """ "when you see a mug, switch on the lamp." -> turns: the call when the change from `before` to `after` is its reason, the empty answer otherwise."""
    function = pick(rng, functions)
    asked = request(rng, function) if not function.seen else None
    if asked is None:
        return None
    condition, answer = _condition(rng, before, after, place)
    text = asked[0].rstrip(".?")
    for polite in ("please ", "can you ", "could you "):
        text = text.removeprefix(polite)
    text = pick(rng, [f"{condition}, {text}.", f"{text} {condition}.", f"please {text} {condition}."])
    return _turns(rng, function, text, asked[1]) if answer else [(text, "")]


def _condition(rng, before, after, place):
    """-> ("when you see a mug", what would be said: "" when it has not just come true); 0.4 of them are due where something happened."""
    event, due = Change(before, after), rng.random() < 0.4
    put, taken, _ = (language.known(t) for t in language.change(before, after))
    for _ in range(20):
        happened = [(t.kind, "kind") for t in put] + [(t.kind, "gone") for t in taken]
        if happened and rng.random() < 0.7:
            kind, about = pick(rng, happened)
            about = about if rng.random() < 0.75 else pick(rng, ["kind", "gone"])
        else:
            kind, about = int(rng.integers(len(KINDS))), pick(rng, ["kind", "kind", "gone", "any", "empty"])
        meant = language.Instruction("", about, place, kind)
        if bool(meant.answer(event)) == due:
            break
    return language.fill(pick(rng, CONDITIONS[about]), rng, place, kind), meant.answer(event)
