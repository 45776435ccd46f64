"""A client that sends as much as it may."""
import asyncio
import random
import time

from asking import QUESTIONS
from conversation import PATIENCE, Lost
from transports import joined


class Flooder:
    """What it sent and has no answer to yet: `waiting` by `mm.id`, in order; `turns` and what was said in them."""

    def __init__(self, client, tally, ledger):
        self.client, self.tally, self.ledger, self.waiting, self.turns = client, tally, ledger, [], {}

    async def send(self, identity, message):
        self.waiting.append(identity)
        await self.client.send(message | {"mm": message.get("mm", {}) | {"id": identity}})

    async def listen(self):
        """Until everything has its answer."""
        async with asyncio.timeout(PATIENCE):
            while self.waiting:
                message = await self.client.receive()
                if message is None:
                    raise Lost("the connection ended")
                self.tally.events += 1 if "seq" in message.get("mm", {}) else 0
                self.reply(message, message.get("mm", {}))
                self.content(message, message.get("mm", {}), message.get("serverContent"))

    def reply(self, message, mm):
        if "re" not in mm:
            if "error" in message:
                self.tally.wrong(f"an error: {message['error'].get('message')}")
            return
        # A question is taken in while requests go on being answered; these keep their order.
        of_question = str(mm["re"]).startswith("q")
        if mm["re"] not in self.waiting or not of_question and mm["re"] != self.waiting[0]:
            return self.tally.wrong(f"{mm['re']} is answered out of its order, or twice; {self.waiting[:2]} wait")
        self.waiting.remove(mm["re"])
        if "error" in message:
            self.tally.refuse(message["error"])
        elif of_question:
            self.turns[mm["turn"]] = ""
            self.ledger.took(mm["turn"], self, self.tally)

    def content(self, message, mm, content):
        if not content or "source" in mm or "turn" not in mm:
            return
        if mm["turn"] not in self.turns:
            return self.tally.wrong(f"of another's turn, or after the end of its own: {str(message)[:200]}")
        self.turns[mm["turn"]] += "".join(p.get("text", "") for p in content.get("modelTurn", {}).get("parts", []))
        if content.get("turnComplete"):
            self.tally.ended += 1
            self.tally.cut += 1 if content.get("turnCompleteReason") else 0
            self.ledger.answered(mm["turn"], self.turns.pop(mm["turn"]), self.tally)


async def flood(soak, transport, tally):
    """Once a second, 32 requests in a row and two questions, the second of which interrupts the first: each has its answer, in order."""
    client, _ = await joined(transport, soak.daemon)
    tally.connections += 1
    flooder, number = Flooder(client, tally, soak.ledger), 0
    while not soak.over():
        number += 1
        for i in range(32):
            await flooder.send(f"{number}.{i}", {"mm": {"status": {}}})
        for i in range(2):
            await flooder.send(f"q{number}.{i}", {"clientContent": {
                "turns": [{"role": "user", "parts": [{"text": random.choice(QUESTIONS)}]}], "turnComplete": True}})
        await flooder.listen()
        await asyncio.sleep(1)
    patience = time.monotonic() + PATIENCE
    while flooder.turns and time.monotonic() < patience:
        number += 1
        await flooder.send(f"{number}.0", {"mm": {"status": {}}})
        await flooder.listen()
        await asyncio.sleep(0.2)
    if flooder.turns:
        tally.wrong(f"turns without an end: {list(flooder.turns)[:5]}")
    await client.close()
