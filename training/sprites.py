"""The sprite bank: every object instance as RGBA crops, stored in one file that travels.

bank.npz holds `pixels` (all crops, flattened uint8), `shape` [V, 2] (h, w), `offset` [V], `kind` [V],
`instance` [V]; bank.json holds kinds, instance names, sources and which instances are held out.
"""
import json
import tomllib
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from . import mesh

MANIFEST = Path(__file__).parent / "assets" / "manifest.toml"


def manifest():
    return tomllib.loads(MANIFEST.read_text())


def catalogue(root, library):
    """Catalogue of a Sweet Home 3D furniture library -> {number: {property: value}}."""
    base = root / "furniture" / library
    name = "PluginFurnitureCatalog.properties"
    if library == "SweetHome3D":
        base, name = root / "furniture" / "jar", "com/eteks/sweethome3d/io/DefaultFurnitureCatalog.properties"
    entries = {}
    for line in (base / name).read_text(encoding="latin1").splitlines():
        key, _, value = line.partition("=")
        prop, _, number = key.partition("#")
        if number:
            entries.setdefault(number.strip(), {})[prop] = value.strip()
    return base, entries


def _trim(image, size):
    """RGBA image -> crop of its opaque part, larger side `size` at most."""
    image = image.convert("RGBA")
    image.thumbnail((4 * size, 4 * size))
    pixels = np.asarray(image)
    rows, columns = np.flatnonzero(pixels[..., 3].max(1) > 24), np.flatnonzero(pixels[..., 3].max(0) > 24)
    image = image.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    image.thumbnail((size, size), Image.LANCZOS)
    return np.asarray(image)


def _views(task):
    """One manifest entry -> list of RGBA crops; the views depend only on the entry's name and the seed."""
    root, entry, size, count, seed = task
    rng = np.random.default_rng([seed, zlib.crc32(entry.encode())])
    if entry.startswith("emoji:"):
        font = ImageFont.truetype(str(root / "fonts/NotoColorEmoji.ttf"), 109)
        image = Image.new("RGBA", (160, 160))
        ImageDraw.Draw(image).text((10, 10), entry[6:], font=font, embedded_color=True)
        return [_trim(image, size)]
    if entry[:2] in ("T:", "O:"):
        folder = root / ("tuxpaint" if entry[0] == "T" else "openclipart")
        return [_trim(Image.open(folder / f"{entry[2:]}.png"), size)]
    library, number = entry.split("#")
    base, entries = catalogue(root, library)
    item = entries[number]
    rotation = [float(v) for v in item["modelRotation"].split()] if "modelRotation" in item else None
    samples = mesh.load(base / item["model"].lstrip("/"), rotation, seed)
    crops = []
    for i in range(count):
        azimuth = 2 * np.pi * (i + rng.random()) / count
        light = (rng.uniform(-2, 2), rng.uniform(0.4, 1.3), rng.uniform(0.35, 0.6))
        crop = mesh.view(samples, azimuth, np.radians(rng.uniform(22, 62)), light, size, rng)
        if crop is not None:
            crops.append(crop)
    return crops


def build(root, out, size, views, seed, workers):
    """Render the bank from the unpacked packages under `root` into out/bank.npz and out/bank.json."""
    kinds = manifest()["kind"]
    entries = [(k, e) for k, kind in enumerate(kinds)
               for e in kind["models"] + kind["pictures"] + [f"emoji:{c}" for c in kind["emoji"]]]
    tasks = [(root, e, size, views, seed) for _, e in entries]
    pixels, shape, kind_of, instance_of = [], [], [], []
    with ProcessPoolExecutor(workers) as pool:
        for i, crops in enumerate(tqdm(pool.map(_views, tasks), total=len(tasks), desc="sprites", unit="object")):
            for crop in crops:
                pixels.append(crop.reshape(-1))
                shape.append(crop.shape[:2])
                kind_of.append(entries[i][0])
                instance_of.append(i)
    offset = np.cumsum([0] + [len(p) for p in pixels[:-1]])
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / "bank.npz", pixels=np.concatenate(pixels), shape=np.asarray(shape, np.int32),
                        offset=offset.astype(np.int64), kind=np.asarray(kind_of, np.int32), instance=np.asarray(instance_of, np.int32))
    held = [e in kinds[k]["held_out"] for k, e in entries]
    info = dict(kinds=[{key: kind[key] for key in ("name", "phrase", "size", "turn", "hue")} for kind in kinds],
                instances=[e for _, e in entries], held_out=held)
    (out / "bank.json").write_text(json.dumps(info, indent=1, ensure_ascii=False))


class Bank:
    """The loaded bank. `instances(kind, split)` -> list of instances, each a list of RGBA arrays."""

    def __init__(self, folder):
        data = np.load(Path(folder) / "bank.npz")
        info = json.loads((Path(folder) / "bank.json").read_text())
        self.kinds, self.names, self.held_out = info["kinds"], info["instances"], info["held_out"]
        pixels = data["pixels"]
        self._crops = {}
        for o, (h, w), kind, instance in zip(data["offset"], data["shape"], data["kind"], data["instance"]):
            crop = pixels[o:o + h * w * 4].reshape(h, w, 4)
            self._crops.setdefault((int(kind), int(instance)), []).append(crop)

    def instances(self, kind, split):
        """split: "train" (not held out), "held_out", or "all"; each item is (instance number, crops)."""
        wanted = {"train": (False,), "held_out": (True,), "all": (False, True)}[split]
        return [(i, crops) for (k, i), crops in self._crops.items() if k == kind and self.held_out[i] in wanted]
