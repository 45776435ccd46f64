"""What people call things: other names of a kind, names of what nano was never shown, and sentences that agree with them."""
from ..world import KINDS
from .phrases import COLOURS, INDEX, NUMBERS, article, bare, pick

PAIR = "pair of "
# other names of a kind, in questions only: (name, plural); a name without a plural is one already ("the spectacles")
SYNONYMS = {"ball": [("sphere", "spheres")], "bell": [("hand bell", "hand bells")], "book": [("novel", "novels")], "bottle": [("flask", "flasks")],
            "bowl": [("dish", "dishes")], "box": [("carton", "cartons")], "camera": [("photo camera", "photo cameras")], "candle": [("wax candle", "wax candles")],
            "car": [("car", "cars"), ("model car", "model cars"), ("toy automobile", "toy automobiles")], "clock": [("alarm clock", "alarm clocks"), ("wall clock", "wall clocks")],
            "duck": [("duck", "ducks"), ("toy duck", "toy ducks"), ("rubber ducky", "rubber duckies")],
            "glasses": [("glasses", None), ("spectacles", None), ("eyeglasses", None), ("pair of spectacles", "pairs of spectacles")],
            "hat": [("cap", "caps")], "headphones": [("headphones", None), ("earphones", None), ("headset", "headsets")], "keyboard": [("computer keyboard", "computer keyboards")],
            "lamp": [("light", "lights"), ("desk lamp", "desk lamps")], "laptop": [("notebook computer", "notebook computers"), ("computer", "computers"), ("laptop computer", "laptop computers")],
            "mug": [("cup", "cups"), ("coffee cup", "coffee cups"), ("coffee mug", "coffee mugs")], "mushroom": [("toadstool", "toadstools")], "pen": [("ballpoint", "ballpoints"), ("ballpoint pen", "ballpoint pens")],
            "phone": [("cellphone", "cellphones"), ("smartphone", "smartphones"), ("cell phone", "cell phones"), ("mobile phone", "mobile phones"), ("telephone", "telephones")],
            "plant": [("flower pot", "flower pots"), ("potted plant", "potted plants"), ("pot plant", "pot plants")],
            "scissors": [("scissors", None), ("shears", None)], "shoe": [("sneaker", "sneakers"), ("trainer", "trainers")], "teapot": [("tea pot", "tea pots")]}
SPOKEN_SYNONYMS = {"cup", "car", "duck", "glasses", "spectacles", "cap", "headphones", "light", "computer", "cellphone", "smartphone", "flower pot", "scissors", "sneaker", "carton"}
# what people ask about that nano was never shown: no kind, and no other name of one; the first ones are also said aloud
LURES = ["dog", "cat", "knife", "chair", "umbrella", "guitar", "bird", "bag", "plate", "stapler", "ruler", "watch", "television", "tomato", "lemon", "cake", "coin",
         "comb", "brush", "mouse", "robot", "pencil", "eraser", "notepad", "wallet", "purse", "backpack", "ring", "necklace", "toothbrush", "towel", "pillow", "blanket",
         "remote control", "charger", "cable", "tablet", "printer", "speaker", "microphone", "monitor", "screen", "screwdriver", "wrench", "saw", "nail", "screw", "drill",
         "rope", "basket", "bucket", "broom", "sponge", "soap", "bar of soap", "jar", "glass", "can", "pan", "pot", "kettle", "toaster", "pear", "peach", "grape", "cherry",
         "strawberry", "pineapple", "melon", "potato", "onion", "cucumber", "pepper", "egg", "sandwich", "pizza", "cookie", "croissant", "loaf of bread", "cheese", "donut",
         "fish", "horse", "cow", "frog", "spider", "snake", "butterfly", "teddy bear", "doll", "drum", "piano", "violin", "trumpet", "flute", "whistle", "balloon", "kite",
         "puzzle", "chess board", "deck of cards", "die", "football helmet", "racket", "skateboard", "bicycle", "train", "plane", "boat", "rocket", "sock", "glove", "scarf",
         "jacket", "shirt", "tie", "belt", "button", "envelope", "letter", "newspaper", "magazine", "calendar", "map", "globe", "picture frame", "mirror", "vase", "rose",
         "cactus", "leaf", "stone", "shell", "feather", "compass", "magnet", "battery", "flashlight", "lighter", "matchbox", "magnifying glass", "microscope", "telescope",
         "calculator", "paper clip", "thumbtack", "roll of tape", "marker", "crayon", "paintbrush", "glue stick", "folder", "binder", "sticker", "stamp", "passport", "ticket",
         "person", "hand", "elephant", "dinosaur", "snowman", "sofa", "window", "door", "curtain", "carpet", "helmet", "sword", "crown", "trophy", "medal", "hourglass", "fan",
         "iron", "needle", "thermometer", "bandage", "pill", "tissue", "straw", "whisk", "ladle", "spatula", "tray", "chopstick", "corkscrew", "tin opener", "teabag"]
SPOKEN_LURES = 14
_TAKEN = {kind.name for kind in KINDS} | {name for others in SYNONYMS.values() for name, _ in others}
LURES = [name for name in LURES if name not in _TAKEN]        # but for what it was taught since
# kinds that are easily taken for each other or lie together: half of the absent kinds that are asked for come from here
NEAR = {"apple": ["ball", "mushroom"], "ball": ["apple", "bowl"], "banana": ["carrot", "duck"], "bell": ["lamp", "teapot"], "book": ["box", "laptop"],
        "bottle": ["candle", "lamp"], "bowl": ["mug", "hat"], "box": ["book", "camera"], "camera": ["phone", "box"], "candle": ["bottle", "pen"],
        "car": ["shoe", "duck"], "carrot": ["banana", "pen"], "clock": ["ball", "camera"], "duck": ["banana", "teapot"], "fork": ["spoon", "key"],
        "glasses": ["scissors", "headphones"], "hammer": ["key", "spoon"], "hat": ["bowl", "shoe"], "headphones": ["glasses", "lamp"], "key": ["pen", "fork"],
        "keyboard": ["laptop", "phone"], "lamp": ["plant", "candle"], "laptop": ["keyboard", "book"], "mug": ["bowl", "teapot"], "mushroom": ["apple", "lamp"],
        "pen": ["key", "carrot"], "phone": ["camera", "keyboard"], "plant": ["lamp", "bottle"], "scissors": ["glasses", "key"], "shoe": ["car", "hat"],
        "spoon": ["fork", "pen"], "teapot": ["mug", "bell"]}
ALIASED = 0.2                 # of the questions call a thing by another of its names
# a template's words that change when the thing is a plural
AGREEMENT = [("what is the {bare}'s colour", "what colour are the {bare}"), ("colour's the {bare}", "colour are the {bare}"), ("that {bare}", "those {bare}"), ("where is it", "where are they"), ("where's ", "where are "), ("is there ", "are there "), ("there is {a}", "there are {a}"),
             ("there's {a}", "there are {a}"), ("is {a}", "are {a}"), ("is the {bare}", "are the {bare}"), ("is my {bare}", "are my {bare}"), ("was the {bare}", "were the {bare}"),
             ("does the {bare}", "do the {bare}"), ("has the {bare}", "have the {bare}"), ("the {bare} is", "the {bare} are"), ("the {bare} was", "the {bare} were"),
             ("{a} appears", "{a} appear"), ("{a} shows", "{a} show"), ("{a} comes", "{a} come"), ("{a} is", "{a} are"), ("{a} gets", "{a} get"), ("{a} turns", "{a} turn"),
             ("the {bare} appears", "the {bare} appear"), ("the {bare} shows", "the {bare} show"), ("the {bare} comes", "the {bare} come"), ("the {bare} leaves", "the {bare} leave"),
             ("the {bare} goes", "the {bare} go"), ("the {bare} disappears", "the {bare} disappear"), ("the {bare} gets", "the {bare} get"), ("the {bare} vanishes", "the {bare} vanish"),
             ("a {bare}", "some {bare}"), ("its ", "their ")]


def call(rng, kind, aloud=False, share=ALIASED):
    """One of the names of a kind -> (name, its plural or None: it is one)."""
    own = (bare(kind), KINDS[kind].plural)
    others = [n for n in SYNONYMS.get(KINDS[kind].name, ()) if not aloud or n[0] in SPOKEN_SYNONYMS]
    return pick(rng, others) if others and rng.random() < share else own


def fill(template, rng, place="desk", kind=None, other=None, colour=None, aloud=False, name=None, shade=None):
    """The template with its gaps filled; `place`: "desk" or "shelf" (a desk is also called a table); `name`: what to call the thing instead of a name of its
    kind; `shade`: a colour before the name; `aloud`: only with words that are also spoken."""
    word = "table" if place == "desk" and rng.random() < 0.15 else place
    kind = int(rng.integers(len(KINDS))) if kind is None else kind
    other = int(rng.integers(len(KINDS))) if other is None else other
    colour = COLOURS[int(rng.integers(len(COLOURS)))] if colour is None else colour
    name, plural = (name, None if name.endswith("s") and not name.endswith("ss") else name + "s") if name else call(rng, kind, aloud)
    countable = plural is not None
    if not countable and "{plural}" not in template:
        for one, many in AGREEMENT:
            template = template.replace(one, many)
    shaded = f"{shade} {name}" if shade else name
    return template.format(place=word, a=article(shaded) if countable else shaded, bare=shaded, plural=plural or name, bare2=bare(other), colour=colour,
                           side=str(rng.choice(["left", "right"])), number=NUMBERS[int(rng.integers(2, 7))])
