"""Instructions that stand: asked again on a fork whenever something changed or a sound ended; the answer is empty until the newest event is their reason to speak."""
from dataclasses import dataclass

from ..world import COLOURS, KINDS
from . import composed
from .answers import change, notice
from .memory import is_words
from .names import LURES, fill
from .phrases import NOTICE, SOUNDS, SPEECH, UNKNOWN, bare, named, pick

WATCH_KIND = ["tell me when you see {a}.", "tell me when there is {a}.", "let me know when {a} appears.", "tell me when i put down {a}.", "say when {a} appears."]
WATCH_GONE = ["tell me when the {bare} is gone.", "let me know when the {bare} disappears.", "tell me when i take the {bare} away."]
WATCH_ANY = ["tell me when something changes.", "tell me when you see something new.", "let me know when anything happens."]
WATCH_SOUND = {"(knock)": ["tell me when someone knocks.", "let me know when you hear a knock."], "(bell)": ["tell me when a bell rings.", "tell me when you hear the bell."],
               "(music)": ["tell me when you hear music.", "let me know when music plays."], SPEECH: ["tell me when someone speaks."],
               None: ["tell me when you hear something."]}
WATCH_WORDS = ["tell me when someone says {words}.", "tell me when you hear {words}."]
WATCH_EMPTY = ["tell me when the {place} is empty.", "let me know when the {place} is empty."]
ALOUD = [*WATCH_KIND, *WATCH_GONE, *WATCH_ANY, *(t for group in WATCH_SOUND.values() for t in group), *WATCH_EMPTY]

# ------------------------------------------------------------------------------------------------ typed only
WATCH_KIND += ["when you see {a}, tell me.", "when {a} appears, tell me.", "tell me when {a} appears.", "tell me if {a} appears.", "tell me if you see {a}.", "tell me as soon as you see {a}.", "tell me as soon as there is {a}.",
               "let me know if you see {a}.", "let me know when you see {a}.", "let me know when there is {a}.", "say something when you see {a}.", "say something when {a} appears.", "warn me when {a} appears.",
               "alert me when you see {a}.", "watch for {a}.", "watch out for {a}.", "look out for {a}.", "wait for {a}.", "notify me when {a} appears.", "inform me when {a} appears.", "tell me once {a} is there.",
               "call me when there is {a} on the {place}.", "tell me when someone puts {a} on the {place}.", "let me know when someone puts down {a}.", "when there is {a} on the {place}, say so.",
               "tell me when the {bare} appears.", "tell me when the {bare} is back.", "tell me when the {bare} comes back.", "let me know when the {bare} shows up.", "report when {a} shows up.", "{a}: tell me when you see it."]
WATCH_GONE += ["tell me when the {bare} disappears.", "tell me when the {bare} is taken away.", "tell me when someone takes the {bare}.", "tell me when someone takes the {bare} away.", "let me know when the {bare} is gone.",
               "let me know if the {bare} disappears.", "tell me if the {bare} is gone.", "when the {bare} is gone, tell me.", "when the {bare} disappears, let me know.", "say when the {bare} is gone.",
               "say something when the {bare} is taken.", "warn me when the {bare} is gone.", "alert me if someone takes the {bare}.", "watch the {bare}.", "watch the {bare} and tell me when it is gone.",
               "keep an eye on the {bare}.", "guard the {bare}.", "tell me as soon as the {bare} is gone.", "notify me when the {bare} disappears.", "tell me once the {bare} is no longer there.",
               "tell me when you no longer see the {bare}.", "tell me when the {bare} leaves the {place}.", "tell me when there is no {bare} any more."]
WATCH_ANY += ["tell me when anything changes.", "tell me when something happens.", "let me know when something changes.", "let me know if anything changes.", "say something when something changes.",
              "tell me what changes.", "tell me about every change.", "report all changes.", "report every change on the {place}.", "watch the {place}.", "watch the {place} and tell me what happens.",
              "keep an eye on the {place}.", "tell me whenever something changes on the {place}.", "notify me of changes.", "tell me when something is put down or taken away.", "tell me what i do.",
              "comment on what happens on the {place}.", "tell me when anything is moved, added or removed."]
WATCH_SOUND["(knock)"] += ["tell me when you hear a knock.", "tell me if someone knocks.", "say something when someone knocks.", "let me know when someone knocks.", "when someone knocks, tell me.", "tell me when there is a knock.",
                           "alert me when somebody knocks.", "warn me if there is a knock at the door.", "listen for a knock.", "tell me when somebody is at the door.", "notify me when someone knocks at the door."]
WATCH_SOUND["(bell)"] += ["tell me when the bell rings.", "let me know when a bell rings.", "let me know when you hear a bell.", "say something when the bell rings.", "tell me if a bell rings.", "when the bell rings, tell me.",
                          "listen for the bell.", "alert me when something rings.", "tell me when you hear ringing.", "tell me when there is a bell to hear.", "notify me when it rings."]
WATCH_SOUND["(music)"] += ["tell me when music plays.", "tell me when there is music.", "tell me when the music starts.", "let me know if you hear music.", "say something when there is music.", "when music plays, tell me.",
                           "listen for music.", "tell me when someone plays music.", "alert me when music is playing.", "tell me when you hear a melody."]
WATCH_SOUND[SPEECH] += ["tell me when somebody talks.", "tell me when someone says something.", "let me know when you hear a voice.", "let me know when someone speaks.", "say something when people talk.", "tell me if somebody is speaking.",
                        "tell me when you hear someone talk.", "when someone speaks, tell me."]
WATCH_SOUND[None] += ["tell me when you hear anything.", "let me know when you hear something.", "tell me about every sound.", "report all sounds.", "tell me what you hear.", "tell me if you hear a sound.",
                      "when you hear a sound, tell me.", "listen and tell me what you hear."]
WATCH_WORDS += ["tell me when somebody says {words}.", "tell me when i say {words}.", "let me know when someone says {words}.", "let me know when you hear {words}.", "when someone says {words}, tell me.", "tell me if someone says {words}.",
                "say something when you hear {words}.", "listen for {words}.", "alert me when someone says {words}.", "notify me when the words {words} are said."]
WATCH_EMPTY += ["tell me when there is nothing on the {place}.", "tell me when nothing is left on the {place}.", "let me know when there is nothing left.", "tell me when everything is gone.", "let me know when the {place} is clear.",
                "say when the {place} is empty.", "when the {place} is empty, tell me.", "tell me if the {place} is empty.", "alert me when everything has been taken away.", "tell me when all the things are gone.",
                "notify me when nothing is there any more."]
CONDITIONS = {"kind": ["when you see {a}", "when {a} appears", "when there is {a}", "if you see {a}", "as soon as you see {a}", "when the {bare} appears", "when i put down {a}", "once {a} is there", "whenever {a} shows up"],
              "gone": ["when the {bare} is gone", "when the {bare} disappears", "if someone takes the {bare}", "when i take the {bare} away", "as soon as the {bare} is gone", "once the {bare} is taken away"],
              "any": ["when something changes", "when anything happens on the {place}", "whenever something changes", "if anything changes"],
              "empty": ["when the {place} is empty", "when there is nothing on the {place}", "once everything is gone", "as soon as nothing is left on the {place}"],
              "(knock)": ["when someone knocks", "when you hear a knock", "if somebody knocks", "as soon as there is a knock"], "(bell)": ["when a bell rings", "when you hear the bell", "if it rings", "as soon as the bell rings"],
              "(music)": ["when music plays", "when you hear music", "if there is music", "once the music starts"], SPEECH: ["when someone speaks", "when you hear a voice", "if somebody talks"],
              None: ["when you hear something", "if you hear anything", "whenever there is a sound"], "words": ["when someone says {words}", "when you hear {words}", "if i say {words}", "as soon as someone says {words}"]}
CUSTOM = ["say {say} {when}.", "{when}, say {say}.", "please say {say} {when}.", "just say {say} {when}.", "{when} you say {say}."]
SAY = ["hello", "hi", "stop", "look", "watch out", "careful", "come in", "thank you", "yes", "here it is", "goodbye", "good", "found it", "hooray", "attention", "ready", "done", "help", "one moment", "i see it", "there it is", "oh no", "bravo",
       "welcome", "good morning", "time to go", "alarm", "go", "now", "wait", "hey", "bingo", "intruder", "dinner is ready", "nice", "wow"]
WORDS = ["stop", "hello", "thank you", "yes", "no", "okay", "good morning", "good night", "be quiet", "help", "help me", "please", "wait", "listen to me", "never mind", "the lamp", "red", "left"]
COMPOSED = 0.6                # of the instructions are put together, not one of the sentences above
SOUND_TELLS = {"(knock)": "someone knocked.", "(bell)": "a bell rang.", "(music)": "music is playing.", SPEECH: "someone spoke."}


@dataclass(frozen=True)
class Change:
    """The newest frame against the one before it: what was there then and is now."""
    before: list
    after: list


@dataclass(frozen=True)
class Sound:
    """A sound that has just ended, as it was transcribed."""
    text: str


@dataclass(frozen=True)
class Instruction:
    """`about`: "kind", "gone", "any", "empty", "sound" or "words"; kind, colour: of the thing (-1: what nano doesn't know; no colour: any); sound: a transcript
    (None: any); words: what is to be heard; say: what is to be said then instead of the usual sentence."""
    text: str
    about: str
    place: str = "desk"
    kind: int = -1
    colour: int | None = None
    sound: str | None = None
    words: str | None = None
    say: str | None = None

    def answer(self, event):
        """`event`: the newest one, a Change or a Sound, or None -> what is to be said, "" for nothing."""
        text = self._usual(event)
        return f"{self.say}." if text and self.say else text

    def _usual(self, event):
        if isinstance(event, Sound):
            return self._of_sound(event.text)
        if not isinstance(event, Change) or self.about in ("sound", "words"):
            return ""
        if self.about == "any":
            return notice(event.before, event.after)
        if self.about == "empty":
            return f"the {self.place} is empty now." if event.before and not event.after else ""
        return watch(self.text, self.kind, self.about == "kind", event.before, event.after, self.colour)

    def _of_sound(self, text):
        if self.about == "words":
            return f'someone said "{self.words}".' if is_words(text) and f" {self.words} " in f" {text} " else ""
        if self.about != "sound" or not text or text == SOUNDS["noise"]:
            return ""
        if self.sound is None:
            return f'someone said "{text}".' if is_words(text) else SOUND_TELLS[text]
        return SOUND_TELLS[self.sound] if text == self.sound or (self.sound == SPEECH and is_words(text)) else ""


def watch(instruction, kind, appears, before, after, colour=None):
    """The answer to a standing instruction after a change: a sentence when its condition has just come true, else the empty answer. `kind` None with the
    instruction of WATCH_ANY: any change."""
    put, taken, _ = change(before, after)
    if kind is None:
        return notice(before, after)
    hit = [t for t in (put if appears else taken) if t.kind == kind and colour in (None, t.colour)]
    if not hit:
        return ""
    return f"there is {named(hit[0].kind, hit[0].colour)} now." if appears else f"the {bare(kind)} is gone."


def instruction(rng, place="desk", about=None, kind=None, colour=None, sound=None, words=None, say=None):
    """An Instruction in one of its wordings. What isn't given is drawn: `about`, a kind (in a tenth of the cases something nano doesn't know), a sound, words, and in a
    fifth of the cases what to say."""
    about = about or pick(rng, ["kind"] * 7 + ["gone"] * 5 + ["any"] * 3 + ["empty"] * 2 + ["sound"] * 5 + ["words"] * 3)
    lure = pick(rng, LURES) if kind is None and about in ("kind", "gone") and rng.random() < 0.1 else None
    kind = -1 if lure or about not in ("kind", "gone") else int(rng.integers(len(KINDS))) if kind is None else kind
    sound = pick(rng, list(WATCH_SOUND)) if about == "sound" and sound is None and rng.random() < 0.9 else sound
    words = pick(rng, WORDS) if about == "words" and words is None else words
    say = say or (pick(rng, SAY) if rng.random() < 0.2 else None)
    condition = {"sound": sound}.get(about, about)
    free = rng.random() < COMPOSED
    if say:
        quoted = f'"{say}"' if rng.random() < 0.3 else say
        template = pick(rng, CUSTOM).replace("{say}", quoted).replace("{when}", composed.condition(rng, condition) if free else pick(rng, CONDITIONS[condition]))
    elif free:
        template = composed.request(rng, condition)
    else:
        template = pick(rng, {"kind": WATCH_KIND, "gone": WATCH_GONE, "any": WATCH_ANY, "empty": WATCH_EMPTY, "words": WATCH_WORDS}.get(about) or WATCH_SOUND[sound])
    if words:
        template = template.replace("{words}", f'"{words}"' if rng.random() < 0.4 else words)
    text = fill(template, rng, place, kind if kind >= 0 else None, name=lure, shade=COLOURS[colour] if colour is not None else None)
    return Instruction(text, about, place, kind, colour, sound if about == "sound" else None, words if about == "words" else None, say)


def standing(rng, before, after, sound=None, place="desk"):
    """An instruction and what is to be said now -> (text, answer, "" for nothing); about 0.3 of those that can be are due. `sound`: the transcript of the sound that has just
    ended, and then nothing is told of the picture; None: the newest event is the change from `before` to `after`."""
    event = Change(before, after) if sound is None else Sound(sound)
    due = rng.random() < 0.3
    for _ in range(30):
        drawn = _near(rng, event, place) if due or rng.random() < 0.6 else instruction(rng, place)
        if bool(drawn.answer(event)) == due:
            break
    return drawn.text, drawn.answer(event)


def _near(rng, event, place):
    """An instruction about the event, or nearly."""
    if isinstance(event, Sound):
        known = event.text if event.text in WATCH_SOUND else SPEECH
        if is_words(event.text) and rng.random() < 0.6:
            spoken = event.text.split()
            first = int(rng.integers(len(spoken)))
            return instruction(rng, place, "words", words=" ".join(spoken[first:first + int(rng.integers(1, 4))]))
        return instruction(rng, place, "sound", sound=pick(rng, [known, known, pick(rng, list(WATCH_SOUND))]))
    put, taken, moved = (([t for t in things if t.kind != UNKNOWN]) for things in change(event.before, event.after))
    if rng.random() < 0.15:
        return instruction(rng, place, "any")
    if not event.after and event.before and rng.random() < 0.4:
        return instruction(rng, place, "empty")
    concerned = [(t, "kind") for t in put] + [(t, "gone") for t in taken]
    concerned = concerned or [(t, pick(rng, ["kind", "gone"])) for t in event.after if t.kind != UNKNOWN]
    if not concerned:
        return instruction(rng, place, pick(rng, ["empty", "any", "kind"]))
    thing, about = pick(rng, concerned)
    r = rng.random()
    if r < 0.15:
        about = "gone" if about == "kind" else "kind"
    colour = None
    if thing.colour >= 0 and rng.random() < 0.3:
        colour = thing.colour if rng.random() < 0.7 else int(rng.integers(len(COLOURS)))
    return instruction(rng, place, about, kind=thing.kind, colour=colour)


def ask_watch(rng, before, after, place):
    return (NOTICE, notice(before, after)) if rng.random() < 0.2 else standing(rng, before, after, place=place)
