"""Learning curves of all stages from their logs, and how right a long stream was as it went on, as a PNG each."""
import csv
import re
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

STAGES = ("vision", "audio", "decoder", "match")


def read(path):
    """Log lines of "name value" pairs -> {name: [values]}."""
    out = {}
    for line in path.read_text().splitlines():
        for name, value in re.findall(r"([A-Za-z@ ][\w@ ]*?) (-?\d+\.?\d*(?:e-?\d+)?|nan)(?= |$|,)", line):
            out.setdefault(name.strip(), []).append(float(value))
    return out


def plot(work, out):
    logs = [(stage, read(Path(work) / f"{stage}.log")) for stage in STAGES if (Path(work) / f"{stage}.log").exists()]
    figure, axes = plt.subplots(1, max(len(logs), 1), figsize=(5 * max(len(logs), 1), 3.6), squeeze=False)
    for axis, (stage, columns) in zip(axes[0], logs):
        steps = columns.pop("step")
        for name in ("minutes", "pictures", "streams", "seconds", "loss"):
            columns.pop(name, None)
        for name, values in columns.items():
            if len(values) == len(steps) and max(values) <= 2:
                axis.plot(steps, values, marker=".", label=name)
        axis.set(title=stage, xlabel="step", ylim=(0, 1.02))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(out, dpi=90)
    print(out)


STREAM = {"objects.f1": "what is there, F1", "presence": "presence", "colour": "colour", "count": "count", "spatial": "place", "change": "what changed", "words.exact": "sentences heard exactly", "noticed.recall": "noticed"}
SMOOTH = 5                # minutes to either side


def plot_stream(table, out):
    """`table`: the CSV of `mmagent-model evaluate --protocol stream --curve`; every point is of the SMOOTH minutes before and after it."""
    rows = [(int(r["minute"]), r["measure"], int(r["asked"]), float(r["right"])) for r in csv.DictReader(Path(table).open())]
    figure, axis = plt.subplots(figsize=(9, 3.6))
    minutes = range(max(r[0] for r in rows) + 1)
    for measure, label in STREAM.items():
        own = [r for r in rows if r[1] == measure]
        near = [[r for r in own if abs(r[0] - minute) <= SMOOTH] for minute in minutes]
        shares = [sum(r[3] for r in part) / sum(r[2] for r in part) if part else float("nan") for part in near]
        if own:
            axis.plot(minutes, shares, label=label)
    axis.set(xlabel="minute of the stream", ylabel="right", ylim=(0, 1.02))
    axis.grid(alpha=0.3)
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    figure.savefig(out, dpi=90)
    print(out)
