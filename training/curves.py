"""Learning curves of all stages from their logs, as one PNG."""
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
