"""The Debian packages that hold the synthesizers, their voices and a list of words. `python -m training.sound.install` installs them."""
import shutil
import subprocess
from pathlib import Path

PACKAGES = ("espeak-ng", "flite", "festival", "festvox-kallpc16k", "festvox-kdlpc16k", "festvox-us-slt-hts", "wamerican")
PROGRAMS = ("espeak-ng", "flite", "festival")
DICTIONARY = Path("/usr/share/dict/words")            # of wamerican


def missing():
    """Programs and lists that are not there."""
    return [p for p in PROGRAMS if shutil.which(p) is None] + [str(DICTIONARY)] * (not DICTIONARY.exists())


def run():
    if shutil.which("apt-get") is None:
        raise SystemExit(f"speech needs {', '.join(PACKAGES)} and there is no apt-get: install them with this system's package manager")
    try:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES], check=True)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(error.cmd)} failed with status {error.returncode}; as root and with the package mirror in reach, "
                         f"run: apt-get install {' '.join(PACKAGES)}") from None


def require():
    if missing():
        raise SystemExit(f"{', '.join(missing())} not found; run: python -m training.sound.install")


if __name__ == "__main__":
    run()
