"""What people say that is not for nano: speech about anything else, in English and in other languages, as it is transcribed.

Topics and words of evaluation are none of training's: a topic belongs to one split, a dictionary word to the split of its checksum.
"""
import zlib
from functools import cache

from .. import language
from .foreign import EVALUATION_LANGUAGES, LANGUAGES
from .install import DICTIONARY

WORDS_SHARE = 0.22                                    # of the English sentences: words of the dictionary in any order
DOMAIN_SHARE = 0.3                                    # of the other sentences: one of their things is a thing that nano knows
FOREIGN_SHARE = 0.3                                   # of what is not for nano
ENGLISH = "en"

NAMES = {"train": "anna peter maria john susan michael laura david emma thomas julia robert karen steven lucy george helen frank nina paul alice martin sarah simon clara "
                  "oliver diana victor ruth henry".split(),
         "evaluation": "rachel gordon isabel leonard monica walter theresa edgar priscilla raymond".split()}
PLACES = {"train": "london|the city|the village|school|the station|paris|the office|the airport|the beach|the hospital|the market|berlin|the library|the garden|the mountains|church|"
                   "the cinema|the bank|the kitchen|spain|the river|the post office|california|the other side of town".split("|"),
          "evaluation": "norway|the harbour|the museum|chicago|the swimming pool|the countryside|the dentist|the theatre".split("|")}
DAYS = {"train": "monday|tuesday|thursday|friday|sunday|yesterday|tomorrow|last week|next month|this evening|in the summer|two days ago|at noon|after lunch|in march|in october".split("|"),
        "evaluation": "wednesday|saturday|in january|the day before yesterday|at midnight|next spring|in the autumn".split("|")}
GOODS = {"train": "bread|milk|cheese|some flour|the tickets|a present|the newspaper|new tyres|a bicycle|potatoes|the sofa|a blanket|butter|onions|wine|coffee|sugar|a tent|the curtains|a jacket|"
                  "rice|soup|chicken|stamps|medicine|a carpet|a guitar string|paint|a ladder|olive oil".split("|"),
         "evaluation": "salmon|honey|a saddle|the fireworks|batteries|yoghurt|a canoe|toothpaste|pumpkins|an anchor".split("|")}
ACTS = {"train": "called|visited|met|wrote to|paid|forgot|answered|surprised|helped|drove|followed|taught|married|invited|thanked|warned".split("|"),
        "evaluation": "congratulated|interviewed|ignored|photographed|recommended|outran".split("|")}
FEELINGS = {"train": "tired|happy|late|angry|hungry|lucky|afraid|bored|proud|sick|busy|surprised|quite sure|very sorry|relieved".split("|"),
            "evaluation": "exhausted|delighted|jealous|embarrassed|grateful|curious".split("|")}
NUMBERS = ("seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
           "hundred thousand million").split()
DIGITS = "zero one two three four five six seven eight nine".split()

TOPICS = {
    "train": {
        "shopping": ["i bought {good} {day}", "{name} wanted to buy {good} but the shop was closed", "we still need {good} and {good2} for {day}", "they sell {good} near {place}",
                     "how much did you pay for {good}", "the price of {good} went up by {number} percent", "do not forget to get {good}", "i paid {number} pounds for {good}"],
        "family": ["{name} {act} {name2} {day}", "my brother and {name} are going to {place} {day}", "she told me that {name} was {feeling}", "our daughter is {number} years old {day}",
                   "{name} said he was {feeling} because of the weather in {place}", "have you heard from {name} since {day}", "the children were {feeling} all day", "my sister {act} a doctor"],
        "news": ["the government said {day} that taxes will rise by {number} percent", "police in {place} are looking for {number} people", "prices of {good} fell again {day}",
                 "the minister {act} reporters in {place}", "scientists found water near {place}", "heavy rain is expected {day} with strong winds from the north",
                 "the team lost the final by {number} points", "more than {number} workers went on strike in {place}", "the election will be held {day}"],
        "kitchen": ["add {number} grams of butter and stir until it is brown", "boil the {word} for {number} minutes", "then mix {good} with {good2} and a pinch of salt",
                    "the oven should be at {number} degrees", "dinner will be ready in {number} minutes", "this soup needs more pepper", "chop the onions and fry them with {good}"],
        "telephone": ["hi this is {name} i will call you back {day}", "my number is {digits}", "can you hear me the line is very bad", "please hold while i connect you",
                      "i am sorry {name} is in a meeting until {number} thirty", "we talked about the contract {day}", "let me write that down for {name}", "call me when you get to {place}",
                      "your account number ends with {digits}", "i would like to make an appointment {day}"],
        "travel": ["the train to {place} leaves at {number} fifteen", "we stayed in a hotel close to {place}", "turn right after the bridge and drive for {number} miles",
                   "the flight was delayed for {number} hours", "{name} missed the bus to {place}", "it took us {number} hours to reach {place}", "is it far to {place} from here"],
        "work": ["the meeting was moved to {day}", "could you send me the report before {day}", "{name} wants to finish the project {day}", "we have {number} new customers in {place}",
                 "i have been working since {number} this morning", "the boss was {feeling} about our numbers", "did you read the letter that {name} wrote"],
        "stories": ["once upon a time there was a {word} who lived near {place}", "nobody knew why the {word} was so {feeling}", "and then {name} opened the door and saw {name2}",
                    "it was a dark night and {name} was {feeling}", "the old man {act} the {word} and went away", "he never came back to {place}", "i think the {word} is {word2}",
                    "they were {feeling} when the {word} came", "we laughed about the {word} for hours"],
        "chat": ["i am {feeling} today", "do you remember {name} from {place}", "that film was much too long", "well you know how {name} is", "it has been raining since {day}",
                 "i could not sleep {day}", "we should go to {place} {day}", "what a lovely morning", "really that is wonderful news", "i would rather stay at home {day}",
                 "did {name} really say that", "oh no not again", "let us talk about it {day}", "i have no time for that", "maybe {name} can help us"]},
    "evaluation": {
        "sports": ["the referee {act} both captains after the match", "our goalkeeper broke his wrist {day}", "she ran the marathon in under {number} hours", "tickets for the semifinal sold out {day}"],
        "medicine": ["the nurse told {name} to rest until {day}", "take two tablets {day} with plenty of water", "his blood pressure was too high {day}", "the surgeon from {place} was {feeling}"],
        "nature": ["the geese fly south {day}", "a wolf was spotted close to {place}", "our apple trees blossom early this year", "the volcano near {place} erupted {day}"],
        "school": ["the pupils learned about ancient rome {day}", "{name} failed the chemistry exam", "our teacher was {feeling} about the homework", "the lecture starts at {number} forty"],
        "household": ["the plumber repaired the shower {day}", "{name} ordered {good} for the attic", "the rent is due {day}", "somebody left {good} in the corridor"],
        "gossip": ["apparently {name} {act} {name2}", "guess who i bumped into near {place}", "honestly i was {feeling} about the whole thing", "rumour has it that {name} moved to {place}"]}}
SPLITS = tuple(TOPICS)


def _split(split):
    return "train" if split == "train" else "evaluation"


@cache
def dictionary(split):
    """The split's dictionary words: lower case, 3 to 10 letters, one in five of them evaluation's."""
    if not DICTIONARY.exists():
        raise SystemExit(f"{DICTIONARY} is missing; run: python -m training.sound.install")
    words = [w for w in DICTIONARY.read_text().split() if w.isascii() and w.isalpha() and w.islower() and 3 <= len(w) <= 10]
    held = _split(split) != "train"
    return [w for w in words if (zlib.crc32(w.encode()) % 5 == 0) == held]


def _pick(rng, items):
    return items[int(rng.integers(len(items)))]


def _number(rng):
    return " ".join(_pick(rng, NUMBERS[:18] if i == 0 else NUMBERS) for i in range(int(rng.integers(1, 3))))


def _good(rng, split):
    if rng.random() < DOMAIN_SHARE:
        kind = int(rng.integers(len(language.KINDS)))
        return language.named(kind, int(rng.integers(len(language.COLOURS))) if rng.random() < 0.3 else -1)
    return _pick(rng, GOODS[split])


def english(rng, split):
    """A sentence about something else, 2 to about 14 words."""
    split = _split(split)
    word = lambda: _pick(rng, dictionary(split))
    if rng.random() < WORDS_SHARE:
        return " ".join(word() for _ in range(int(rng.integers(2, 7))))
    template = _pick(rng, _pick(rng, list(TOPICS[split].values())))
    text = template.format(good=_good(rng, split), good2=_good(rng, split), day=_pick(rng, DAYS[split]), name=_pick(rng, NAMES[split]), name2=_pick(rng, NAMES[split]),
                           place=_pick(rng, PLACES[split]), act=_pick(rng, ACTS[split]), feeling=_pick(rng, FEELINGS[split]), word=word(), word2=word(), number=_number(rng),
                           digits=" ".join(_pick(rng, DIGITS) for _ in range(int(rng.integers(3, 8)))))
    if rng.random() < 0.25:                           # something else follows: sentences do not end where ours do
        text += " " + _pick(rng, ("and", "but", "so", "because", "while")) + f" {_pick(rng, NAMES[split])} {_pick(rng, ACTS[split])} the {word()}"
    return text


def other(rng, split):
    """-> (a sentence that is not for nano, its language as espeak-ng calls it: ENGLISH, or another one, in its own script)."""
    if rng.random() >= FOREIGN_SHARE:
        return english(rng, split), ENGLISH
    tongue = _pick(rng, EVALUATION_LANGUAGES if _split(split) == "evaluation" else [t for t in LANGUAGES if t not in EVALUATION_LANGUAGES])
    return " ".join(_pick(rng, LANGUAGES[tongue]) for _ in range(int(rng.integers(2, 5)))), tongue
