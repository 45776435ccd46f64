"""A function as an application declares it, and the forms it comes in: what is done, switched, chosen, adjusted, read, noted."""
from dataclasses import dataclass

from ..language import COLOURS, pick
from . import invented
from .words import HELD, TRAINED

INVENTED = 0.5            # of the functions that training draws are of words that nobody knows


@dataclass(frozen=True)
class Parameter:
    """`type`: "string", "integer", "number" or "boolean"; `values`: those that a request may give (of numbers: the first and the last); `closed`: they are declared."""
    name: str
    type: str
    description: str
    values: tuple = ()
    closed: bool = False
    required: bool = True

    def draw(self, rng):
        if self.type == "boolean":
            return bool(rng.random() < 0.5)
        if self.type == "integer":
            return int(rng.integers(self.values[0], self.values[1] + 1))
        if self.type == "number":
            return round(float(rng.uniform(*self.values)), 1)
        return pick(rng, self.values)


@dataclass(frozen=True)
class Function:
    """`requests`: (a wording, the parameters that it gives, in gaps); `done`: what is said after the call, with gaps of parameters and, when it tells something, {value};
    `subject`: what it is about; `seen`: "colour" or "count" when the parameter of that meaning (the last one) is read from the picture."""
    name: str
    description: str
    parameters: tuple
    requests: tuple
    done: str
    subject: str
    tells: bool = False
    seen: str = ""


def _name(rng, *words):
    """-> open_kitchen_gate, mostly; or openKitchenGate, kitchen_gate_open"""
    words = [part for word in words if word for part in word.split(" ")]
    r = rng.random()
    if r < 0.12:
        return words[0] + "".join(w.capitalize() for w in words[1:])
    return "_".join(words if r < 0.85 else words[1:] + words[:1])


def _subject(rng, words):
    noun = pick(rng, words.nouns)
    return f"{pick(rng, words.which)} {noun}" if rng.random() < 0.5 else noun


def _action(rng, words):
    verb, third, participle = pick(rng, words.actions)
    thing = _subject(rng, words)
    asks = [f"{verb} the {thing}.", f"please {verb} the {thing}.", f"can you {verb} the {thing}?", f"could you {verb} the {thing}?", f"i want you to {verb} the {thing}."]
    return Function(_name(rng, verb, thing), pick(rng, [f"{third} the {thing}.", f"{third} the {thing}, nothing else.", f"call this to {verb} the {thing}."]), (), tuple((a, ()) for a in asks), f"done, the {thing} is {participle}.", thing)


def _switch(rng, words):
    thing, verb = _subject(rng, words), pick(rng, ["switch", "turn", "set"])
    name = pick(rng, words.names["on"])
    on = Parameter(name, "boolean", pick(rng, ["true: on, false: off", "whether it is on", ""]))
    asks = [f"switch the {thing} {{{name}}}.", f"turn the {thing} {{{name}}}.", f"turn {{{name}}} the {thing}.", f"please switch {{{name}}} the {thing}.", f"can you turn the {thing} {{{name}}}?", f"{thing} {{{name}}}."]
    return Function(_name(rng, verb, thing), pick(rng, [f"switches the {thing} on or off.", f"turns the {thing} on or off."]), (on,), tuple((a, (name,)) for a in asks), f"done, the {thing} is {{{name}}} now.", thing)


def _choose(rng, words):
    thing, verb = _subject(rng, words), pick(rng, ["set", "change", "make", "choose"])
    name, values = pick(rng, words.choices)
    values = tuple(values[i] for i in sorted(rng.permutation(len(values))[:int(rng.integers(2, 6))])) if len(values) > 2 else values
    choice = Parameter(name, "string", pick(rng, [f"the {name}", f"{name} of the {thing}", ""]), values, True)
    gap = f"{{{name}}}"
    asks = [f"set the {name} of the {thing} to {gap}.", f"set the {thing} to {gap}.", f"make the {thing} {gap}.", f"please make the {thing} {gap}.", f"change the {thing} to {gap}.", f"can you set the {thing} to {gap}?", f"i want the {thing} {gap}."]
    return Function(_name(rng, verb, thing, name if rng.random() < 0.5 else ""), pick(rng, [f"sets the {name} of the {thing}.", f"changes the {name} of the {thing}."]), (choice,), tuple((a, (name,)) for a in asks), f"done, the {thing} is {gap} now.", thing)


def _adjust(rng, words):
    thing, verb = _subject(rng, words), pick(rng, ["set", "change", "adjust"])
    what, kind, first, last = pick(rng, words.properties)
    name = what if rng.random() < 0.5 else pick(rng, words.names["value"])
    value = Parameter(name, kind, pick(rng, [f"the {what}", f"from {first} to {last}", ""]), (first, last))
    gap = f"{{{name}}}"
    asks = [(f"set the {what} of the {thing} to {gap}.", (name,)), (f"change the {what} of the {thing} to {gap}.", (name,)), (f"{thing} {what} {gap}, please.", (name,)), (f"please set the {thing}'s {what} to {gap}.", (name,)),
            (f"can you set the {what} of the {thing} to {gap}?", (name,)), (f"i want a {what} of {gap} for the {thing}.", (name,))]
    parameters = [value]
    if rng.random() < 0.3:
        mode, values = pick(rng, words.choices)
        if mode != name:
            parameters.append(Parameter(mode, "string", "", values, True, False))
            asks += [(a.rstrip(".?") + f", {mode} {{{mode}}}" + a[-1], (name, mode)) for a, _ in asks]
    return Function(_name(rng, verb, thing, what), f"sets the {what} of the {thing}.", tuple(parameters), tuple(asks), f"done, the {what} of the {thing} is {gap} now.", f"{thing} {what}")


def _read(rng, words):
    thing, verb = _subject(rng, words), pick(rng, ["get", "read", "measure"])
    what = pick(rng, words.properties)[0]
    asks = [f"what is the {what} of the {thing}?", f"tell me the {what} of the {thing}.", f"read the {what} of the {thing}.", f"what {what} does the {thing} have?", f"get the {thing}'s {what}."]
    return Function(_name(rng, verb, thing, what), pick(rng, [f"tells the {what} of the {thing}.", f"reads the {what} of the {thing}."]), (), tuple((a, ()) for a in asks), f"the {what} of the {thing} is {{value}}.", f"{thing} {what}", True)


def _person(rng, words):
    verb, third, past = pick(rng, words.people)
    name, text = pick(rng, words.names["person"]), pick(rng, words.names["text"])
    who = Parameter(name, "string", pick(rng, ["who it is", "a name", "the person", ""]), tuple(words.persons))
    asks = [(f"{verb} {{{name}}}.", (name,)), (f"please {verb} {{{name}}}.", (name,)), (f"can you {verb} {{{name}}}?", (name,)), (f"{verb} {{{name}}} for me.", (name,))]
    parameters = [who]
    if rng.random() < 0.5:
        needed = bool(rng.random() < 0.4)
        parameters.append(Parameter(text, "string", pick(rng, ["what to say", "the words", ""]), tuple(words.texts), False, needed))
        more = [(f"{verb} {{{name}}} and say {{{text}}}.", (name, text)), (f"{verb} {{{name}}} with the words {{{text}}}.", (name, text)), (f"please {verb} {{{name}}}, saying {{{text}}}.", (name, text))]
        asks = more if needed else asks + more
    return Function(_name(rng, verb, pick(rng, ["person", "someone", "friend", ""]) or "person"), pick(rng, [f"{third} a person.", f"{third} somebody by name."]), tuple(parameters), tuple(asks), f"done, i {past} {{{name}}}.", verb)


def _goods(rng, words):
    verb, third, past = pick(rng, words.goods)
    name, count = pick(rng, words.names["item"]), pick(rng, words.names["count"])
    item = Parameter(name, "string", pick(rng, [f"what to {verb}", "the name of it", ""]), tuple(words.items))
    asks = [(f"{verb} a {{{name}}}.", (name,)), (f"please {verb} a {{{name}}}.", (name,)), (f"can you {verb} a {{{name}}}?", (name,)), (f"i need you to {verb} a {{{name}}}.", (name,))]
    parameters = [item]
    if rng.random() < 0.35:
        parameters.append(Parameter(count, "integer", pick(rng, ["how many", ""]), (2, 12), False, False))
        asks += [(f"{verb} a {{{name}}}, {{{count}}} of them.", (name, count)), (f"{verb} a {{{name}}} {{{count}}} times.", (name, count))]
    if rng.random() < 0.35:
        parameters.append(Parameter("colour", "string", "", tuple(COLOURS), bool(rng.random() < 0.5), False))
        asks += [(f"{verb} a {{colour}} {{{name}}}.", ("colour", name)), (f"please {verb} a {{colour}} {{{name}}}.", ("colour", name))]
    return Function(_name(rng, verb, pick(rng, ["item", "thing", "goods"])), pick(rng, [f"{third} something.", f"{third} one thing or several."]), tuple(parameters), tuple(asks), f"done, i {past} a {{{name}}}.", verb)


def _note(rng, words):
    verb, third, past = pick(rng, words.notes)
    seen, name = pick(rng, ["colour", "count"]), pick(rng, words.names["item"])
    item = Parameter(name, "string", pick(rng, ["the thing", "what was seen", ""]), ())
    value = Parameter("colour", "string", pick(rng, ["its colour", ""])) if seen == "colour" else Parameter(pick(rng, words.names["count"]), "integer", pick(rng, ["how many there are", ""]))
    asks = ["{verb} the colour of the {bare}.", "please {verb} what colour the {bare} is.", "look at the {bare} and {verb} its colour."] if seen == "colour" else \
        ["{verb} how many {plural} there are.", "please {verb} the number of {plural}.", "count the {plural} and {verb} the number."]
    return Function(_name(rng, verb, seen), f"{third} the {seen} of something that is seen.", (item, value), tuple((a.replace("{verb}", verb), ()) for a in asks), f"done, i {past} it.", verb + seen, False, seen)


FORMS = [_action] * 5 + [_switch] * 4 + [_choose] * 4 + [_adjust] * 4 + [_read] * 2 + [_person] * 3 + [_goods] * 3 + [_note] * 2


def draw(rng, held=False, count=None):
    """-> one to four functions of different names and subjects; `held`: of words that training never sees."""
    words, functions = HELD if held else invented.words(rng) if rng.random() < INVENTED else TRAINED, []
    count = count or int(rng.integers(1, 5))
    while len(functions) < count:
        made = pick(rng, FORMS)(rng, words)
        if all(made.name != f.name and made.subject not in f.subject and f.subject not in made.subject for f in functions):
            functions.append(made)
    return functions
