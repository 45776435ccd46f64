"""Follows what happens before the machine's own camera and microphone, as an observer of its live interaction, by the official SDK.
usage: observer.py [SECONDS]   without them it follows for ever

Its place is kept: when the connection is lost it goes on from the last event that it has.
"""
import asyncio
import sys
import warnings

from google import genai
from google.genai.interactions import APIWebSocketError

warnings.simplefilter("ignore")     # the SDK calls this part of it experimental


def tell(event, steps):
    """One line for each thing that is said or noticed."""
    if event.event_type == "step.start":
        steps[event.index] = event.step.type, "".join(part.text for part in getattr(event.step, "content", None) or [])
    elif event.event_type == "step.delta" and event.delta.type == "text":
        kind, text = steps[event.index]
        steps[event.index] = kind, text + event.delta.text
    elif event.event_type == "step.stop":
        print(*steps.pop(event.index), sep=": ", flush=True)
    elif event.event_type == "mm" and hasattr(event, "observation"):
        print(f"noticed: {event.observation['text']}", flush=True)
    elif event.event_type == "error":
        sys.exit(event.error.message)


async def follow(place):
    # The client finds the daemon and the key in the environment: see README.md.
    async with genai.Client().aio.interactions.connect("@".join(place)) as connection:
        await connection.send({"event_type": "mm", "subscribe": ["turn", "transcription", "observation"]})
        steps = {}
        async for event in connection.receive():
            if getattr(event, "event_id", None):
                place[1:] = [event.event_id]
            tell(event, steps)


async def main():
    place = ["main"]
    while True:
        try:
            await follow(place)
        except APIWebSocketError as error:
            if getattr(error, "http_status", None):         # a wrong key, or no place: it would be so again
                sys.exit(f"{error} (HTTP {error.http_status})")
            print(error, file=sys.stderr)
        await asyncio.sleep(1)


try:
    asyncio.run(asyncio.wait_for(main(), float(sys.argv[1]) if len(sys.argv) > 1 else None))
except (TimeoutError, KeyboardInterrupt):
    pass
