"""The official SDK's Live client, of either major version: what the two have in common."""
import asyncio
import io

from google import genai
from google.genai import errors, types

from daemon import chunks, picture, question
from feature import ATTEMPTS, Feature, expect, names_the_desk

MAIN, OWN = "mmagent-main", "mmagent"
TEXT = {"response_modalities": ["TEXT"]}
BELL = {"function_declarations": [{
    "name": "ring_bell", "description": "ring the bell",
    "parameters": {"type": "OBJECT", "properties": {"times": {"type": "INTEGER"}}}}]}


def connect(model=MAIN, **config):
    return genai.Client().aio.live.connect(model=model, config=TEXT | config)


async def ask(session, text):
    await session.send_client_content(turns={"role": "user", "parts": [{"text": text}]}, turn_complete=True)


async def turn(session):
    """The text of one turn, and everything else that came in it."""
    text, messages = "", []
    async for message in session.receive():
        messages.append(message)
        text += message.text or ""
    return text, messages


def told(messages, what):
    """Whether the server says something of its content in one of them."""
    return any(getattr(m.server_content, what) for m in messages if m.server_content)


async def text(daemon):
    async with connect() as session:
        for _ in range(2):
            await ask(session, "what is on the desk?")
            answer, messages = await turn(session)
            names_the_desk(answer)
            expect(messages[-1].usage_metadata.total_token_count > 0, "no usageMetadata with turnComplete")
            expect(told(messages, "generation_complete"), "no generationComplete")


async def audio_modality(daemon):
    """What voice programs ask for, all of them: sound, and its words beside it. There is no voice: the words come."""
    async with connect(response_modalities=["AUDIO"], output_audio_transcription={}) as session:
        await ask(session, "what is on the desk?")
        text, messages = await turn(session)
        spoken = "".join(m.server_content.output_transcription.text or "" for m in messages
                         if m.server_content and m.server_content.output_transcription)
        names_the_desk(spoken or text)
        expect(spoken, "the answer is in modelTurn alone: a program for a voice shows nothing")


async def picture_in(daemon):
    from PIL import Image
    async with connect(OWN) as session:
        await session.send_client_content(turns={"role": "user", "parts": [
            {"inline_data": {"data": picture(), "mime_type": "image/jpeg"}}, {"text": "what is on the desk?"}]})
        answer, _ = await turn(session)
        names_the_desk(answer)
    async with connect(OWN) as session:
        await session.send_realtime_input(video=Image.open(io.BytesIO(picture())))
        await session.send_realtime_input(text="what is on the desk?")
        answer, _ = await turn(session)
        names_the_desk(answer)


async def speak(session, pace=0.1):
    sound, rate = question()
    for chunk in chunks(sound, rate):
        await session.send_realtime_input(audio=types.Blob(data=chunk, mime_type=f"audio/pcm;rate={rate}"))
        await asyncio.sleep(pace)


async def spoken(daemon, **config):
    """A picture, then the question as sound: the answer, and what was heard."""
    async with connect(OWN, **config) as session:
        await session.send_realtime_input(video=types.Blob(data=picture(), mime_type="image/jpeg"))
        sending = asyncio.create_task(speak(session))
        answer, messages = await turn(session)
        await sending
    heard = "".join(m.server_content.input_transcription.text or "" for m in messages
                    if m.server_content and m.server_content.input_transcription)
    return answer, heard


async def sound(daemon):
    answer, _ = await spoken(daemon)
    names_the_desk(answer)


async def transcript(daemon):
    _, heard = await spoken(daemon, input_audio_transcription={})
    expect("desk" in heard, f"heard {heard!r}")


async def interruption(daemon):
    for _ in range(ATTEMPTS):
        async with connect() as session:
            await ask(session, "what is on the desk?")
            await ask(session, "is there a book?")
            first, messages = await turn(session)
            second, others = await turn(session)
        if told(messages, "interrupted") and not told(others, "interrupted") and "yes" in second:
            return
        # It was over before, or something was said aloud meanwhile.
        await asyncio.sleep(1)
    raise AssertionError(f"no answer was interrupted and the next one not, in {ATTEMPTS} attempts; the last: {first!r}, {second!r}")


async def function(daemon):
    for _ in range(ATTEMPTS):
        async with connect(tools=[BELL]) as session:
            await ask(session, "ring the bell")
            call, said = None, ""
            async for message in session.receive():
                if message.tool_call:
                    call, said = message.tool_call.function_calls[0], ""
                    await session.send_tool_response(function_responses=[
                        types.FunctionResponse(id=call.id, name=call.name, response={"result": "done"})])
                said += message.text or ""
            if call is None:
                await asyncio.sleep(1)
                continue
            expect(call.name == "ring_bell", f"no call of ring_bell: {call}")
            expect(all(name == "times" and isinstance(value, int) for name, value in (call.args or {}).items()), f"arguments {call.args}")
            expect(said, "no word followed the response")
            await ask(session, "what is on the desk?")
            return names_the_desk((await turn(session))[0])
    raise AssertionError(f"no call in {ATTEMPTS} attempts")


async def resumption(daemon):
    """A picture that the session saw before the connection ended is there when it goes on: it is sent once, and not named before."""
    async with connect(OWN, session_resumption={}) as session:
        await session.send_realtime_input(video=types.Blob(data=picture(), mime_type="image/jpeg"))
        await ask(session, "is there a hat?")
        await turn(session)
        handle = None
        try:
            async with asyncio.timeout(3):
                while handle is None:
                    update = (await session._receive()).session_resumption_update
                    handle = update and update.resumable and update.new_handle
        except TimeoutError:
            pass
        expect(handle, "no sessionResumptionUpdate with a handle after the turn")
        # Not closed, but lost.
        session._ws.transport.abort()
    async with connect(OWN, session_resumption={"handle": handle}) as session:
        await ask(session, "what is on the desk?")
        names_the_desk((await turn(session))[0])


async def old_handle(daemon):
    """A handle that nobody gave out is refused: a program that goes on as if it had been restored would be wrong in silence."""
    try:
        async with connect(OWN, session_resumption={"handle": "none-of-ours"}):
            pass
    except errors.APIError as error:
        return expect(error.code == 1008, f"closed with {error.code}: {error}")
    raise AssertionError("an unknown handle was taken")


async def unknown_model(daemon):
    try:
        async with connect("no-such-model") as session:
            await ask(session, "hello")
            await turn(session)
    except errors.APIError as error:
        return expect(error.code == 1008 and "no-such-model" in str(error), f"{error.code}: {error}")
    raise AssertionError("a model that is not there was taken")


async def wrong_key(daemon):
    from websockets.exceptions import InvalidStatus
    try:
        async with genai.Client(api_key="not-the-key-at-all-0123").aio.live.connect(model=MAIN, config=TEXT):
            pass
    except (InvalidStatus, errors.APIError) as error:
        return expect("401" in str(error), f"{error}")
    raise AssertionError("a wrong key opened")


async def bad_message(daemon):
    """A question that is refused is an error of the SDK's own, and the session goes on."""
    async with connect() as session:
        await session.send_client_content()
        try:
            await turn(session)
        except errors.ClientError as error:
            expect(error.code == 400 and error.status == "INVALID_ARGUMENT", f"{error}")
        else:
            raise AssertionError("an empty question was not refused")
        await ask(session, "what is on the desk?")
        names_the_desk((await turn(session))[0])


async def push_to_talk(daemon):
    config = {"realtime_input_config": {"automatic_activity_detection": {"disabled": True}}, "input_audio_transcription": {}}
    async with connect(OWN, **config) as session:
        await session.send_realtime_input(video=types.Blob(data=picture(), mime_type="image/jpeg"))
        await session.send_realtime_input(activity_start=types.ActivityStart())
        await speak(session)
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        names_the_desk((await turn(session))[0])


FEATURES = [
    Feature("text", text), Feature("answer to a voice", audio_modality, ("output_transcription",)),
    Feature("picture", picture_in), Feature("sound", sound), Feature("input transcript", transcript),
    Feature("push to talk", push_to_talk, ("activity",)), Feature("interruption", interruption),
    Feature("function", function, ("tools",)), Feature("resumption", resumption, ("resumption",)),
    Feature("unknown handle", old_handle, ("resumption",)), Feature("unknown model", unknown_model),
    Feature("wrong key", wrong_key), Feature("refused message", bad_message),
]
