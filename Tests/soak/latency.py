"""What `latency` runs: the same question over each transport in turn, of one daemon; how long the first text takes."""
import argparse
import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))
from daemon import Daemon  # noqa: E402
from transports import TRANSPORTS, joined  # noqa: E402


async def ask(client):
    begin, first = time.perf_counter(), None
    await client.send({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "what is on the desk?"}]}], "turnComplete": True},
                       "mm": {"id": "q"}})
    turn = None
    while True:
        message = await client.receive()
        content, mm = message.get("serverContent", {}), message.get("mm", {})
        turn = mm.get("turn") if mm.get("re") == "q" else turn
        if mm.get("turn") != turn:
            continue
        if "modelTurn" in content and first is None:
            first = time.perf_counter() - begin
        if content.get("turnComplete"):
            return first, time.perf_counter() - begin


async def reply(client):
    """Seconds to a reply that nothing is computed for: what is the transport's own."""
    begin = time.perf_counter()
    await client.send({"mm": {"id": "d", "devices": {}}})
    while (await client.receive()).get("mm", {}).get("re") != "d":
        pass
    return time.perf_counter() - begin


async def run(options, daemon):
    clients = [(kind.name, (await joined(kind, daemon, subscribe=["turn"]))[0]) for kind in TRANSPORTS]
    times = {kind.name: [] for kind in TRANSPORTS}
    for number in range(options.count + 10):
        # Each of them is the first as often as the others.
        for name, client in clients[number % 3:] + clients[:number % 3]:
            taken = *await ask(client), await reply(client)
            if number >= 10:
                times[name].append(taken)
            await asyncio.sleep(0.01)
    for name, values in times.items():
        parts = []
        for what, part in (("the first text", 0), ("all of it", 1), ("a reply", 2)):
            own = sorted(1000 * v[part] for v in values)
            parts.append(f"{what} p50 {statistics.median(own):.2f} ms, p99 {own[int(0.99 * len(own))]:.2f} ms")
        print(f"{name:15} {len(values)} answers: {'; '.join(parts)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    with Daemon(options="[log]\nlevel = \"error\"\n") as daemon:
        asyncio.run(run(options, daemon))
    raise SystemExit(daemon.status)


main()
