"""What `wire` runs: one daemon, a mix of clients, and the comparison of what they were told."""
import argparse
import asyncio
import collections
import os
import random
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))
from daemon import Daemon  # noqa: E402
from asking import ask, call, show  # noqa: E402
from flooding import flood  # noqa: E402
from ledger import Ledger  # noqa: E402
from memory import resources  # noqa: E402
from sdk_interactions import interact  # noqa: E402
from sdk_live import live  # noqa: E402
from tally import Tally  # noqa: E402
from transports import TRANSPORTS, NotLetIn  # noqa: E402
from watching import come_and_go, observe, resume, stall  # noqa: E402

# Kind: what runs, how many, whether over each of the transports in turn, and what it is.
KINDS = {
    "observers": (observe, 15, True, "hear everything on the main session, from their setup to the daemon's end"),
    "resuming": (resume, 6, True, "hear the same, but lose the connection every --away seconds, and come back with mm.after or a handle"),
    "askers": (ask, 12, True, "ask on the main session"),
    "sdk": (live, 4, False, "ask there with google-genai's Live client"),
    "interactions": (interact, 4, False, "ask there with google-genai's Live Interactions, and leave and come back in the middle of an answer"),
    "pictures": (show, 3, True, "send a picture to a private session and ask about it"),
    "functions": (call, 3, True, "declare a function and answer its calls"),
    "comers": (come_and_go, 1, True, "connect and leave"),
    "stalling": (stall, 1, False, "read nothing"),
    "flooding": (flood, 1, True, "send 32 requests and two questions at once, every second"),
}
PLACES = '[log]\nlevel = "warning"\n[live]\nmax_private_sessions = 16\nmax_waiting_sessions = 32\n'


class Soak:
    """What the clients share."""

    def __init__(self, options, daemon):
        self.daemon, self.ledger, self.away, self.coming = daemon, Ledger(), options.away, 0.05
        self.end, self.every, self.tallies = time.monotonic() + 60 * options.minutes, options.pause, {}

    def over(self):
        """Whether no client asks any more: the time is over, or the daemon has ended."""
        return time.monotonic() >= self.end or self.daemon.process.poll() is not None

    def pause(self):
        """Seconds between an answer and the next question: not the same for all, or they would all ask at once."""
        return random.uniform(0.5, 1.5) * self.every

    async def take_part(self, run, transport, name):
        """One client. Whatever ends it early is a fault; it is then there again."""
        tally = self.tallies.setdefault(name, Tally(name))
        tally.clients += 1
        while True:
            try:
                return await run(self, transport, tally)
            except NotLetIn as error:
                # A daemon without a processor has not read the setup in its 10 s: it says so, and one more try is due.
                tally.refuse(str(error)) if error.reason == "SETUP_TIMEOUT" else tally.wrong(str(error))
            except TimeoutError as error:
                # The SDK's patience for a handshake is 10 s; the plain clients' is longer.
                is_late = "opening handshake" in str(error)
                tally.refuse("no handshake within 10 s") if is_late else tally.wrong(f"nothing came for too long: {error}")
            except Exception as error:
                if os.environ.get("MMAGENT_TRACE"):
                    traceback.print_exc()
                tally.wrong(f"{type(error).__name__}: {str(error)[:300]}")
            if self.over():
                return
            await asyncio.sleep(1)

    def start(self, kind, count):
        run, _, is_spread, _ = KINDS[kind]
        for i in range(count):
            transport = TRANSPORTS[i % len(TRANSPORTS)] if is_spread else None
            yield asyncio.create_task(self.take_part(run, transport, f"{kind}, {transport.name}" if is_spread else kind))

    def progress(self):
        tallies = self.tallies.values()
        refused, faulty = sum(t.refused.total() for t in tallies), sum(t.faulty for t in tallies)
        return f"{len(self.ledger.sums)} events, {sum(len(t.whole) for t in tallies)} answers, {refused} refused, {faulty} wrong"


async def run(options, counts, daemon):
    begin = time.monotonic()
    soak = Soak(options, daemon)
    listening = [task for kind in ("observers", "resuming") for task in soak.start(kind, counts.pop(kind))]
    await asyncio.sleep(2)
    print(f"  0.0 min  {resources(daemon.process.pid)}", flush=True)
    others = [task for kind, count in counts.items() for task in soak.start(kind, count)]
    while not soak.over():
        minute = time.monotonic() + 60
        while not soak.over() and time.monotonic() < minute:
            await asyncio.sleep(0.5)
        if daemon.process.poll() is not None:
            print(f"the daemon has ended with {daemon.process.returncode} after {(time.monotonic() - begin) / 60:.1f} minutes", flush=True)
            break
        print(f"{(time.monotonic() - begin) / 60:5.1f} min  {resources(daemon.process.pid)}; {soak.progress()}", flush=True)
    await asyncio.gather(*others)
    # What a load left free goes back to the system when nothing moved for a while; what it keeps then is what a leak would be part of.
    await asyncio.sleep(20)
    if daemon.process.poll() is None:
        print(f"over      {resources(daemon.process.pid)}", flush=True)
        daemon.process.terminate()
    await asyncio.gather(*listening)
    soak.ledger.compare()
    return soak


def report(soak, status):
    """Prints everything. -> whether nothing was wrong."""
    for tally in soak.tallies.values():
        for line in tally.lines():
            print(line)
    ledger, refused = soak.ledger, sum((t.refused for t in soak.tallies.values()), collections.Counter())
    faulty = sum(t.faulty for t in soak.tallies.values())
    if ledger.courses:
        print(f"{len(ledger.sums)} events of the main session up to {ledger.last}, {len(ledger.others)} more that went to one client alone; "
              f"{len(ledger.courses)} clients were to hear each one once and in order, {len(ledger.answers)} answers to be as they heard them")
    print(f"refused, questions and setups, by why: {refused.total()}")
    for why, count in refused.most_common():
        print(f"  {count} {why}")
    print(f"the daemon ended with {status}; wrong: {faulty}")
    return faulty == 0 and status == 0


def main():
    parser = argparse.ArgumentParser(description="Where the number of a kind is given, only the kinds with a number take part.")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--pause", type=float, default=3, help="seconds between an answer and the next question (default 3)")
    parser.add_argument("--away", type=float, default=60, help="seconds until who resumes loses the connection (default 60)")
    for kind, (_, count, _, what) in KINDS.items():
        parser.add_argument(f"--{kind}", type=int, metavar="N", help=f"clients that {what} (default {count})")
    options = parser.parse_args()
    given = {kind: getattr(options, kind) for kind in KINDS}
    mix = {kind: (number or 0) if any(n is not None for n in given.values()) else KINDS[kind][1] for kind, number in given.items()}
    warnings.simplefilter("ignore")
    # Who ends this ends the daemon.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Daemon(options=PLACES, socket="max_clients = 256\n") as daemon:
        os.environ.pop("GOOGLE_API_KEY", None)
        os.environ.update(daemon.environment)
        print(f"{sum(mix.values())} clients: {', '.join(f'{count} {kind}' for kind, count in mix.items() if count)}", flush=True)
        soak = asyncio.run(run(options, mix, daemon))
        status, log = daemon.process.wait(120), daemon.log.read_text()
    fine = report(soak, status)
    if not fine:
        print(log[-4000:])
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
