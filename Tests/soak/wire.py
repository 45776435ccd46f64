"""What `wire` runs: one daemon, many clients, and the comparison of what they were told."""
import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import websockets

ROOT = Path(__file__).resolve().parents[2]
PATH = "ws://localhost/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
MAXIMUM = 1 << 24


class Lines:
    """A client of the socket that speaks newline-delimited JSON."""
    name = "lines"

    @classmethod
    async def open(cls, path):
        self = cls()
        self.reader, self.writer = await asyncio.open_unix_connection(path, limit=MAXIMUM)
        return self

    async def send(self, message):
        self.writer.write(json.dumps(message).encode() + b"\n")
        await self.writer.drain()

    async def receive(self):
        line = await self.reader.readline()
        return json.loads(line) if line else None

    async def close(self):
        self.writer.close()


class Web:
    """One that speaks WebSocket, by the library that official SDKs use."""
    name = "websocket"

    @classmethod
    async def open(cls, path):
        self = cls()
        self.socket = await websockets.unix_connect(path, PATH, max_size=MAXIMUM, compression=None)
        return self

    async def send(self, message):
        await self.socket.send(json.dumps(message))

    async def receive(self):
        try:
            return json.loads(await self.socket.recv())
        except websockets.ConnectionClosed:
            return None

    async def close(self):
        await self.socket.close()


async def joined(kind, path, subscribe):
    client = await kind.open(path)
    await client.send({"setup": {"mm": {"version": 1, "attach": "main", "subscribe": subscribe}}})
    first = await client.receive()
    if "setupComplete" not in first:
        raise RuntimeError(f"no setupComplete: {first}")
    return client, first


async def observe(kind, path, seen):
    client, first = await joined(kind, path, ["*"])
    seen.append([first["setupComplete"]["mm"]["next"]])
    own, gaps = seen[-1], []
    while (message := await client.receive()) is not None:
        mm = message.get("mm", {})
        if "gap" in mm and "from" in mm["gap"]:
            gaps.append(mm["gap"])
        if "seq" in mm:
            own.append(mm["seq"])
    if gaps:
        own.append(("gaps", gaps))


async def ask(kind, path, times, end):
    client, _ = await joined(kind, path, ["turn"])
    number = 0
    while time.monotonic() < end:
        number += 1
        begin, first, turn = time.monotonic(), None, None
        question = {"clientContent": {"turns": [{"role": "user", "parts": [{"text": "what is on the desk?"}]}], "turnComplete": True}}
        await client.send(question | {"mm": {"id": f"q{number}"}})
        while True:
            message = await client.receive()
            if message is None:
                return
            mm, content = message.get("mm", {}), message.get("serverContent", {})
            if "error" in message and mm.get("re") == f"q{number}":
                times.setdefault("refused", []).append(message["error"]["message"])
                break
            if mm.get("re") == f"q{number}":
                turn = mm.get("turn", turn)
            if turn is None or mm.get("turn") != turn:
                continue
            if "modelTurn" in content and first is None:
                first = time.monotonic() - begin
            if content.get("turnComplete"):
                times.setdefault(kind.name, []).append((first, time.monotonic() - begin))
                break
        await asyncio.sleep(2)
    await client.close()


async def come_and_go(kind, path, counts, end):
    while time.monotonic() < end:
        try:
            client, _ = await joined(kind, path, ["observation"])
            await client.close()
            counts["came"] += 1
        except (OSError, RuntimeError, websockets.WebSocketException) as error:
            counts["refused"] += 1
            counts["why"] = str(error)[:200]
        await asyncio.sleep(0.05)


def resources(process):
    status = Path(f"/proc/{process}/status").read_text()
    resident = int(next(l.split()[1] for l in status.splitlines() if l.startswith("VmRSS"))) / 1024
    return f"{resident:.0f} MB, {len(os.listdir(f'/proc/{process}/fd'))} open files"


def quantiles(values):
    values = sorted(values)
    return f"p50 {1000 * statistics.median(values):.1f} ms, p99 {1000 * values[min(len(values) - 1, int(0.99 * len(values)))]:.1f} ms"


async def run(options, path, daemon):
    end = time.monotonic() + 60 * options.minutes
    kinds, seen, times, counts = (Lines, Web), [], {}, {"came": 0, "refused": 0}
    observers = [asyncio.create_task(observe(kinds[i % 2], path, seen)) for i in range(options.observers)]
    await asyncio.sleep(2)
    print("begin ", resources(daemon.pid), flush=True)
    others = [ask(kinds[i % 2], path, times, end) for i in range(options.askers)] + [come_and_go(kinds[i % 2], path, counts, end) for i in range(options.comers)]
    others = [asyncio.create_task(o) for o in others]
    while time.monotonic() < end:
        await asyncio.sleep(min(60, max(0, end - time.monotonic())))
        done = sum(len(v) for k, v in times.items() if k != "refused")
        print(f"{options.minutes - (end - time.monotonic()) / 60:5.1f} min  {resources(daemon.pid)}; {done} answers, {counts['came']} came and went", flush=True)
    await asyncio.gather(*others)
    await asyncio.sleep(2)
    print("end   ", resources(daemon.pid), flush=True)
    daemon.send_signal(signal.SIGTERM)
    await asyncio.gather(*observers)
    return seen, times, counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--observers", type=int, default=40)
    parser.add_argument("--askers", type=int, default=4)
    parser.add_argument("--comers", type=int, default=6)
    parser.add_argument("--programs", default=str(ROOT / ".build/release"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/s"
        Path(folder + "/c.toml").write_text(
            f'[model]\npath = "{ROOT}/models/nano"\n[audio]\nsource = "file:{ROOT}/recordings/desk/microphone.wav"\nloop = true\n'
            f'[video]\nsource = "file:{ROOT}/recordings/desk/frames"\nloop = true\n[socket]\npath = "{path}"\nmax_clients = 256\n[log]\nlevel = "warning"\n')
        daemon = subprocess.Popen([options.programs + "/mmagentd", "--config", folder + "/c.toml"])
        try:
            while not os.path.exists(path):
                time.sleep(0.1)
                if daemon.poll() is not None:
                    raise SystemExit("the daemon has ended")
            seen, times, counts = asyncio.run(run(options, path, daemon))
            status = daemon.wait(30)
        finally:
            if daemon.poll() is None:
                daemon.kill()
    last = max(s[-1] for s in seen)
    # From where an observer joined to the end: each event once, in order.
    wrong = [i for i, s in enumerate(seen) if s[1:] != list(range(s[0], last + 1))]
    print(f"{len(seen)} observers, events {min(s[0] for s in seen)} to {last}: {len(seen) - len(wrong)} had each one once and in order")
    for i in wrong[:5]:
        missing = sorted(set(range(seen[i][0], last + 1)) - {s for s in seen[i] if isinstance(s, int)})
        print(f"  observer {i} ({'lines' if i % 2 == 0 else 'websocket'}) lacks {len(missing)}: {missing[:10]} {[s for s in seen[i] if not isinstance(s, int)]}")
    for name in ("lines", "websocket"):
        if times.get(name):
            print(f"{name:9} {len(times[name])} answers; to the first text {quantiles([t[0] for t in times[name] if t[0] is not None])}; whole {quantiles([t[1] for t in times[name]])}")
    print(f"{counts['came']} clients came and went, {counts['refused']} were refused {counts.get('why', '')}; questions refused: {len(times.get('refused', []))} {times.get('refused', [''])[0]}")
    print(f"the daemon ended with {status}")
    raise SystemExit(1 if wrong or status != 0 else 0)


if __name__ == "__main__":
    main()
