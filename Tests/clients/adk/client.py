"""An agent of google-adk in live mode: a runner, a queue of what the user does, and the events that come back."""
import asyncio
import contextlib
from importlib.metadata import version

from google.adk.agents import Agent
from google.adk.agents.live_request_queue import LiveRequestQueue
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.models.google_llm import Gemini
from google.adk.runners import InMemoryRunner
from google.genai import types

from daemon import chunks, picture, question
from feature import ATTEMPTS, Feature, expect, names_the_desk, of_speech
from relay import Relay

NAME = f"google-adk {version('google-adk')}"
# By the name it knows that a call is to be run at once: docs/protocol.md.
MAIN, OWN = "gemini-3.1-live-mmagent-main", "gemini-3.1-live-mmagent"
rung = []


def ring_bell(times: int = 1) -> dict:
    """ring the bell"""
    rung.append(times)
    return {"result": "done"}


class Live:
    def __init__(self, queue, events):
        self.queue, self.events = queue, events

    def ask(self, text):
        self.queue.send_content(types.Content(role="user", parts=[types.Part(text=text)]))

    async def turn(self):
        """The text of one turn, as it is spoken or written, and its events."""
        text, seen = "", []
        async for event in self.events:
            seen.append(event)
            if event.error_code:
                raise RuntimeError(f"{event.error_code}: {event.error_message}")
            if event.partial:
                text += "".join(p.text or "" for p in (event.content.parts if event.content else None) or [])
                text += (event.output_transcription.text or "") if event.output_transcription else ""
            if event.turn_complete:
                return text, seen
        raise AssertionError(f"the events ended within a turn: {text!r}")


@contextlib.asynccontextmanager
async def live(name=MAIN, modality="TEXT", tools=(), key=None, url=None, **config):
    options = {"client_kwargs": {"api_key": key}} if key else {}
    if url:
        options["base_url"] = url
    agent = Agent(name="desk", model=Gemini(model=name, **options), instruction="you look at a desk.", tools=list(tools))
    runner = InMemoryRunner(agent=agent, app_name="desk")
    session = await runner.session_service.create_session(app_name="desk", user_id="u")
    queue = LiveRequestQueue()
    events = runner.run_live(user_id="u", session_id=session.id, live_request_queue=queue, run_config=RunConfig(
        response_modalities=[modality], streaming_mode=StreamingMode.BIDI, **config))
    try:
        yield Live(queue, events)
    finally:
        queue.close()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(5):
                await events.aclose()


async def text(daemon):
    async with live() as one:
        one.ask("what is on the desk?")
        names_the_desk((await one.turn())[0])
        one.ask("is there a book?")
        second, _ = await one.turn()
        expect("yes" in second, f"the second question's answer is {second!r}")


async def audio_modality(daemon):
    async with live(modality="AUDIO") as one:
        one.ask("what is on the desk?")
        answer, seen = await one.turn()
        names_the_desk(answer)
        expect(any(e.output_transcription for e in seen), "the answer is in modelTurn alone: a program for a voice shows nothing")


async def picture_in(daemon):
    async with live(OWN) as one:
        one.queue.send_realtime(types.Blob(data=picture(), mime_type="image/jpeg"))
        await asyncio.sleep(1)
        one.ask("what is on the desk?")
        names_the_desk((await one.turn())[0])


async def spoken(daemon):
    sound, rate = question()
    async with live(OWN) as one:
        one.queue.send_realtime(types.Blob(data=picture(), mime_type="image/jpeg"))
        await asyncio.sleep(1)

        async def speak():
            for chunk in chunks(sound, rate):
                one.queue.send_realtime(types.Blob(data=chunk, mime_type=f"audio/pcm;rate={rate}"))
                await asyncio.sleep(0.1)

        speaking = asyncio.create_task(speak())
        answer, seen = await one.turn()
        await speaking
        return answer, " ".join(e.input_transcription.text or "" for e in seen if e.input_transcription)


async def interruption(daemon):
    """A second question while the first is answered: the agent's user is told that the first was interrupted, and gets the second's answer."""
    for _ in range(ATTEMPTS):
        async with live() as one:
            one.ask("what is on the desk?")
            one.ask("is there a book?")
            first, events = await one.turn()
            second, others = await one.turn()
        if any(e.interrupted for e in events) and not any(e.interrupted for e in others) and "yes" in second:
            return
        # It was over before, or something was said aloud meanwhile.
        await asyncio.sleep(1)
    raise AssertionError(f"no event says `interrupted` of the first answer alone, in {ATTEMPTS} attempts; the last: {first!r}, {second!r}")


async def function(daemon):
    rung.clear()
    for _ in range(ATTEMPTS):
        async with live(tools=[ring_bell]) as one:
            one.ask("ring the bell")
            async with asyncio.timeout(20):
                said, seen = await one.turn()
        if rung:
            expect(any(e.get_function_responses() for e in seen), "the agent has not seen the function's response")
            return expect(said, "no word followed the response")
        await asyncio.sleep(1)
    raise AssertionError(f"ring_bell was not called in {ATTEMPTS} attempts")


async def resumption(daemon):
    """ADK comes back by itself with the newest handle when its connection is lost. A picture that the session saw before is there
    when it goes on: it is sent once, and not named before."""
    async with Relay(daemon) as relay, live(OWN, url=relay.url, session_resumption=types.SessionResumptionConfig()) as one:
        one.queue.send_realtime(types.Blob(data=picture(), mime_type="image/jpeg"))
        await asyncio.sleep(1)
        one.ask("is there a hat?")
        await one.turn()
        async with asyncio.timeout(5):
            async for event in one.events:
                if event.live_session_resumption_update:
                    break
        # It reads only while somebody asks for its events.
        asking = asyncio.create_task(one.turn())
        await relay.lost()
        await asyncio.sleep(1)
        one.ask("what is on the desk?")
        names_the_desk((await asking)[0])


async def refused(**arguments):
    try:
        async with live(**arguments) as one:
            one.ask("what is on the desk?")
            async with asyncio.timeout(20):
                await one.turn()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("not refused")


async def unknown_model(daemon):
    why = await refused(name="no-such-model")
    expect("no-such-model" in why, f"the error does not name the model: {why}")


async def wrong_key(daemon):
    why = await refused(key="not-the-key-at-all-0123")
    expect("401" in why, why)


FEATURES = [
    Feature("text", text), Feature("answer to a voice", audio_modality, ("output_transcription",)), Feature("picture", picture_in),
    *of_speech(spoken), Feature("interruption", interruption),
    Feature("function", function, ("tools",)), Feature("resumption", resumption, ("resumption",)),
    Feature("unknown model", unknown_model), Feature("wrong key", wrong_key),
]
