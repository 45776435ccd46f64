"""Compares a package's bill of materials with what lies beside it. usage: check_sbom.py UNPACKED_PACKAGE"""
import hashlib
import json
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
document = json.loads((root / "usr/share/doc/mmagent/mmagent.spdx.json").read_text())
assert document["spdxVersion"] == "SPDX-2.3" and document["dataLicense"] == "CC0-1.0"

entries = [document, *document["packages"], *document["files"]]
identifiers = [entry["SPDXID"] for entry in entries]
assert len(set(identifiers)) == len(identifiers), "an identifier twice"
assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in identifiers)
for relation in document["relationships"]:
    assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= set(identifiers), relation

listed = {file["fileName"]: {sum["algorithm"]: sum["checksumValue"] for sum in file["checksums"]} for file in document["files"]}
files = {f"./{path.relative_to(root)}" for folder in ("usr/bin", "usr/share/mmagent") for path in (root / folder).rglob("*") if path.is_file()}
assert set(listed) == files, set(listed) ^ files
for name, sums in listed.items():
    data = (root / name).read_bytes()
    assert sums == {"SHA1": hashlib.sha1(data).hexdigest(), "SHA256": hashlib.sha256(data).hexdigest()}, name

depends = re.search(r"^Depends: (.*), systemd$", (root / "DEBIAN/control").read_text(), flags=re.M)[1]
linked = {part.split()[0] for part in depends.split(", ")}
named = {package["name"] for package in document["packages"]}
assert linked <= named, linked - named

# Whoever is compiled in is named where people look for licences.
source = pathlib.Path(__file__).resolve().parents[2]
wanted = set(re.findall(r'url: "[^"]*/([a-z0-9-]+?)(?:\.git)?"', (source / "Package.swift").read_text()))
wanted |= {package["name"] for package in document["packages"] if package["SPDXID"].startswith("SPDXRef-Swift-")}
for page in (source / "NOTICE", root / "usr/share/doc/mmagent/copyright"):
    # Words, so that swift-nio is not found in swift-nio-ssl.
    words = set(re.findall(r"[a-z0-9-]+", page.read_text()))
    assert wanted and wanted <= words, f"{page}: {sorted(wanted - words)}"
print(f"{len(files)} files, {len(document['packages'])} packages")
