"""Fetches the Debian packages that hold the assets and unpacks them below the work folder. Nothing is installed."""
import shutil
import subprocess
import zipfile
from pathlib import Path

from .sprites import manifest


def run(work):
    """-> work/assets with tuxpaint/, openclipart/, fonts/, furniture/<library>/, textures/."""
    assets, packages = Path(work) / "assets", Path(work) / "packages"
    if (assets / "complete").exists():
        return
    shutil.rmtree(assets, ignore_errors=True)
    packages.mkdir(parents=True, exist_ok=True)
    names = manifest()["packages"]["names"]
    missing = [n for n in names if not list(packages.glob(f"{n}_*.deb"))]
    if missing:
        subprocess.run(["apt-get", "download", *missing], cwd=packages, check=True)
    root = assets / "root"
    root.mkdir(parents=True)
    for name in names:
        subprocess.run(["dpkg-deb", "-x", str(next(packages.glob(f"{name}_*.deb"))), str(root)], check=True)
    share = root / "usr/share"
    (assets / "tuxpaint").symlink_to(share / "tuxpaint/stamps")
    (assets / "openclipart").symlink_to(share / "openclipart/png")
    (assets / "fonts").symlink_to(share / "fonts/truetype/noto")
    for archive in sorted((share / "sweethome3d/furniture").glob("*.sh3f")):
        zipfile.ZipFile(archive).extractall(assets / "furniture" / archive.stem)
    zipfile.ZipFile(share / "sweethome3d/sweethome3d.jar").extractall(assets / "furniture/jar")
    (assets / "textures").symlink_to(assets / "furniture/jar/com/eteks/sweethome3d/io/resources/textures")
    (assets / "complete").touch()
