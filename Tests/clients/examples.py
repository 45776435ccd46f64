"""The examples, each as its line in examples/README.md says."""
import asyncio
import os
import sys
from pathlib import Path

from daemon import ROOT
from feature import Feature, expect

README = (ROOT / "examples/README.md").read_text()


def line(name):
    """The one line of a code block of the README that runs that example."""
    inside, found = False, []
    for text in README.splitlines():
        if text.startswith("```"):
            inside = not inside
        elif inside and f"examples/{name}" in text:
            found.append(text)
    expect(len(found) == 1, f"examples/README.md has {len(found)} lines that run {name}")
    return found[0]


def example(name, *words, needs=(), attempts=1):
    """The feature that it ends well and prints these words, in one of the attempts."""
    async def run(daemon):
        for left in reversed(range(attempts)):
            try:
                return await once()
            except AssertionError:
                if left == 0:
                    raise
                await asyncio.sleep(1)

    async def once():
        lines = len((ROOT / "examples" / name).read_text().splitlines())
        expect(lines < 60, f"it has {lines} lines")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", line(name), cwd=ROOT, env=os.environ | {"PATH": path},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        expect(process.returncode == 0, f"it ended with {process.returncode}: {err.decode()[-300:]}")
        for word in words:
            expect(word in out.decode(), f"no {word!r} in {out.decode()!r}")
    return Feature(name, run, needs)
