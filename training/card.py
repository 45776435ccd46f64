"""The model card's first table: one row a measure, one column a run of `mmagent-model evaluate MODEL --protocol stream --json`."""
import json
from pathlib import Path

# (names in the JSON, what a reader calls them, what is asked for)
ROWS = [
    (("objects.f1", "objects.exact"), "what is on the desk, F1; exactly right", "0.90; 0.75"),
    (("presence", "taken"), "presence; of what was just taken away", "0.95; 0.95"),
    (("colour", "count"), "colour; count", "0.93; 0.90"),
    (("spatial", "change"), "place; what changed", "0.88; 0.85"),
    (("words.clean", "words.noise10"), "word error rate, clean; 10 dB", "0.04; 0.12"),
    (("spoken.difference",), "spoken questions less typed, points", "within 4"),
    (("sounds", "invented.words"), "sounds named; words out of nothing, an hour", "0.95; 0"),
    (("chatter.unanswered",), "others' talk not answered", "0.90"),
    (("noticed.recall", "noticed.precision"), "put and taken noticed in 2 s; true of what was noticed", "0.85; 0.90"),
    (("instructions.said", "instructions.false"), "instructions: said when due; false, an hour", "0.90; 2"),
    (("objects.f1.drift", "presence.drift"), "last third less first, points: F1; presence", "within 2"),
    (("fresh",), "stream less fresh look, points", "not below -1"),
    (("wording.held", "wording.typo", "wording.case"), "less than in plain words, points: held-out wordings; typos; case", "within 3"),
    (("unknowable.nonsense", "absent.nonsense", "refused"), "nonsense about what it cannot know; about what is absent; refused in its domain", "0.05; 0.05; 0.01"),
    (("heard", "last", "ago"), "what was heard; happened last; how long ago", ""),
    (("latency.firstToken.p50", "latency.frame.p50"), "first token; a frame taken in, p50 ms", "5; 25"),
]


def number(figure):
    """ "0.46 [0.35, 0.56]"; "-18.6 [-22.0, -15.1]" """
    if figure is None:
        return "-"
    places = 2 if figure["unit"] in ("share", "plain") and abs(figure["value"]) < 10 else 1
    text = f"{figure['value']:.{places}f}"
    return text if figure["low"] is None or figure["low"] == figure["high"] else f"{text} [{figure['low']:.{places}f}, {figure['high']:.{places}f}]"


def table(runs):
    """runs: [(heading, figures of the JSON)] -> Markdown."""
    lines = ["| measure | asked | " + " | ".join(name for name, _ in runs) + " |", "|---" * (2 + len(runs)) + "|"]
    for names, label, asked in ROWS:
        cells = ["; ".join(number(figures.get(name)) for name in names) for _, figures in runs]
        lines.append(f"| {label} | {asked} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(results):
    """results: ["heading=FILE", ...]"""
    print(table([(name, json.loads(Path(path).read_text())["figures"]) for name, path in (r.split("=", 1) for r in results)]))
