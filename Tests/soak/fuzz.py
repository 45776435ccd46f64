"""What `fuzz` runs: one daemon, observers of its main session on both transports, and thousands of malformed messages and frames."""
import argparse
import asyncio
import base64
import json
import random
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))
from daemon import Daemon  # noqa: E402
from transports import Lines, Web, joined  # noqa: E402

PATHS = {"websocket": "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
         "interactions": "/v1beta/interactions/live"}
SETUPS = [
    {"setup": {}}, {"setup": {"mm": {"version": 1, "attach": "main", "subscribe": ["turn"]}}},
    {"setup": {"model": "models/mmagent-main", "generationConfig": {"temperature": 0.5, "topK": 40.0, "seed": "7"},
               "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}]}],
               "sessionResumption": {}, "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
               "contextWindowCompression": {"triggerTokens": "1", "slidingWindow": {}}, "labels": {"mm_subscribe": "turn"}}},
    {"setup": {"session_resumption": {"handle": "main-1-" + 64 * "0"}, "mm": {"after": 1}}}]
MESSAGES = SETUPS + [
    {"client_content": {"turns": [{"role": "user", "parts": [{"inlineData": {"data": "_-8=", "mime_type": "image/jpeg"}},
                                                             {"text": "whät \U0001f600?"}]}], "turnComplete": True}, "mm": {"id": "c7"}},
    {"clientContent": {"turnComplete": True}}, {"realtimeInput": {"text": "is there a book?"}},
    {"realtimeInput": {"audio": {"data": "AID/fw==", "mimeType": "audio/pcm;rate=16000"}}},
    {"realtimeInput": {"mediaChunks": [{"data": "AID/fw==", "mimeType": "audio/pcm;rate=16000;channels=2"}], "audioStreamEnd": True}},
    {"realtimeInput": {"video": {"data": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode(), "mimeType": "image/png"}}},
    {"realtimeInput": {"activityStart": {}}}, {"realtimeInput": {"activityEnd": {}}},
    {"toolResponse": {"functionResponses": [{"id": "f", "name": "n", "response": {"a": [1, 2.5e3, None]}, "willContinue": False}]}},
    {"contextUpdate": {"systemInstruction": {"parts": [{"text": "x"}]}, "tools": {"tools": []}}},
    {"mm": {"id": 9, "mute": {"modality": "nose"}}}, {"mm": {"subscribe": ["turn", "health"], "id": "s"}}, {"mm": {"status": {}}},
    {"mm": {"cancel": {"turn": "t1"}}}, {"mm": {"metrics": {}}}]
EVENTS = [
    {"event_type": "interaction.connect", "id": "main"}, {"event_type": "interaction.connect", "id": "mmagent"},
    {"event_type": "interaction.connect", "id": "main@3", "next_output_seq_num": 2, "background": True},
    {"event_type": "interaction.create", "model": "mmagent", "system_instruction": "x", "generation_config": {"top_p": 0.5},
     "tools": [{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}]},
    {"event_type": "input", "content": [{"type": "image", "data": "_-8=", "mime_type": "image/jpeg"}, {"type": "text", "text": "whät \U0001f600?"}]},
    {"events": [{"event_type": "input", "content": [{"type": "audio", "data": "AID/fw==", "mime_type": "audio/l16", "sample_rate": 16000}]},
                {"event_type": "input", "content": [{"type": "text", "text": "is there a book?"}]}], "ack_output_seq_num": 3},
    {"event_type": "input", "content": [{"type": "function_result", "call_id": "c1", "name": "f", "result": [1, 2.5e3, None]}]},
    {"event_type": "mm", "id": 9, "subscribe": ["turn", "health"]}, {"event_type": "mm", "status": {}},
    {"event_type": "interaction.complete"}, {"event_type": "interaction.cancel"}, {"event_type": "interaction.disconnect"}]
PIECES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"1e999", b"-9223372036854775809", b"\\ud800", b"\0", b"\xff",
          b"\xed\xa0\x80", b"mm", b"setup", b"==", b"\n", b" ", b"\r\n\r\n", b"GET / HTTP/1.1\r\n"]


def mutated(dice, transport):
    data = bytearray(json.dumps(dice.choice(EVENTS if transport == "interactions" else MESSAGES), ensure_ascii=dice.random() < 0.5).encode())
    for _ in range(dice.randint(1, 4)):
        at, kind = dice.randint(0, len(data)), dice.randrange(6)
        if kind == 0:
            data[at:at] = dice.choice(PIECES)
        elif kind == 1:
            del data[at:at + dice.randint(1, 8)]
        elif kind == 2 and at < len(data):
            data[at] = dice.randrange(256)
        elif kind == 3:
            data[at:at] = data[:dice.randint(0, len(data))]
        elif kind == 4:
            del data[at:]
        else:
            data[at:at] = dice.choice([b"[" * 300, b"9" * 400, b"a" * 5000, b'{"a":' * 100])
    return bytes(data)


def frame(dice, payload, right=False):
    """One frame of a client: right, or with any of its bits, its length and its mask wrong."""
    opcode, first = (1, 0x80) if right else (dice.choice([0, 1, 1, 1, 2, 3, 7, 8, 9, 10, 11, 15]), dice.choice([0, 0x80, 0x80, 0x80, 0xC0, 0xF0]))
    masked, length = right or dice.random() < 0.9, len(payload)
    if not right and dice.random() < 0.1:
        length = dice.choice([0, length + 1, length * 2, 2 ** 24 + 1, 2 ** 31, 2 ** 63, 2 ** 64 - 1])
    wide = (0 if length < 126 else 1 if length < 65536 else 2) if right or dice.random() < 0.9 else dice.randrange(1, 3)
    bit = 0x80 if masked else 0
    head = bytes([first | opcode]) + (bytes([bit | (length & 0x7F)]) if wide == 0 else bytes([bit | 126]) + struct.pack("!H", length & 0xFFFF)
                                      if wide == 1 else bytes([bit | 127]) + struct.pack("!Q", length))
    if not masked:
        return head + payload
    mask = dice.randbytes(4)
    return head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload))


def request(dice, path):
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
             "Sec-WebSocket-Key: " + base64.b64encode(dice.randbytes(16)).decode()]
    data = bytearray("\r\n".join(lines).encode() + b"\r\n\r\n")
    right = dice.random() < 0.8
    if not right:
        for _ in range(dice.randint(1, 3)):
            at = dice.randint(0, len(data))
            data[at:at + dice.randint(0, 3)] = dice.choice(PIECES + [b": ", b"\r\n", b"A" * 9000, b"Content-Length: -1\r\n"])
    return bytes(data), right


async def drain(reader, counts):
    try:
        while data := await reader.read(1 << 16):
            counts["answered"] += len(data)
    except OSError:
        pass


async def one_connection(dice, transport, path, budget, counts):
    """Up to `budget` messages on one connection, until it is closed; how many were sent."""
    reader, writer = await asyncio.open_unix_connection(path)
    reading, sent = asyncio.create_task(drain(reader, counts)), 0
    try:
        if transport in PATHS:
            head, _ = request(dice, PATHS[transport])
            writer.write(head)
            sent += 1
            await asyncio.sleep(0.003)
        if dice.random() < 0.8:
            setup = json.dumps(dice.choice((EVENTS if transport == "interactions" else SETUPS)[:2])).encode()
            writer.write(frame(dice, setup, right=True) if transport in PATHS else setup + b"\n")
        while sent < budget and not reading.done():
            data = mutated(dice, transport)
            # Half of the frames are right ones around a wrong message, or no connection would live long enough to hear any.
            writer.write(frame(dice, data, right=dice.random() < 0.5) if transport in PATHS else data + b"\n")
            sent += 1
            await writer.drain()
            await asyncio.sleep(0)
        await asyncio.sleep(0.005)
    except OSError:
        counts["cut"] += 1
    finally:
        reading.cancel()
        writer.transport.abort() if dice.random() < 0.5 else writer.close()
    counts["connections"] += 1
    return max(1, sent)


async def attack(seed, transport, path, count, counts, daemon):
    dice, sent = random.Random(seed), 0
    while sent < count and daemon.process.poll() is None:
        try:
            sent += await one_connection(dice, transport, path, min(30, count - sent), counts)
        except OSError as error:
            counts["why"] = str(error)
            await asyncio.sleep(0.05)
    return sent


async def observe(kind, daemon, seen):
    """The numbers of the events that an observer hears, to the daemon's end; the first of `seen`'s is the one that has to come."""
    client, first = await joined(kind, daemon, subscribe=["*"])
    seen.append([first["mm"]["next"]])
    own, gaps = seen[-1], []
    while (message := await client.receive()) is not None:
        mm = message.get("mm", {})
        if isinstance(mm.get("gap", {}).get("from"), int):
            gaps.append(mm["gap"])
        if "seq" in mm:
            own.append(mm["seq"])
    if gaps:
        own.append(("gaps", gaps))


async def question(kind, daemon):
    """Whether the daemon still answers."""
    client, _ = await joined(kind, daemon, subscribe=["turn"])
    await client.send({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "is there a book?"}]}], "turnComplete": True}})
    while (message := await client.receive()) is not None:
        if message.get("serverContent", {}).get("turnComplete"):
            await client.close()
            return True
    return False


async def run(options, daemon):
    seen, counts = [], {"connections": 0, "answered": 0, "cut": 0}
    observers = [asyncio.create_task(observe(kind, daemon, seen)) for kind in (Lines, Web)]
    await asyncio.sleep(1)
    begin, each, kinds = time.monotonic(), options.count // 6, ("lines", *PATHS)
    sent = await asyncio.gather(*(attack(options.seed + i, kinds[i % 3], daemon.socket, each, counts, daemon) for i in range(6)))
    seconds = time.monotonic() - begin
    alive = daemon.process.poll() is None
    answers = alive and all([await question(kind, daemon) for kind in (Lines, Web)])
    daemon.process.terminate()
    await asyncio.gather(*observers)
    last = max(s[-1] for s in seen)
    complete = [s[1:] == list(range(s[0], last + 1)) for s in seen]
    print(f"{sum(sent[0::3])} lines, {sum(sent[1::3])} frames and {sum(sent[2::3])} frames of live interactions, mutated (seed {options.seed}), on {counts['connections']} connections in {seconds:.0f} s; "
          f"{counts['answered'] / 1e6:.1f} MB of answers")
    print(f"the daemon lived: {alive}; answers afterwards on both transports: {answers}; observers with each of the events "
          f"{min(s[0] for s in seen)} to {last} once and in order: {sum(complete)} of {len(seen)}")
    return alive and answers and all(complete)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with Daemon(options="[log]\nlevel = \"error\"\n") as daemon:
        fine = asyncio.run(run(options, daemon))
        log = daemon.log.read_text()
    print(f"the daemon ended with {daemon.status}")
    if not fine or daemon.status != 0:
        print(log[-4000:])
    raise SystemExit(0 if fine and daemon.status == 0 else 1)


if __name__ == "__main__":
    main()
