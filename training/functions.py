"""Made-up functions that an application declares: their declarations, questions and instructions that ask for them, their calls and responses, in the published syntax.

The functions mean nothing: what is learnt is to read a declaration, to take the name and the arguments from it and from the request, and to leave it when none fits.
"""
from dataclasses import dataclass

from . import language
from .language import COLOURS, KINDS, article, pick
from .language.instructions import CONDITIONS, Change

QUOTE = '<|"|>'
FAILURES = ["not found", "no power", "no answer", "too late", "it is locked", "not allowed", "it is busy", "no connection", "try again later"]


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


@dataclass(frozen=True)
class Words:
    """What functions are made of. actions, people and goods: (verb, third person, participle)."""
    actions: list
    people: list
    goods: list
    notes: list
    nouns: list
    which: list
    properties: list              # (name, "integer" or "number", first, last)
    choices: list                 # (name, its values)
    persons: list
    items: list
    texts: list
    names: dict                   # parameters' names by their meaning


def _verbs(text):
    return [tuple(v.split("/")) for v in text.split()]


TRAINED = Words(
    actions=_verbs("open/opens/opened close/closes/closed start/starts/started stop/stops/stopped lock/locks/locked unlock/unlocks/unlocked clean/cleans/cleaned reset/resets/reset check/checks/checked "
                   "empty/empties/emptied fill/fills/filled lift/lifts/lifted lower/lowers/lowered wash/washes/washed dry/dries/dried charge/charges/charged pause/pauses/paused water/waters/watered "
                   "paint/paints/painted repair/repairs/repaired test/tests/tested move/moves/moved cool/cools/cooled heat/heats/heated load/loads/loaded save/saves/saved delete/deletes/deleted "
                   "cover/covers/covered turn/turns/turned connect/connects/connected block/blocks/blocked print/prints/printed update/updates/updated hide/hides/hidden show/shows/shown"),
    people=_verbs("call/calls/called invite/invites/invited greet/greets/greeted remind/reminds/reminded wake/wakes/woke thank/thanks/thanked warn/warns/warned help/helps/helped ask/asks/asked fetch/fetches/fetched"),
    goods=_verbs("order/orders/ordered buy/buys/bought find/finds/found sell/sells/sold rent/rents/rented send/sends/sent cook/cooks/cooked bring/brings/brought pack/packs/packed borrow/borrows/borrowed"),
    notes=_verbs("note/notes/noted log/logs/logged store/stores/stored record/records/recorded report/reports/reported keep/keeps/kept"),
    nouns="gate door window fan heater radio blind curtain pump oven fridge alarm screen printer fountain tap valve garage drawer lift siren light mixer grill boiler mower vacuum toaster freezer dryer antenna shutter ladder "
          "pool tank barrel chimney stove tent cart crane bench bridge ship train tower wheel engine motor robot drone safe cabinet wardrobe bath shower sink mirror table roof wall fence pond tree lawn hedge well "
          "cage box lamp clock bell speaker amplifier projector scanner router server database file folder account backup playlist timer counter sensor meter battery plug switch button lever machine conveyor press furnace "
          "aquarium greenhouse terrace balcony elevator escalator carousel hammock piano organ guitar drum".split(),
    which="kitchen garden bedroom office front back upper lower big small old new first second guest cellar attic hall bathroom school studio north south east west main side outer inner summer winter night day spare "
          "workshop library museum hotel".split(),
    properties=[("speed", "integer", 1, 9), ("volume", "integer", 0, 20), ("brightness", "integer", 0, 99), ("level", "integer", 1, 12), ("temperature", "number", 3, 40), ("height", "number", 0.5, 4), ("pressure", "integer", 1, 80),
                ("power", "integer", 10, 95), ("angle", "integer", 0, 90), ("weight", "number", 1, 30), ("channel", "integer", 1, 60), ("distance", "integer", 1, 50)],
    choices=[("colour", tuple(COLOURS)), ("mode", ("fast", "slow", "quiet", "eco", "auto", "strong")), ("direction", ("up", "down", "left", "right", "forward", "backward")), ("size", ("small", "medium", "large")),
             ("state", ("ready", "asleep", "awake", "locked", "free")), ("style", ("plain", "bright", "dark", "warm", "cold"))],
    persons="anna tom lisa peter maria john emma paul sarah max julia david nina mark eva ben clara felix laura simon rosa karl hugo ida lena otto mia leo zoe finn".split(),
    items=[language.bare(k) for k in range(len(KINDS))] + ["pizza", "soup", "salad", "cake", "chair", "ticket", "bicycle", "blanket", "pencil", "newspaper", "sandwich", "pillow"],
    texts=["hello", "come home", "dinner is ready", "i am late", "see you soon", "good night", "the door is open", "thank you", "call me back", "it is time to go", "happy birthday", "we are waiting", "bring some bread"],
    names={"on": ["on", "enabled", "active", "running"], "person": ["name", "person", "who", "contact"], "item": ["item", "thing", "object", "what"], "count": ["count", "amount", "number", "times"],
           "text": ["text", "message", "words", "note"], "value": ["value", "level", "to", "target"]})
HELD = Words(
    actions=_verbs("shake/shakes/shaken tighten/tightens/tightened inspect/inspects/inspected calibrate/calibrates/calibrated sweep/sweeps/swept refresh/refreshes/refreshed fold/folds/folded launch/launches/launched raise/raises/raised "
                   "drain/drains/drained seal/seals/sealed rotate/rotates/rotated mute/mutes/muted archive/archives/archived polish/polishes/polished secure/secures/secured"),
    people=_verbs("contact/contacts/contacted notify/notifies/notified welcome/welcomes/welcomed alert/alerts/alerted visit/visits/visited praise/praises/praised"),
    goods=_verbs("purchase/purchases/purchased deliver/delivers/delivered request/requests/requested reserve/reserves/reserved ship/ships/shipped locate/locates/located"),
    notes=_verbs("register/registers/registered submit/submits/submitted"),
    nouns="dishwasher thermostat awning sprinkler chandelier jukebox turbine hatch trapdoor kiln incubator telescope submarine treadmill sauna jacuzzi locker vault turnstile loom anvil cannon lighthouse "
          "windmill volcano spaceship gondola tractor harvester".split(),
    which="basement backyard lobby nursery penthouse corridor rooftop harbour laboratory theatre stable rear central tiny giant golden".split(),
    properties=[("humidity", "integer", 5, 95), ("rotation", "integer", 0, 60), ("tempo", "integer", 1, 40), ("depth", "number", 1, 20), ("frequency", "number", 80, 108), ("thickness", "integer", 1, 15)],
    choices=[("tint", tuple(COLOURS)), ("scene", ("party", "sunset", "movie", "reading")), ("phase", ("early", "late", "final")), ("texture", ("smooth", "rough", "soft"))],
    persons="oliver greta theo wanda boris alma viktor irene samuel nora pablo yuki amir chloe dora gustav".split(),
    items=[language.bare(k) for k in range(len(KINDS))] + ["burger", "violin", "helmet", "tractor", "bucket", "carpet", "lemonade", "trophy"],
    texts=["the train is late", "please wait outside", "water the plants", "the shop is closed", "good luck", "meet me at noon", "supper is served", "all is well"],
    names={"on": ["powered", "activated", "state"], "person": ["recipient", "guest", "friend"], "item": ["article", "goods", "product"], "count": ["quantity", "total", "copies"],
           "text": ["content", "body", "sentence"], "value": ["setting", "amount", "goal"]})


# ------------------------------------------------------------------------------------------------ forms of functions
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
    words, functions = HELD if held else TRAINED, []
    count = count or int(rng.integers(1, 5))
    while len(functions) < count:
        made = pick(rng, FORMS)(rng, words)
        if all(made.name != f.name and made.subject not in f.subject and f.subject not in made.subject for f in functions):
            functions.append(made)
    return functions


# ------------------------------------------------------------------------------------------------ the published syntax
def value(v):
    """A value in a call or a response: strings between quotes, the rest bare."""
    return QUOTE + v + QUOTE if isinstance(v, str) else ("true" if v else "false") if isinstance(v, bool) else str(v)


def _parameter(p):
    parts = ([f"description:{value(p.description)}"] if p.description else []) + ([f"enum:[{','.join(value(v) for v in p.values)}]"] if p.closed else []) + [f"type:{value(p.type.upper())}"]
    return f"{p.name}:{{{','.join(parts)}}}"


def declaration(function):
    ordered = sorted(function.parameters, key=lambda p: p.name.lower())
    required = [p.name for p in ordered if p.required]
    parts = ([f"properties:{{{','.join(_parameter(p) for p in ordered)}}}"] if ordered else []) + ([f"required:[{','.join(value(n) for n in required)}]"] if required else []) + [f"type:{value('OBJECT')}"]
    return f"<|tool>declaration:{function.name}{{description:{value(function.description)},parameters:{{{','.join(parts)}}}}}<tool|>"


def declarations(functions):
    """What the system turn ends with."""
    return "".join(declaration(f) for f in functions)


def _pairs(entries):
    return ",".join(f"{k}:{value(v)}" for k, v in sorted(entries.items(), key=lambda e: e[0].lower()))


def call(name, arguments):
    return f"<|tool_call>call:{name}{{{_pairs(arguments)}}}<tool_call|>"


def response(name, entries):
    return f"<|tool_response>response:{name}{{{_pairs(entries)}}}<tool_response|>"


# ------------------------------------------------------------------------------------------------ requests
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


def ask(rng, functions, things, place="desk", held=False, fits=None):
    """-> turns: a request, its call, its response and the answer; or, when no function fits, one question and its ordinary answer."""
    fits = rng.random() < 0.6 if fits is None else fits
    if fits:
        function = pick(rng, functions)
        asked = request(rng, function, things, place)
        if asked:
            return _turns(rng, function, _typed(asked[0], rng), asked[1])
    if rng.random() < 0.35:
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
