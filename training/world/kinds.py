"""The kinds of object and the colours that nano knows, in the order of their indices (alphabetical)."""
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray"]
# HSV ranges (hue in degrees, saturation, value in 0..1) well inside what the word means, so that light does not turn one into another
HSV = {"red": ((-8, 5), (0.82, 0.95), (0.65, 0.88)), "orange": ((24, 33), (0.85, 1), (0.9, 1)), "yellow": ((50, 57), (0.75, 0.95), (0.88, 1)),
       "green": ((100, 140), (0.55, 0.9), (0.4, 0.7)), "blue": ((212, 232), (0.65, 0.95), (0.5, 0.9)), "purple": ((270, 284), (0.5, 0.8), (0.4, 0.65)),
       "pink": ((325, 342), (0.32, 0.5), (0.92, 1)), "brown": ((18, 28), (0.6, 0.78), (0.28, 0.42)), "black": ((0, 360), (0, 0.15), (0.06, 0.13)),
       "white": ((0, 360), (0, 0.04), (0.94, 1)), "gray": ((0, 360), (0, 0.06), (0.42, 0.56))}
EVERY = tuple(COLOURS)
METAL = ("gray", "yellow", "black", "red", "blue", "green")


@dataclass(frozen=True)
class Kind:
    """`size`: larger side on the desk as a share of the frame's height; `turn`: how far, in degrees, its front may look
    away from the camera; `photos`: pictures of a kind of your own instead of a mesh."""
    name: str
    phrase: str
    plural: str
    size: float
    colours: tuple
    turn: float = 180.0
    photos: tuple = ()


def _kind(name, size, colours=EVERY, phrase=None, plural=None, turn=180.0):
    return Kind(name, phrase or ("an " if name[0] in "aeiou" else "a ") + name, plural or name + "s", size, colours, turn)


KINDS = [
    _kind("apple", 0.22, ("red", "red", "green", "green", "yellow")), _kind("ball", 0.24), _kind("banana", 0.3, ("yellow", "yellow", "yellow", "green")), _kind("bell", 0.26),
    _kind("book", 0.34), _kind("bottle", 0.42), _kind("bowl", 0.28), _kind("box", 0.3, plural="boxes"), _kind("camera", 0.28, turn=80), _kind("candle", 0.3),
    _kind("car", 0.32, phrase="a toy car", plural="toy cars"), _kind("carrot", 0.3, ("orange",)), _kind("clock", 0.29, turn=55),
    _kind("duck", 0.28, ("yellow", "yellow", "yellow", "pink", "blue", "white", "green"), "a rubber duck", "rubber ducks"), _kind("fork", 0.32, METAL),
    _kind("glasses", 0.3, phrase="a pair of glasses", plural="pairs of glasses", turn=80), _kind("hammer", 0.35), _kind("hat", 0.33),
    _kind("headphones", 0.3, phrase="a pair of headphones", plural="pairs of headphones"), _kind("key", 0.27, METAL), _kind("keyboard", 0.44),
    _kind("lamp", 0.46), _kind("laptop", 0.44, ("gray", "black", "white", "blue", "red", "pink", "green"), turn=65), _kind("mug", 0.26),
    _kind("mushroom", 0.25, ("red", "brown", "white", "purple", "orange")), _kind("pen", 0.31), _kind("phone", 0.27, turn=75), _kind("plant", 0.42),
    _kind("scissors", 0.32, phrase="a pair of scissors", plural="pairs of scissors"), _kind("shoe", 0.33), _kind("spoon", 0.32, METAL), _kind("teapot", 0.32),
]


def taught(folder):
    """Kinds of your own: one folder a kind under `folder`, named after it, with photos and an optional kind.toml (phrase, plural, size)."""
    kinds = []
    for home in sorted(p for p in Path(folder).iterdir() if p.is_dir()) if folder else ():
        about = tomllib.loads((home / "kind.toml").read_text()) if (home / "kind.toml").exists() else {}
        photos = tuple(str(p) for p in sorted(home.iterdir()) if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"))
        if len(photos) < 4:
            raise SystemExit(f"{home} holds {len(photos)} photos: a kind needs at least 4, one of four is held out")
        base = _kind(home.name, about.get("size", 0.3), (), about.get("phrase"), about.get("plural"))
        kinds.append(Kind(base.name, base.phrase, base.plural, base.size, (), 180.0, photos))
    return kinds


KINDS += taught(os.environ.get("NANO_OBJECTS"))
UNKNOWN = len(KINDS)                                 # the index of whatever is none of the kinds
