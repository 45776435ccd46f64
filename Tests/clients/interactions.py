"""The official SDK's second wire, `client.aio.interactions.connect()`: each feature over TLS, and all of them in the clear."""
import asyncio
import base64
import json
import warnings

from google import genai
from google.genai.interactions import APIWebSocketError

from daemon import Daemon, chunks, picture, question
from feature import ATTEMPTS, Feature, expect, names_the_desk

BELL = {"type": "function", "name": "ring_bell", "description": "ring the bell",
        "parameters": {"type": "object", "properties": {"times": {"type": "integer"}}}}


class Place:
    """Where a daemon is, for the SDK: with TLS as the environment says it, or in the clear."""

    def __init__(self, daemon, key=None):
        self.options = {} if daemon.tls else {"http_options": {"base_url": f"http://127.0.0.1:{daemon.port}"}}
        self.options["api_key"] = key or daemon.key

    def connect(self, id="main"):
        warnings.simplefilter("ignore")
        return genai.Client(**self.options).aio.interactions.connect(id)


def text(words):
    return {"type": "text", "text": words}


def image(data):
    return {"type": "image", "mime_type": "image/jpeg", "data": base64.b64encode(data).decode()}


def said(*content):
    return {"event_type": "input", "content": list(content)}


async def events(connection, kind, **members):
    """All events up to one of a kind that has such members."""
    seen = []
    async for event in connection.receive():
        seen.append(event)
        if event.event_type == "error":
            raise RuntimeError(event.error.message)
        if event.event_type == kind and all(getattr(event, name, None) == value for name, value in members.items()):
            return seen
    raise RuntimeError(f"the events ended without {kind}: {[event.event_type for event in seen]}")


def text_of(seen):
    return "".join(e.delta.text for e in seen if e.event_type == "step.delta" and e.delta.type == "text")


async def answer(connection):
    """One turn: its text, and its events, checked for their order."""
    seen = await events(connection, "interaction.status_update", status="idle")
    open_steps = set()
    for event in seen:
        if event.event_type == "step.start":
            open_steps.add(event.index)
        elif event.event_type == "step.delta":
            expect(event.index in open_steps, f"a delta of step {event.index}, which is not open")
        elif event.event_type == "step.stop":
            open_steps.remove(event.index)
    expect(not open_steps, f"steps {open_steps} were not stopped")
    return text_of(seen), seen


async def asked(place):
    async with place.connect() as connection:
        await connection.send("what is on the desk?")
        first, seen = await answer(connection)
        expect(seen[0].event_type == "interaction.connected", f"it began with {seen[0].event_type}")
        names_the_desk(first)
        expect(any(e.event_type == "step.stop" and e.usage and e.usage.total_tokens > 0 for e in seen), "no usage with step.stop")
        await connection.send([said(text("is there a book?"))])
        second, _ = await answer(connection)
        expect("yes" in second, f"the second question's answer is {second!r}")


async def picture_in(place):
    async with place.connect("mmagent") as connection:
        await connection.send(said(image(picture()), text("what is on the desk?")))
        names_the_desk((await answer(connection))[0])
        # Seen first, asked about later.
        await connection.send([said(image(picture())), said(text("is there a book?"))])
        expect("yes" in (await answer(connection))[0], "the picture was not looked at")


async def sound(place):
    recorded, rate = question()

    async def speak(connection):
        for chunk in chunks(recorded, rate):
            await connection.send(said({"type": "audio", "mime_type": "audio/pcm", "sample_rate": rate,
                                        "data": base64.b64encode(chunk).decode()}))
            await asyncio.sleep(0.1)

    async with place.connect("mmagent") as connection:
        await connection.send(said(image(picture())))
        speaking = asyncio.create_task(speak(connection))
        words, seen = await answer(connection)
        await speaking
    names_the_desk(words)
    heard = [e.step.content[0].text for e in seen if e.event_type == "step.start" and e.step.type == "user_input"]
    expect(any("desk" in h for h in heard), f"heard {heard!r}")


async def function(place):
    for _ in range(ATTEMPTS):
        async with place.connect() as connection:
            await connection.send({"event_type": "interaction.create", "tools": [BELL]})
            await events(connection, "interaction.created")
            await connection.send("ring the bell")
            name, arguments, call = None, "", None
            async for event in connection.receive():
                if event.event_type == "step.start" and event.step.type == "function_call":
                    name, call = event.step.name, event.step.id
                elif event.event_type == "step.delta" and event.delta.type == "arguments_delta":
                    arguments += event.delta.arguments
                elif event.event_type == "interaction.status_update" and event.status in ("requires_action", "idle"):
                    break
            if call is None:
                await asyncio.sleep(1)
                continue
            expect(name == "ring_bell", f"called {name}")
            expect(isinstance(json.loads(arguments), dict), f"arguments {arguments!r}")
            await connection.send(said({"type": "function_result", "call_id": call, "name": name, "result": {"result": "done"}}))
            await answer(connection)
            await connection.send("what is on the desk?")
            return names_the_desk((await answer(connection))[0])
    raise AssertionError(f"no call in {ATTEMPTS} attempts")


async def complete(place):
    """Half-close: no more input, and what was asked is answered before the end."""
    async with place.connect() as connection:
        await connection.send("what is on the desk?")
        await connection.complete()
        seen = await events(connection, "interaction.completed")
        names_the_desk(text_of(seen))
        expect(seen[-1].usage.total_tokens > 0, "no usage with interaction.completed")


async def cancel(place):
    async with place.connect() as connection:
        await events(connection, "interaction.connected")
        number = None
        await connection.send("what is on the desk?")
        async for event in connection.receive():
            number = getattr(event, "event_id", None) or number
            if event.event_type == "step.delta":
                break
        await connection.cancel()
    # What was cancelled has an end, and no more text.
    async with place.connect(f"main@{number}") as connection:
        _, seen = await answer(connection)
        expect(seen[-1].mm["reason"] == "CANCELLED", f"it ended with {seen[-1].mm}")


async def resume(place):
    """The answer goes on while nobody is connected, and is read by the number of the last event."""
    async with place.connect() as connection:
        await connection.send("what is on the desk?")
        beginning, number = "", None
        async for event in connection.receive():
            number = getattr(event, "event_id", None) or number
            if event.event_type == "step.delta":
                beginning = event.delta.text
                break
    await asyncio.sleep(0.5)
    async with place.connect(f"main@{number}") as connection:
        rest, seen = await answer(connection)
        names_the_desk(beginning + rest)
        expect("reason" not in seen[-1].mm, f"it ended with {seen[-1].mm}")
        expect(int(seen[-1].event_id) > int(number), "no number after that of the last event")


async def refused(place):
    async with place.connect("no-such-interaction") as connection:
        event = await anext(connection.receive())
        expect(event.event_type == "error" and "no-such-interaction" in event.error.message, f"{event}")
        try:
            await anext(connection.receive())
        except APIWebSocketError as error:
            expect(error.close_code == 1008, f"closed with {error.close_code}")
    async with place.connect() as connection:
        await connection.send({"event_type": "input"})
        try:
            await answer(connection)
        except RuntimeError as error:
            expect("content" in str(error), f"{error}")
        await connection.send("what is on the desk?")
        names_the_desk((await answer(connection))[0])


async def wrong_key(daemon):
    try:
        async with Place(daemon, "not-the-key-at-all-0123").connect():
            pass
    except APIWebSocketError as error:
        return expect(error.http_status == 401, f"{error.http_status}")
    raise AssertionError("a wrong key opened")


PARTS = {"interactions": asked, "its picture": picture_in, "its sound": sound, "its function": function, "its half-close": complete,
         "its cancel": cancel, "its resumption": resume, "its refusals": refused}


def over_tls(part):
    async def run(daemon):
        await part(Place(daemon))
    return run


async def in_the_clear(_):
    with Daemon(options='tls = "off"\n', tls=False) as plain:
        for name, part in PARTS.items():
            try:
                await part(Place(plain))
            except Exception as error:
                raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
        await wrong_key(plain)


FEATURES = [Feature(name, over_tls(part)) for name, part in PARTS.items()] + [
    Feature("its wrong key", wrong_key), Feature("all over http", in_the_clear)]
