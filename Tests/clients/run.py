"""Runs one client's features against a daemon of its own: a line for each. What `test` calls, in the client's environment."""
import asyncio
import importlib.util
import logging
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

from daemon import Daemon


def short(error):
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{type(error).__name__}: {text}"[:220]


async def check(feature, daemon):
    """None where it works, else why not."""
    try:
        async with asyncio.timeout(60):
            return await feature.run(daemon)
    except Exception as error:
        if os.environ.get("MMAGENT_TRACE"):
            traceback.print_exc()
        return short(error)


async def main(client, daemon, wanted):
    """Whether nothing failed. What needs a feature that the daemon does not name may fail, and is then `not yet`."""
    # By its file: the folders have the names of the packages that they try.
    specification = importlib.util.spec_from_file_location("client", Path(__file__).parent / client / "client.py")
    module, failed = importlib.util.module_from_spec(specification), 0
    specification.loader.exec_module(module)
    for feature in module.FEATURES:
        if wanted and feature.name not in wanted:
            continue
        begin = time.monotonic()
        why = await check(feature, daemon)
        seconds = f"{time.monotonic() - begin:.1f} s"
        missing = [n for n in feature.needs if n not in daemon.features]
        if daemon.process.poll() is not None:
            why, missing = f"the daemon ended with {daemon.process.returncode}; {why}", []
        if why is None:
            result = f"ok ({seconds})" + (f"; the daemon does not name {', '.join(missing)}" if missing else "")
        elif missing:
            result = f"not yet (the daemon has no {', '.join(missing)}): {why}"
        else:
            result, failed = f"FAILED ({seconds}): {why}", failed + 1
        print(f"{module.NAME:34} {feature.name:18} {result}", flush=True)
    return failed == 0


def run():
    client, wanted = sys.argv[1], sys.argv[2:]
    if not os.environ.get("MMAGENT_TRACE"):
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        os.environ["LOGURU_LEVEL"] = "CRITICAL"
    with Daemon() as daemon:
        os.environ.pop("GOOGLE_API_KEY", None)
        os.environ.update(daemon.environment)
        fine = asyncio.run(main(client, daemon, wanted))
        if os.environ.get("MMAGENT_TRACE"):
            print(daemon.log.read_text())
    if daemon.status != 0:
        print(f"{client}: the daemon ended with {daemon.status}")
    # Some clients leave threads behind that hold up an interpreter's end.
    sys.stdout.flush()
    os._exit(0 if fine and daemon.status == 0 else 1)


if __name__ == "__main__":
    run()
