"""How people type a question: case, marks, apostrophes, spelling, typos, politeness."""
from .phrases import pick, spoken

KEYS = ["qwertyuiop", "asdfghjkl", "zxcvbnm"]
LEADS = ["please ", "hey, ", "hey ", "so, ", "so ", "okay, ", "ok ", "hi, ", "hello, ", "hey nano, ", "nano, ", "now, ", "well, ", "um, ", "excuse me, ", "quick question: ", "can you help? "]
TAILS = [", please", " please", ", thanks", " thanks", " thank you", ", nano", " then", ", quickly", " again"]


def neighbour(rng, letter):
    """A letter whose key is beside this one's."""
    row = next(r for r in KEYS if letter in r)
    i = row.index(letter)
    return row[i - 1] if i == len(row) - 1 or (i and rng.random() < 0.5) else row[i + 1]


def typo(question, rng):
    """The question with one typo: two letters swapped, one dropped, doubled, or of the neighbouring key; not in words of less than four letters."""
    places = [i for i in range(1, len(question) - 1) if question[i - 1:i + 2].isalpha() and question[i - 1:i + 2].isascii()]
    places = [i for i in places if _word(question, i) >= 4]
    if not places:
        return question
    i = pick(rng, places)
    r = int(rng.integers(4))
    if r == 0:
        return question[:i] + question[i + 1] + question[i] + question[i + 2:]
    if r == 1:
        return question[:i] + question[i + 1:]
    if r == 2:
        return question[:i] + question[i] + question[i:]
    letter = neighbour(rng, question[i].lower())
    return question[:i] + (letter.upper() if question[i].isupper() else letter) + question[i + 1:]


def _word(text, i):
    """The length of the word around position i."""
    first, end = i, i
    while first and text[first - 1].isalpha():
        first -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return end - first


def cased(question, rng):
    """The question in another case: capitalised, ALL CAPS, Every Word, or without marks."""
    r = rng.random()
    if r < 0.35:
        return question.upper()
    if r < 0.7:
        return question[0].upper() + question[1:]
    if r < 0.85:
        return " ".join(word[:1].upper() + word[1:] for word in question.split(" "))
    return spoken(question).replace("'", "").upper() if rng.random() < 0.5 else question[0].upper() + spoken(question)[1:]


def typed(question, rng):
    """The question in one of the ways people type it. The quoted words of an instruction keep their letters."""
    if rng.random() < 0.35:
        question = question.replace("colour", "color")
    if rng.random() < 0.25:
        question = question.replace("'", "")
    if rng.random() < 0.12:
        question = pick(rng, LEADS) + question
    if rng.random() < 0.1:
        question = (question[:-1] + pick(rng, TAILS) + question[-1]) if question[-1] in "?." else question + pick(rng, TAILS)
    if rng.random() < 0.15 and '"' not in question:
        question = typo(question, rng)
        if rng.random() < 0.3:
            question = typo(question, rng)
    r = rng.random()
    if r < 0.2:
        question = spoken(question)
    elif r < 0.5:
        question = question.rstrip("?.")
    elif r < 0.56:
        question = question.rstrip("?.") + pick(rng, ["??", "!", "?!", "...", " ?", ".", "?"])
    r = rng.random()
    if r < 0.25:
        question = question[0].upper() + question[1:]
    elif r < 0.42:
        question = question.upper()
    elif r < 0.5:
        question = " ".join(word[:1].upper() + word[1:] for word in question.split(" "))
    return question
