"""Runs the scenarios in the guest and prints a line for each: ok or FAIL, its name, how long it took, and its figure.

What a failing one said, with the service's journal and the kernel's log from its beginning on, is kept in /share/failures.

usage: python3 run.py [WORD...]     only scenarios whose name has one of the words
       python3 run.py --list        their names
"""
import importlib
import pkgutil
import re
import sys
import time
import traceback
from pathlib import Path

import scenarios
from lab import daemon, room
from lab.shell import Failed, sh
from scenarios import SCENARIOS

FAILURES = Path("/share/failures")


def keep(name, figure, since):
    """-> the file in which a failure is told."""
    FAILURES.mkdir(exist_ok=True)
    path = FAILURES / (re.sub(r"\W+", "-", name).strip("-") + ".log")
    kernel = sh("dmesg | tail -n 100", status=None)
    processes = sh("ps axo pid,stat,time,wchan:20,args", status=None)
    path.write_text(f"{name}\n\n{figure}\n\nThe service's journal:\n{daemon.journal(since, 2000)}\nThe kernel's log:\n{kernel}\nProcesses:\n{processes}")
    return path


def main():
    words = sys.argv[1:]
    for module in sorted(m.name for m in pkgutil.iter_modules(scenarios.__path__)):
        importlib.import_module(f"scenarios.{module}")
    if words == ["--list"]:
        print("\n".join(s.name for s in SCENARIOS))
        return 0
    failures, begin = 0, time.monotonic()
    # The package is what everything else runs on.
    chosen = [s for s in SCENARIOS if not words or s.needed or any(w in s.name for w in words)]
    if words and not any(w in s.name for s in SCENARIOS for w in words):
        print(f"no scenario's name has {' or '.join(words)}; --list shows them")
        return 2
    for scenario in chosen:
        started, since = time.monotonic(), time.time()
        try:
            if not scenario.needed:
                room.settle()
                started, since = time.monotonic(), time.time()
            verdict, figure = "ok  ", scenario.run() or ""
        except Failed as error:
            verdict, figure = "FAIL", str(error)
        except Exception:
            verdict, figure = "FAIL", traceback.format_exc()
        # One failure is one line; the whole of it is in its file.
        shown = figure if verdict == "ok  " else f"{figure.strip().splitlines()[-1][:400]}   [{keep(scenario.name, figure, since).name}]"
        print(f"{verdict}  {scenario.name:<58} {time.monotonic() - started:6.1f} s   {shown}", flush=True)
        if verdict == "FAIL":
            failures += 1
            if scenario.needed:
                break
        if not scenario.needed:
            try:
                room.leave()
            except Exception as error:
                # The next one's beginning tries again.
                print(f"      what it left is not in order: {str(error).strip()[:400]}", flush=True)
    print(f"{len(chosen)} scenarios, {failures} failed, {time.monotonic() - begin:.0f} s")
    return min(failures, 100)


sys.exit(main())
