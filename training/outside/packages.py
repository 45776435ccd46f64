"""Fetches the packages that hold them into a cache folder: of a known version, with a known sum. Their licences are their own; nothing of them is kept in the project."""
import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A Debian package of all architectures; sha256 of its file."""
    name: str
    version: str
    sha256: str
    licence: str


STAMPS = Package("tuxpaint-stamps-default", "2022.06.04-1", "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34", "GPL-2")
VOICE = Package("asterisk-core-sounds-en-g722", "1.6.1-1", "38c5261820b406dcb0ecb37675720da2b0864850690690352ca52707eb623806", "CC-BY-SA-3")
TRANSCRIPTS = Package("asterisk-core-sounds-en", "1.6.1-1", "973e797d28e37fa6ca3c0a9d6fa717e77cf1268ae916bf09fd3503113cdffa50", "CC-BY-SA-3")
MUSIC = Package("asterisk-moh-opsound-g722", "2.03-1.1", "8d6b39d6f2e8feff54a042c4a25e1b72f3e2478d05ee372c92f77446fa0b1671", "CC-BY-SA-3")
BELLS = Package("sound-theme-freedesktop", "0.8-2", "135cc4893ba590d428577bc3bf42df756a165c05a2a43f84311ad7db779a70ea", "CC-BY-SA-3, GPL-2")
PACKAGES = (STAMPS, VOICE, TRANSCRIPTS, MUSIC, BELLS)
SKIMAGE = "scikit-image==0.26.0"
# the photographs of its wheel that show nothing of what nano knows
PHOTOGRAPHS = {"astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5", "brick.png": "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
               "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb", "coins.png": "f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba",
               "grass.png": "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89", "gravel.png": "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
               "hubble_deep_field.jpg": "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4", "ihc.png": "f8dd1aa387ddd1f49d8ad13b50921b237df8e9b262606d258770687b0ef93cef",
               "moon.png": "78739619d11f7eb9c165bb5d2efd4772cee557812ec847532dbb1d92ef71f577", "motorcycle_left.png": "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
               "retina.jpg": "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6", "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"}


def check(path, sha256):
    """Ends with a sentence if the file is another one."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{path} has the SHA-256 {found}, not {sha256}: delete it and run the step again; if it comes again, the package is no longer the one that was "
                         "looked at: see training/outside/packages.py")


def _call(command, folder, remedy):
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise SystemExit(f"{command[0]} not found: {remedy}") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(command)} failed: {(error.stderr or error.stdout).strip()[-400:]}\n{remedy}") from None


def debian(package, cache):
    """-> the folder with the package's files, as they would be installed."""
    folder = Path(cache) / package.name
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    file = cache / f"{package.name}_{package.version}_all.deb"
    remedy = f"{package.name} {package.version} is fetched from Debian's mirror; it needs a network and a Debian whose lists are new (apt-get update), or its file in {cache}"
    if not file.exists():
        _call(["apt-get", "download", "-q", f"{package.name}={package.version}"], cache, remedy)
    check(file, package.sha256)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    _call(["dpkg", "-x", str(file), str(part)], cache, "dpkg unpacks Debian's packages: run this step on a Debian")
    part.rename(folder)
    return folder


def photographs(cache):
    """-> {name: file} of PHOTOGRAPHS."""
    folder = Path(cache) / "photographs"
    if not all((folder / name).exists() for name in PHOTOGRAPHS):
        remedy = f"{SKIMAGE} is fetched from the Python package index: it needs a network, or its wheel's data files in {folder}"
        folder.mkdir(parents=True, exist_ok=True)
        _call([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder), SKIMAGE], cache, remedy)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            for name in PHOTOGRAPHS:
                (folder / name).write_bytes(wheel.read(f"skimage/data/{name}"))
    for name, sha256 in PHOTOGRAPHS.items():
        check(folder / name, sha256)
    return {name: folder / name for name in PHOTOGRAPHS}
