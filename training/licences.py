"""Writes assets/LICENSES.md: every asset with its author, licence and package."""
from pathlib import Path

from .sprites import catalogue, manifest

LIBRARIES = {"BlendSwap-CC-0": ("sweethome3d-furniture", "CC0 1.0"), "BlendSwap-CC-BY": ("sweethome3d-furniture", "CC BY 3.0"),
             "KatorLegaz": ("sweethome3d-furniture", "CC BY 3.0 US"), "Scopia": ("sweethome3d-furniture", "CC BY 3.0"),
             "SweetHome3D": ("sweethome3d", "GPL-2+ (part of Sweet Home 3D)")}
HEADER = """# Licences of the assets

Written by `python -m training.run licences`. The assets themselves are not in this repository: `python -m training.run
assets` fetches the Debian packages named here. What is committed that was made with them: the weights of `models/nano`,
the pictures of `models/nano/evaluation` and the frames of `recordings/desk`; those pictures use only assets under CC0,
CC BY, the public domain and the OFL.

| licence | text |
|---|---|
| CC0 1.0 | https://creativecommons.org/publicdomain/zero/1.0/ |
| CC BY 3.0 (US) | https://creativecommons.org/licenses/by/3.0/ (https://creativecommons.org/licenses/by/3.0/us/); the pictures are renderings of the models, recoloured and relit |
| public domain | Open Clip Art Library: every contribution is dedicated to the public domain |
| OFL 1.1 | https://openfontlicense.org |
| GPL-2+ | https://www.gnu.org/licenses/old-licenses/gpl-2.0.html |

Surfaces: twelve photographed textures of Sweet Home 3D (Debian `sweethome3d`, GPL-2+, eTeks) for training and held-out
evaluation; all others are procedural, made by `training/surfaces.py`. Speech: eSpeak NG (Debian `espeak-ng`, GPL-3+; its
output is not covered by it).

| kind | asset | author | licence | Debian package | held out |
|---|---|---|---|---|---|
"""


def run(work, out):
    rows = []
    for kind in manifest()["kind"]:
        for entry in kind["models"] + kind["pictures"] + [f"emoji:{c}" for c in kind["emoji"]]:
            if entry.startswith("emoji:"):
                title, author, licence, package = f"{entry[6:]} of Noto Color Emoji", "Google", "OFL 1.1", "fonts-noto-color-emoji"
            elif entry.startswith("T:"):
                title, author, licence, package = f"stamps/{entry[2:]}.png", "Tux Paint contributors, Bill Kendrick", "GPL-2+", "tuxpaint-stamps-default"
            elif entry.startswith("O:"):
                title, author, licence, package = f"{entry[2:]}.png", "Open Clip Art contributor (in the file name)", "public domain", "openclipart-png"
            else:
                library, number = entry.split("#")
                item = catalogue(Path(work) / "assets", library)[1][number]
                package, licence = LIBRARIES[library]
                title, author = f"{entry} {item['name']} ({Path(item['model']).name})", item.get("creator", library)
            rows.append(f"| {kind['name']} | {title} | {author} | {licence} | {package} | {'yes' if entry in kind['held_out'] else ''} |")
    Path(out).write_text(HEADER + "\n".join(rows) + "\n")
