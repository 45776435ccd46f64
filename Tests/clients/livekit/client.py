"""livekit-agents: its plugin for Google's Live API, as a session of an agent uses it. No livekit server is needed for that."""
import asyncio
import contextlib
import io
import os
from importlib.metadata import version

from google.genai import types
from livekit import rtc
from livekit.agents import Agent, AgentSession, APIConnectOptions, llm
from livekit.plugins import google
from PIL import Image

from daemon import chunks, picture, question
from feature import ATTEMPTS, Feature, expect, names_the_desk, of_speech
from relay import Relay

NAME = f"livekit-plugins-google {version('livekit-plugins-google')}"
MAIN, OWN = "mmagent-main", "mmagent"


def model(name=MAIN, modality=types.Modality.TEXT, api_key=None, retries=0, **arguments):
    return google.realtime.RealtimeModel(
        model=name, api_key=api_key or os.environ["GEMINI_API_KEY"], modalities=[modality],
        conn_options=APIConnectOptions(max_retry=retries, timeout=10), **arguments)


@contextlib.asynccontextmanager
async def session(name=MAIN, **arguments):
    own = model(name, **arguments)
    one = own.session()
    one.generations, one.errors = asyncio.Queue(), asyncio.Queue()
    one.on("generation_created", one.generations.put_nowait)
    one.on("error", one.errors.put_nowait)
    try:
        yield one
    finally:
        await one.aclose()
        await own.aclose()


async def words(generation):
    text = ""
    async for message in generation.message_stream:
        async for piece in message.text_stream:
            text += piece
    return text


async def ask(one, text):
    """As AgentSession.generate_reply(user_input=…) does it: the conversation is told, then an answer is asked for."""
    context = one.chat_ctx
    context.add_message(role="user", content=text)
    await one.update_chat_ctx(context)
    return await one.generate_reply()


async def text(daemon):
    async with session() as one:
        names_the_desk(await words(await ask(one, "what is on the desk?")))
        second = await words(await ask(one, "is there a book?"))
        expect("yes" in second, f"the second question's answer is {second!r}")


async def agent(daemon):
    """The whole of it: an agent's session that is asked by text."""
    one = AgentSession(llm=model())
    said = asyncio.Queue()
    one.on("conversation_item_added", lambda e: said.put_nowait(e.item))
    await one.start(Agent(instructions="you look at a desk."))
    try:
        one.generate_reply(user_input="what is on the desk?")
        while True:
            item = await said.get()
            if getattr(item, "role", "") == "assistant":
                return names_the_desk(item.text_content)
    finally:
        await one.aclose()


async def audio_modality(daemon):
    async with session(modality=types.Modality.AUDIO) as one:
        answer = await words(await ask(one, "what is on the desk?"))
        names_the_desk(answer)
        expect(answer.count("book") == 1, f"the answer comes twice: {answer!r}")


def show(one):
    image = Image.open(io.BytesIO(picture())).convert("RGBA")
    one.push_video(rtc.VideoFrame(image.width, image.height, rtc.VideoBufferType.RGBA, image.tobytes()))


async def picture_in(daemon):
    async with session(OWN) as one:
        show(one)
        names_the_desk(await words(await ask(one, "what is on the desk?")))


async def spoken(daemon):
    heard, (sound, rate) = [], question()
    async with session(OWN) as one:
        one.on("input_audio_transcription_completed", lambda e: heard.append(e.transcript))
        show(one)
        for chunk in chunks(sound, rate, 0.05):
            one.push_audio(rtc.AudioFrame(data=chunk, sample_rate=rate, num_channels=1, samples_per_channel=len(chunk) // 2))
            await asyncio.sleep(0.05)
        async with asyncio.timeout(15):
            answer = await words(await one.generations.get())
        return answer, " ".join(heard)


async def interruption(daemon):
    """An answer that its user takes back: the plugin begins an activity, and tells the agent that the model's turn was interrupted, then comes
    the next answer. (Where a further `generate_reply` interrupts, it tells nothing: the new reply is pending.)"""
    manual = types.RealtimeInputConfig(automatic_activity_detection=types.AutomaticActivityDetection(disabled=True))
    for _ in range(ATTEMPTS):
        async with session(OWN, realtime_input_config=manual) as one:
            told = asyncio.Event()
            one.on("input_speech_started", lambda _: told.set())
            show(one)
            await words(await ask(one, "is there a hat?"))
            expect(not told.is_set(), "an answer that nobody interrupted is told as interrupted")
            context = one.chat_ctx
            context.add_message(role="user", content="what is on the desk?")
            await one.update_chat_ctx(context)
            one.generate_reply().cancel()
            try:
                # Before the next question: a reply that nobody asked for would be told with the same event.
                async with asyncio.timeout(2):
                    await told.wait()
            except TimeoutError:
                why = "no input_speech_started"
            else:
                answer = await words(await ask(one, "is there a book?"))
                if "yes" in answer:
                    return
                why = f"the second question's answer is {answer!r}"
        await asyncio.sleep(1)
    raise AssertionError(f"{why}, in the last of {ATTEMPTS} attempts")


async def function(daemon):
    @llm.function_tool
    async def ring_bell(times: int = 1) -> str:
        """ring the bell"""
        return "done"

    for _ in range(ATTEMPTS):
        async with session() as one:
            await one.update_tools([ring_bell])
            generation = await ask(one, "ring the bell")
            async with asyncio.timeout(10):
                calls = [call async for call in generation.function_stream]
            if not calls:
                await asyncio.sleep(1)
                continue
            call = calls[0]
            while not one.generations.empty():
                one.generations.get_nowait()
            expect(call.name == "ring_bell", f"called {call.name}")
            context = one.chat_ctx
            context.items.append(call)
            context.items.append(llm.FunctionCallOutput(call_id=call.call_id, name=call.name, output="done", is_error=False))
            await one.update_chat_ctx(context)
            async with asyncio.timeout(10):
                return expect(await words(await one.generations.get()), "no word followed the response")
    raise AssertionError(f"no call of ring_bell in {ATTEMPTS} attempts")


async def resumption(daemon):
    """livekit comes back by itself with the newest handle when its connection is lost. A picture that the session saw before is there
    when it goes on: it is sent once, and not named before."""
    async with Relay(daemon) as relay, session(OWN, retries=3, http_options=types.HttpOptions(base_url=relay.url)) as one:
        show(one)
        await words(await ask(one, "is there a hat?"))
        for _ in range(30):
            if one.session_resumption_handle:
                break
            await asyncio.sleep(0.1)
        expect(one.session_resumption_handle, "no sessionResumptionUpdate after the turn")
        await relay.lost()
        await asyncio.sleep(1)
        names_the_desk(await words(await ask(one, "what is on the desk?")))


async def unknown_model(daemon):
    async with session("no-such-model") as one:
        async with asyncio.timeout(15):
            error = await one.errors.get()
        expect("no-such-model" in str(error.error), f"the error does not name the model: {error.error}")


async def wrong_key(daemon):
    async with session(api_key="not-the-key-at-all-0123") as one:
        async with asyncio.timeout(15):
            error = await one.errors.get()
        expect("401" in str(error.error), f"{error.error}")


FEATURES = [
    Feature("text", text), Feature("agent", agent), Feature("answer to a voice", audio_modality, ("output_transcription",)),
    Feature("picture", picture_in), *of_speech(spoken),
    Feature("interruption", interruption), Feature("function", function, ("tools",)),
    Feature("resumption", resumption, ("resumption",)), Feature("unknown model", unknown_model), Feature("wrong key", wrong_key),
]
