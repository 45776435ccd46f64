"""Scenes of what others photographed: cut-outs on our held-out desks and on photographs, and our own renders on photographs."""
import cv2
import numpy as np
from PIL import Image

from .. import language
from ..world import KINDS, UNKNOWN
from ..world.placed import Placed, placement, warp
from ..world.size import HEIGHT, WIDTH

STAMPS = "usr/share/tuxpaint/stamps"
# cut-outs of the kinds that nano knows, by the kind
KNOWN = {"apple": ["food/fruit/apple_green", "food/fruit/apple_granny_smith", "food/fruit/apple_red", "food/fruit/apple_fuji", "food/fruit/apple_sierra_beauty"],
         "ball": ["sports/basketball", "sports/cricketball", "sports/tennis_ball", "sports/soccer"], "banana": ["food/fruit/banana"], "camera": ["hobbies/camera_35mm"],
         "candle": ["seasonal/candle"], "car": ["vehicles/auto/beetle", "vehicles/auto/sportscar2", "vehicles/auto/sedan", "vehicles/race/indycar"],
         "carrot": ["food/vegetables/carrot"], "duck": ["household/rubberduck"], "hammer": ["household/tools/hammer", "household/tools/mallet_metal"],
         "hat": ["clothes/hats/green_fedora", "clothes/hats/blue_fedora", "clothes/hats/sombrero", "clothes/hats/tophat"], "key": ["household/key"],
         "mug": ["household/dishes/mug"], "mushroom": ["food/vegetables/mushroom", "plants/mushrooms/cep", "plants/mushrooms/cep-1", "plants/mushrooms/cep-2"],
         "pen": ["household/arttools/pen_dryerase"], "scissors": ["household/arttools/scissors_small_closed", "household/arttools/scissors_small_open"],
         "teapot": ["household/dishes/teapot"]}
STRANGE = ("food", "household", "hobbies", "medical", "animals")          # folders of what it does not know
# of them what might well be called by a name that it knows
DOUBTFUL = ("highlighter", "kettle", "pitcher_small", "glass", "Lightbulb", "toilet", "cylinder", "spider_computer", "spider_football", "duck", "drake", "recyclingbox",
            "trash_can", "garbagecan", "wheelie_bin", "home_compost_bin")
SMALLEST = 40                # pixels: larger side of a cut-out at least
SIZES = (0.85, 1.15)


def cut_out(path):
    """A file with alpha -> [h, w, 4] uint8 without its empty border; None where it is too small."""
    picture = np.asarray(Image.open(path).convert("RGBA"))
    solid = picture[..., 3] > 40
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if len(rows) == 0:
        return None
    picture = picture[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    return picture if max(picture.shape[:2]) >= SMALLEST else None


def known(folder):
    """-> {kind: [cut-out]}."""
    return {language.INDEX[name]: [cut_out(folder / STAMPS / f"{file}.png") for file in files] for name, files in KNOWN.items()}


def strange(folder):
    """-> cut-outs of what is none of the kinds: no drawings, no symbols."""
    taken = {file for files in KNOWN.values() for file in files}
    out = []
    for top in STRANGE:
        for path in sorted((folder / STAMPS / top).rglob("*.png")):
            name = str(path.relative_to(folder / STAMPS).with_suffix(""))
            if name in taken or path.stem in DOUBTFUL or "cartoon" in name or path.stem.endswith("_mirror") or "mushroom" in name:
                continue
            picture = cut_out(path)
            if picture is not None:
                out.append(picture)
    return out


def background(path):
    """A photograph, cut to the frame's shape -> [HEIGHT, WIDTH, 3] uint8."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    h, w = picture.shape[:2]
    scale = max(HEIGHT / h, WIDTH / w)
    picture = cv2.resize(picture, (int(np.ceil(w * scale)), int(np.ceil(h * scale))), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (picture.shape[0] - HEIGHT) // 2, (picture.shape[1] - WIDTH) // 2
    return picture[top:top + HEIGHT, left:left + WIDTH]


def lay(renderer, rng, place, things, kind, picture):
    """Puts a cut-out down as an object of this kind (UNKNOWN: of none) -> whether there was room."""
    size = (KINDS[kind].size if kind != UNKNOWN else rng.uniform(0.22, 0.38)) * HEIGHT * rng.uniform(*SIZES)
    sprite = picture[:, ::-1] if rng.random() < 0.5 else picture
    h, w, matrix = placement(sprite, size, rng.uniform(-7, 7))
    spot = renderer.spot(rng, place, (h, w), things, tries=60)
    if spot:
        renderer._insert(things, Placed(kind, -1, warp(sprite, matrix, w, h), *spot, len(things) + 1))
    return spot is not None


def scene(renderer, rng, known, strange, photo=None, count=None):
    """One frame of cut-outs, on a held-out desk or on the picture `photo`: one to four of `known` {kind: [cut-out]}, and of `strange` [cut-out]; count: how many of each
    -> (frame, things as the language wants them, place)."""
    from ..data import things as seen
    place, things = renderer.place(rng, shelf=False, wide=False, photo=photo), []
    kinds = list(known)
    of_known, of_strange = count or (int(rng.integers(1, 5)), 0)
    for _ in range(of_known):
        kind = kinds[int(rng.integers(len(kinds)))]
        lay(renderer, rng, place, things, kind, known[kind][int(rng.integers(len(known[kind])))])
    for _ in range(of_strange):
        lay(renderer, rng, place, things, UNKNOWN, strange[int(rng.integers(len(strange)))])
    frame, labels = renderer.draw(rng, place, things)
    return frame, seen(labels["objects"]), labels["place"]
