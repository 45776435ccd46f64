"""Clients that are the official SDK itself, unmodified: its Live API."""
import asyncio
import json
import random
import time

from google.genai import errors

from asking import QUESTIONS
from conversation import PATIENCE
from google_genai import ask, connect

MODEL = "gemini-3.1-live-mmagent-main"


class Overheard:
    """A connection that keeps what the SDK read last as it came: `mm`, which the SDK leaves out, says whose turn it is."""

    def __init__(self, socket):
        self.socket, self.message = socket, {}

    async def recv(self, decode=None):
        data = await self.socket.recv(decode=decode)
        self.message = json.loads(data)
        return data

    def __getattr__(self, name):
        return getattr(self.socket, name)


async def live(soak, _, tally):
    """Ten questions on a session, then a new one. Spoken turns come, too, and end the SDK's `receive()` as its own do."""
    while not soak.over():
        async with connect(MODEL) as session:
            tally.connections += 1
            session._ws = overheard = Overheard(session._ws)
            for _ in range(10):
                if soak.over():
                    break
                begin = time.monotonic()
                await ask(session, random.choice(QUESTIONS))
                try:
                    async with asyncio.timeout(PATIENCE):
                        await answered(soak, session, overheard, tally, begin)
                except errors.APIError as error:
                    tally.refuse(f"{error.status}: {error.message}")
                await asyncio.sleep(soak.pause())


async def answered(soak, session, overheard, tally, begin):
    """Receives until a turn is over that is not a spoken one: only the question's own may come."""
    turn, text, first, generated = None, "", None, 0
    while True:
        async for message in session.receive():
            mm, content = overheard.message.get("mm", {}), message.server_content
            tally.events += 1 if "seq" in mm else 0
            if content is None or "source" in mm:
                continue
            if turn is None:
                turn = mm.get("turn")
                soak.ledger.took(turn, session, tally)
                if turn in soak.ledger.over:
                    tally.wrong(f"of turn {turn}, which was over")
            if mm.get("turn") != turn:
                tally.wrong(f"of turn {mm.get('turn')} while {turn} is answered")
                continue
            if message.text and first is None:
                first = time.monotonic() - begin
            text += message.text or ""
            generated += 1 if content.generation_complete else 0
            if content.turn_complete:
                soak.ledger.over.add(turn)
                if not text.strip() or generated != 1 or "turnCompleteReason" in overheard.message["serverContent"]:
                    tally.wrong(f"turn {turn} ended with {generated} generationComplete and the text {text!r}: {overheard.message}")
                tally.answer(first, time.monotonic() - begin)
                return soak.ledger.answered(turn, text, tally)
