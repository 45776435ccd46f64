"""Words that nobody ever said: of them a function is made whose names no model can know by heart, so that reading and copying them is what remains."""
from ..language import COLOURS, KINDS, bare, pick
from .words import TRAINED, Words

ONSETS = "b c d f g h j k l m n p r s t v w z br cr dr fl gl gr kl pl pr sh sk sl sp st str th tr tw".split()
VOWELS = "a e i o u a e i o ai ea oo ou".split()
CODAS = ["", "", "", "n", "r", "l", "s", "t", "m", "ck", "nd", "rn", "st", "x", "ng"]
KNOWN = 0.3               # of the lists whose words training knows are taken as they are


def word(rng, syllables=(1, 2, 2, 2, 3)):
    """ "gostar" """
    return "".join(pick(rng, ONSETS) + pick(rng, VOWELS) + (pick(rng, CODAS) if rng.random() < 0.6 else "") for _ in range(pick(rng, syllables)))


def _words(rng, count):
    return [word(rng) for _ in range(count)]


def _verbs(rng, count):
    return [(w, w + "s", w.rstrip("e") + "ed") for w in _words(rng, count)]


def _property(rng):
    first, whole = int(rng.integers(0, 30)), rng.random() < 0.8
    return word(rng), "integer" if whole else "number", first, first + int(rng.integers(5, 90))


def _text(rng):
    return " ".join(pick(rng, TRAINED.items + TRAINED.nouns) if rng.random() < 0.5 else word(rng) for _ in range(int(rng.integers(2, 5))))


def words(rng):
    """-> Words, as TRAINED has them: most lists of invented ones, some of those that training knows."""
    def some(made, known):
        return known if rng.random() < KNOWN else made
    return Words(
        actions=some(_verbs(rng, 5), TRAINED.actions), people=some(_verbs(rng, 4), TRAINED.people), goods=some(_verbs(rng, 4), TRAINED.goods),
        notes=some(_verbs(rng, 3), TRAINED.notes), nouns=some(_words(rng, 8), TRAINED.nouns), which=some(_words(rng, 6), TRAINED.which),
        properties=some([_property(rng) for _ in range(5)], TRAINED.properties),
        choices=some([(word(rng), tuple(_words(rng, int(rng.integers(3, 7))))) for _ in range(4)] + [(word(rng), tuple(COLOURS))], TRAINED.choices),
        persons=some(_words(rng, 8), TRAINED.persons), items=some(_words(rng, 8) + [bare(int(rng.integers(len(KINDS))))], TRAINED.items),
        texts=some([_text(rng) for _ in range(6)], TRAINED.texts),
        names={meaning: some(_words(rng, 2), known) for meaning, known in TRAINED.names.items()})
