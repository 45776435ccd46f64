"""Clients that ask over plain transports: of the main session, of a picture of their own, and with a function."""
import base64
import random

from conversation import Conversation
from daemon import picture
from ledger import Course
from transports import connected, joined

QUESTIONS = ("what is on the desk?", "is there a book?", "is there a mug?")


async def ask(soak, transport, tally):
    """On one connection to the end. With an SDK's subscriptions: its own turns, and spoken ones."""
    client, _ = await joined(transport, soak.daemon)
    tally.connections += 1
    conversation = Conversation(client, tally, soak.ledger)
    while not soak.over():
        await conversation.ask({"text": random.choice(QUESTIONS)})
        await conversation.rest(soak.pause())
    await client.close()


async def show(soak, transport, tally):
    """A private session for five questions, with a picture of the desk: the answer must name it. Then another one."""
    data = base64.b64encode(picture()).decode()
    while not soak.over():
        client, first = await connected(transport, soak.daemon, {"mm": {"version": 1, "subscribe": ["*"]}})
        tally.connections += 1
        course = Course(f"a private session ({transport.name})", first["mm"]["next"], tally)
        conversation = Conversation(client, tally, course=course)
        shown = [{"inlineData": {"mimeType": "image/jpeg", "data": data}}]
        for _ in range(5):
            answer = await conversation.ask(*shown, {"text": "what is on the desk?"})
            if answer is not None:
                # What was refused was not looked at, either. What was seen stays.
                shown = []
                if "book" not in answer:
                    tally.wrong(f"the picture of a book is answered with {answer!r}")
            await conversation.rest(soak.pause())
        if course.missed:
            tally.wrong(f"{course.name} lacks {list(course.missed)[:10]}")
        await client.close()


BELL = {"name": "ring_bell", "description": "ring the bell", "parameters": {"type": "OBJECT", "properties": {"times": {"type": "INTEGER"}}}}


class Caller(Conversation):
    """Answers the calls of its function. They are events of the session that nobody else gets."""

    async def called(self, message):
        self.ledger.others.add(message["mm"]["seq"])
        for call in message.get("toolCall", {}).get("functionCalls", []):
            if call["name"] != BELL["name"] or not isinstance(call.get("args", {}).get("times", 1), int):
                self.tally.wrong(f"a call that was not declared: {call}")
            await self.client.send({"toolResponse": {"functionResponses": [{"id": call["id"], "name": call["name"],
                                                                            "response": {"result": "done"}}]}, "mm": {"id": f"r{call['id']}"}})
            self.tally.calls += 1

    def stray(self, message):
        if "error" in message:
            self.tally.wrong(f"a response was refused: {message['error'].get('message')}")
        super().stray(message)


async def call(soak, transport, tally):
    """With a function; a connection for ten questions, since a model that said something once tends to say it again."""
    while not soak.over():
        client, _ = await joined(transport, soak.daemon, tools=[{"functionDeclarations": [BELL]}])
        tally.connections += 1
        conversation = Caller(client, tally, soak.ledger)
        for _ in range(10):
            if soak.over():
                break
            await conversation.ask({"text": "ring the bell"})
            await conversation.rest(soak.pause())
        await client.close()
