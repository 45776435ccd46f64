"""The voices: synthesizers, what their voices can vary, and which of them are never trained on.

A `Voice` is a speaker; a `Manner` is how it speaks once. Besides what a synthesizer can vary itself, every voice is resampled by `size`
(pitch and formants of another body) with the tempo compensated in the synthesizer, so that one recorded speaker stands for many.
"""
from dataclasses import dataclass

ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd")
VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m7", "m8", "f1", "f2", "f3", "f5", "klatt", "klatt2", "klatt4", "klatt6",
            "adam", "Alex", "Alicia", "Andrea", "Andy", "anika", "antonio", "aunty", "benjamin", "boris", "caleb", "Denis", "Diogo", "ed",
            "edward", "Gene", "grandma", "grandpa", "Henrique", "iven", "iven3", "Jacky", "john", "Lee", "linda", "Marco", "Mario", "max",
            "Michael", "michel", "miguel", "Mike", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby",
            "steph", "travis", "victor", "zac", "marcelo", "Nguyen", "iven2", "iven4", "edward2", "Gene2", "steph2", "steph3", "kaukovalta", "klatt5", "croak",
            "whisper", "whisperf", "AnxiousAndy")
# Whole variants are held out, so that neither their formants nor their glottis are known in any accent.
HELD_OUT_VARIANTS = (("en-us", "f4"), ("en-gb", "f4"), ("en-us", "m6"), ("en-gb-scotland", "m6"), ("en-us", "klatt3"),
                     ("en-gb-x-rp", "klatt3"), ("en-us", "Annie"), ("en-gb", "belinda"), ("en-us", "david"), ("en-029", "gustave"),
                     ("en-us", "Hugo"), ("en-gb", "RicishayMax"))


@dataclass(frozen=True)
class Voice:
    """pitch: its usual fundamental in Hz where the synthesizer can change it, else 0 (espeak-ng: 1, it has a scale of its own);
    sizes: range of `Manner.size` that still sounds human."""
    synthesizer: str
    name: str
    pitch: float
    sizes: tuple

    def __str__(self):
        return f"{self.synthesizer}:{self.name}"


@dataclass(frozen=True)
class Manner:
    """speed: tempo around 1; pitch: factor of the fundamental; lively: of its movement; size: of pitch and formants, by resampling."""
    speed: float = 1.0
    pitch: float = 1.0
    lively: float = 1.0
    size: float = 1.0


ESPEAK = (0.92, 1.1)      # espeak-ng has many speakers of its own: a little is enough
NATURAL = {               # (voice, share among the natural ones)
    Voice("flite", "awb", 124, (0.9, 1.22)): 0.27, Voice("flite", "slt", 172, (0.82, 1.12)): 0.25,
    Voice("flite", "kal16", 95, (0.92, 1.2)): 0.12,
    Voice("festival", "kal_diphone", 105, (0.92, 1.2)): 0.14, Voice("festival", "cmu_us_slt_arctic_hts", 0, (0.82, 1.14)): 0.22}
NATURAL_HELD_OUT = {Voice("flite", "rms", 0, (0.94, 1.12)): 0.5, Voice("festival", "ked_diphone", 105, (0.95, 1.12)): 0.5}
SPLITS = ("train", "validation")
NATURAL_SHARE = 0.5
SPEED = (0.76, 1.32)


def espeak(accent, variant):
    return Voice("espeak-ng", f"{accent}+{variant}", 1, ESPEAK)


def voices(split):
    """All voices of a split: "train", or "validation" for the held-out ones."""
    if split == "train":
        return list(NATURAL) + [espeak(a, v) for a in ACCENTS for v in VARIANTS]
    return list(NATURAL_HELD_OUT) + [espeak(a, v) for a, v in HELD_OUT_VARIANTS]


def draw(rng, split, tongue="en"):
    """-> (voice, manner). Half of the utterances are of natural voices, half of espeak-ng, where American and British accents lead; another
    `tongue` than English is espeak-ng's alone."""
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected one of {SPLITS}")
    if tongue != "en":
        variants = VARIANTS if split == "train" else [variant for _, variant in HELD_OUT_VARIANTS]
        choice = espeak(tongue, variants[int(rng.integers(len(variants)))])
    elif rng.random() < NATURAL_SHARE:
        table = NATURAL if split == "train" else NATURAL_HELD_OUT
        choice = list(table)[int(rng.choice(len(table), p=list(table.values())))]
    elif split == "train":
        accent = ACCENTS[int(rng.choice(len(ACCENTS), p=(0.3, 0.18, 0.1, 0.1, 0.08, 0.1, 0.07, 0.07)))]
        choice = espeak(accent, VARIANTS[int(rng.integers(len(VARIANTS)))])
    else:
        choice = espeak(*HELD_OUT_VARIANTS[int(rng.integers(len(HELD_OUT_VARIANTS)))])
    # triangular: most people sound like the recorded speaker, some do not
    low, high = choice.sizes
    return choice, Manner(speed=float(rng.uniform(*SPEED)), pitch=float(rng.triangular(0.75, 1.0, 1.35)) if choice.pitch else 1.0,
                          lively=float(rng.uniform(0.5, 1.6)), size=float(rng.triangular(low, 1.0, high)))
