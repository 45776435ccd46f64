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
        # Who leaves with more than 16 messages unread reads no close either, and waits for one so long: 10 s by default.
        options = {"async_client_args": {"close_timeout": 1}}
        if not daemon.tls:
            options["base_url"] = f"http://127.0.0.1:{daemon.port}"
        self.client = genai.Client(api_key=key or daemon.key, http_options=options)

    def connect(self, id="main"):
        warnings.simplefilter("ignore")
        return self.client.aio.interactions.connect(id)


def text(words):
    return {"type": "text", "text": words}


def image(data):
    return {"type": "image", "mime_type": "image/jpeg", "data": base64.b64encode(data).decode()}


def said(*content):
    return {"event_type": "input", "content": list(content)}


async def received(connection):
    """The events of a connection, which have to come in order; an error is one here."""
    open_steps = connection.__dict__.setdefault("open_steps", set())
    async for event in connection.receive():
        if event.event_type == "error":
            raise RuntimeError(event.error.message)
        if event.event_type == "step.start":
            expect(event.index not in open_steps, f"step {event.index} begins twice")
            open_steps.add(event.index)
        elif event.event_type == "step.delta":
            expect(event.index in open_steps, f"a delta of step {event.index}, which is not open")
        elif event.event_type == "step.stop":
            open_steps.remove(event.index)
        yield event


async def events(connection, kind):
    """All events up to one of a kind."""
    seen = []
    async for event in received(connection):
        seen.append(event)
        if event.event_type == kind:
            return seen
    raise RuntimeError(f"the events ended without {kind}: {[event.event_type for event in seen]}")


def text_of(seen, turn=None):
    """What the model says in a turn; without one, in all: what is spoken meanwhile is answered too."""
    steps = {e.index for e in seen if e.event_type == "step.start" and (turn is None or e.mm.get("turn") == turn)}
    return "".join(e.delta.text for e in seen if e.event_type == "step.delta" and e.delta.type == "text" and e.index in steps)


async def answer(connection, turn=None):
    """One turn, by default the one that is taken next: its text, and all events up to its end."""
    seen = []
    async for event in received(connection):
        seen.append(event)
        if event.event_type == "interaction.status_update":
            if event.status == "in_progress":
                turn = turn or event.mm["turn"]
            elif event.status == "idle" and turn in (event.mm["turn"], "any"):
                return text_of(seen, event.mm["turn"]), seen
    raise RuntimeError(f"the events ended without an answer: {[event.event_type for event in seen]}")


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
        words, seen = await answer(connection, "any")
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
            turn, name, arguments, call = None, None, "", None
            async for event in received(connection):
                if event.event_type == "interaction.status_update" and event.status == "in_progress":
                    turn = event.mm["turn"]
                elif event.event_type == "step.start" and event.step.type == "function_call":
                    name, call = event.step.name, event.step.id
                elif event.event_type == "step.delta" and event.delta.type == "arguments_delta":
                    arguments += event.delta.arguments
                elif event.event_type == "interaction.status_update" and event.mm["turn"] == turn:
                    break   # it waits for the function, or is over
            if call is None:
                await asyncio.sleep(1)
                continue
            expect(name == "ring_bell", f"called {name}")
            expect(isinstance(json.loads(arguments), dict), f"arguments {arguments!r}")
            await connection.send(said({"type": "function_result", "call_id": call, "name": name, "result": {"result": "done"}}))
            await answer(connection, turn)
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


async def begun(connection):
    """A question whose answer has begun: its turn, the first words, and the number of the event that brought them."""
    await connection.send("what is on the desk?")
    turn, steps = None, set()
    async for event in received(connection):
        if event.event_type == "interaction.status_update" and event.status == "in_progress":
            turn = event.mm["turn"]
        elif event.event_type == "step.start" and event.mm["turn"] == turn:
            steps.add(event.index)
        elif event.event_type == "step.delta" and event.index in steps:
            return turn, event.delta.text, event.event_id
    raise RuntimeError("the events ended without an answer")


async def cancel(place):
    for _ in range(ATTEMPTS):
        async with place.connect() as connection:
            await connection.send("is there a book?")
            _, seen = await answer(connection)
            number = [e.event_id for e in seen if getattr(e, "event_id", None)][-1]
            # The answer is short: what comes later would often be too late.
            await connection.send([said(text("what is on the desk?")), {"event_type": "interaction.cancel"}])
            async for _ in connection.receive():
                pass
        # It has an end, and one can read it.
        async with place.connect(f"main@{number}") as connection:
            _, seen = await answer(connection, "any")
        if seen[-1].mm.get("reason") == "CANCELLED":
            return
    raise AssertionError(f"{ATTEMPTS} answers were over before they were cancelled")


async def resume(place):
    """The answer goes on while nobody is connected, and is read by the number of the last event."""
    async with place.connect() as connection:
        turn, beginning, number = await begun(connection)
    await asyncio.sleep(0.5)
    async with place.connect(f"main@{number}") as connection:
        rest, seen = await answer(connection, turn)
        names_the_desk(beginning + rest)
        expect("reason" not in seen[-1].mm, f"it ended with {seen[-1].mm}")
        numbers = [int(e.event_id) for e in seen if getattr(e, "event_id", None)]
        expect(numbers == sorted(set(numbers)) and numbers[0] == int(number), f"numbers after {number}: {numbers}")


async def whole(connection):
    """The first turn that comes and that nobody spoke, to its end: its id, text, and all events with it."""
    seen, spoken = [], set()
    async for event in received(connection):
        seen.append(event)
        if event.event_type == "step.start" and event.mm.get("source"):
            spoken.add(event.mm["turn"])
        if event.event_type == "interaction.status_update" and event.status == "idle" and event.mm["turn"] not in spoken:
            return event.mm["turn"], text_of(seen, event.mm["turn"]), seen
    raise RuntimeError(f"the events ended without an answer: {[event.event_type for event in seen]}")


async def background(place):
    """Who asks and leaves at once (`interaction.disconnect`) finds the answer, by the number of the last event that he read: whole, each event
    once, whether it is still under way then or long over; and from its last event on nothing of it comes again."""
    for pause in (0, 0.5):
        async with place.connect() as connection:
            number = (await anext(connection.receive())).event_id
            await connection.send("what is on the desk?")
        await asyncio.sleep(pause)
        async with place.connect(f"main@{number}") as connection:
            turn, words, seen = await whole(connection)
        names_the_desk(words)
        expect("reason" not in seen[-1].mm, f"it ended with {seen[-1].mm}")
        numbers = [int(e.event_id) for e in seen if getattr(e, "event_id", None)]
        expect(numbers == sorted(set(numbers)) and numbers[0] == int(number), f"numbers after {number}: {numbers}")
        async with place.connect(f"main@{numbers[-1]}") as connection:
            await connection.send("is there a book?")
            second, after = await answer(connection)
        expect("yes" in second, f"the second question's answer is {second!r}")
        expect(turn not in [e.mm["turn"] for e in after if e.event_type == "step.start"], f"{turn} is told once more")


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
         "its cancel": cancel, "its resumption": resume, "its background": background, "its refusals": refused}


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
