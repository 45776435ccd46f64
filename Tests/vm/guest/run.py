"""Runs the scenarios in the guest and prints a line for each: ok or FAIL, its name, how long it took, and its figure.

usage: python3 run.py [WORD...]     only scenarios whose name has one of the words
"""
import importlib
import pkgutil
import sys
import time
import traceback

import scenarios
from lab import daemon, room
from lab.shell import Failed
from scenarios import SCENARIOS


def main():
    words = sys.argv[1:]
    for module in sorted(m.name for m in pkgutil.iter_modules(scenarios.__path__)):
        importlib.import_module(f"scenarios.{module}")
    failures, begin = 0, time.monotonic()
    # The package is what everything else runs on.
    chosen = [s for s in SCENARIOS if not words or s.needed or any(w in s.name for w in words)]
    for scenario in chosen:
        started, since = time.monotonic(), time.time()
        try:
            if not scenario.needed:
                room.settle()
                started = time.monotonic()
            verdict, figure = "ok  ", scenario.run() or ""
        except Failed as error:
            verdict, figure = "FAIL", str(error)
        except Exception:
            verdict, figure = "FAIL", traceback.format_exc()
        print(f"{verdict}  {scenario.name:<58} {time.monotonic() - started:6.1f} s   {figure}", flush=True)
        if verdict == "FAIL":
            failures += 1
            print("\n".join("      " + line for line in daemon.journal(since).splitlines()), flush=True)
            if scenario.needed:
                break
    print(f"{len(chosen)} scenarios, {failures} failed, {time.monotonic() - begin:.0f} s")
    return min(failures, 100)


sys.exit(main())
