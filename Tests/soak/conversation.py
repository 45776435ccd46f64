"""One client's questions on one connection, over any transport: each must have one whole answer, and nothing of another's."""
import asyncio
import time

# Seconds until an answer counts as lost: far more than one takes on a busy machine.
PATIENCE = 300


class Lost(Exception):
    pass


class Conversation:
    """`course` is of a session whose every event this client gets; `ledger` that of the main session, None on a private one."""

    def __init__(self, client, tally, ledger=None, course=None):
        self.client, self.tally, self.ledger, self.course = client, tally, ledger, course
        self.number, self.turn = 0, None

    async def ask(self, *parts):
        """The text of the answer; None: the question was refused."""
        self.number += 1
        identity, begin, first, text, generated, self.turn = f"q{self.number}", time.monotonic(), None, "", 0, None
        await self.client.send({"clientContent": {"turns": [{"role": "user", "parts": list(parts)}], "turnComplete": True},
                                "mm": {"id": identity}})
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.next()
                mm, content = message.get("mm", {}), message.get("serverContent", {})
                if mm.get("re") == identity:
                    if "error" in message:
                        return self.tally.refuse(message["error"])
                    if "turn" in mm and self.turn is None:
                        self.turn = mm["turn"]
                        if self.ledger is not None:
                            self.ledger.took(self.turn, self, self.tally)
                if not content or self.turn is None or mm.get("turn") != self.turn:
                    self.stray(message)
                    continue
                words = "".join(p.get("text", "") for p in content.get("modelTurn", {}).get("parts", []))
                if words and first is None:
                    first = time.monotonic() - begin
                text += words
                generated += 1 if content.get("generationComplete") else 0
                if content.get("turnComplete"):
                    break
        self.finish(text, content, generated, first, time.monotonic() - begin)
        return text

    def finish(self, text, content, generated, first, whole):
        turn, self.turn = self.turn, None
        reason = content.get("turnCompleteReason")
        if reason or not text.strip() or generated != 1:
            self.tally.wrong(f"turn {turn} ended with {reason}, {generated} generationComplete and the text {text!r}")
        self.tally.answer(first, whole)
        if self.ledger is not None:
            self.ledger.answered(turn, text, self.tally)

    async def rest(self, seconds):
        """Says nothing for a while; what comes then belongs to nothing that was asked."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.stray(await self.next())
        except TimeoutError:
            pass

    async def next(self):
        message = await self.client.receive()
        if message is None:
            raise Lost(f"the connection ended {self.client.ended}")
        self.tally.events += 1 if "seq" in message.get("mm", {}) and self.course is None else 0
        if self.course is not None:
            self.course.take(message)
        if "toolCall" in message or "toolCallCancellation" in message:
            await self.called(message)
        elif "error" in message and "re" not in message.get("mm", {}):
            self.tally.wrong(f"an error: {message['error'].get('message')}")
        return message

    async def called(self, message):
        """This client declares nothing."""
        self.tally.wrong(f"a call of a function that was not declared: {message}")

    def stray(self, message):
        """What belongs to no question of this client. Spoken ones are everybody's, whatever they subscribed to."""
        mm = message.get("mm", {})
        if "serverContent" in message and "turn" in mm and "source" not in mm:
            self.tally.wrong(f"of another's turn, or after the end of its own: {str(message)[:200]}")
