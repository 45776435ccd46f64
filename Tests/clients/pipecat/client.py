"""A pipecat bot: its Gemini Live service between what a microphone would push and what a speaker would take."""
import asyncio
import contextlib
import io
from importlib.metadata import version

from google.genai.types import HttpOptions
from loguru import logger
from PIL import Image
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    ErrorFrame, InputAudioRawFrame, InputImageRawFrame, InputTextRawFrame, InterruptionFrame, LLMFullResponseEndFrame,
    LLMRunFrame, LLMTextFrame, TranscriptionFrame)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService, GeminiModalities
from pipecat.workers.runner import WorkerRunner

from daemon import chunks, picture, question
from examples import example
from feature import ATTEMPTS, Feature, expect, names_the_desk, of_speech
from relay import Relay

NAME = f"pipecat-ai {version('pipecat-ai')}"
# By the name it decides what makes a model answer what it was told at first: docs/protocol.md.
MAIN, OWN = "models/gemini-3.1-live-mmagent-main", "models/gemini-3.1-live-mmagent"


class Tap(FrameProcessor):
    """What passes is noted: text, the ends of answers, interruptions, transcripts, errors."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, (LLMTextFrame, LLMFullResponseEndFrame, InterruptionFrame, TranscriptionFrame, ErrorFrame)):
            self.seen.put_nowait(frame)
        await self.push_frame(frame, direction)


class Bot:
    """`async with Bot(...) as bot:` A whole pipeline, as pipecat's own examples put it together."""

    def __init__(self, daemon, model=MAIN, key=None, modality=GeminiModalities.TEXT, messages=(), functions=None, **arguments):
        self.llm = GeminiLiveLLMService(
            api_key=key or daemon.key, settings=GeminiLiveLLMService.Settings(model=model, modalities=modality), **arguments)
        for name, handler in (functions or {}).items():
            self.llm.register_function(name, handler)
        tools = {"tools": ToolsSchema(standard_tools=[
            FunctionSchema(name=n, description="ring the bell", properties={"times": {"type": "integer"}}, required=[])
            for n in functions])} if functions else {}
        self.interruptions = 0
        self.context = LLMContext(list(messages), **tools)
        both = LLMContextAggregatorPair(self.context)
        self.seen = asyncio.Queue()
        # Transcripts and errors go upstream, answers downstream.
        self.worker = PipelineWorker(Pipeline([both.user(), Tap(self.seen), self.llm, Tap(self.seen), both.assistant()]),
                                     cancel_on_idle_timeout=False)

    async def __aenter__(self):
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        self.running = asyncio.create_task(runner.run())
        await self.worker.queue_frames([LLMRunFrame()])
        return self

    async def __aexit__(self, *_):
        await self.worker.cancel()
        await asyncio.wait([self.running], timeout=10)

    async def show(self, jpeg):
        """A frame of a camera, once the connection stands."""
        image = Image.open(io.BytesIO(jpeg)).convert("RGB")
        await asyncio.sleep(2)
        await self.worker.queue_frames([InputImageRawFrame(image=image.tobytes(), size=image.size, format="RGB")])
        await asyncio.sleep(0.5)

    async def answer(self, heard=None):
        """The next whole answer; transcripts are put into `heard`."""
        text = ""
        while True:
            frame = await self.seen.get()
            if isinstance(frame, ErrorFrame):
                raise RuntimeError(frame.error)
            if isinstance(frame, TranscriptionFrame) and heard is not None:
                heard.append(frame.text)
            if isinstance(frame, InterruptionFrame):
                self.interruptions += 1
            if isinstance(frame, LLMTextFrame):
                text += frame.text
            if isinstance(frame, LLMFullResponseEndFrame):
                return text


ASKED = [{"role": "user", "content": "what is on the desk?"}]


async def text(daemon):
    async with Bot(daemon, messages=ASKED) as bot:
        names_the_desk(await bot.answer())
        await bot.worker.queue_frames([InputTextRawFrame(text="is there a book?")])
        second = await bot.answer()
        expect("yes" in second, f"the second question's answer is {second!r}")


async def audio_modality(daemon):
    async with Bot(daemon, messages=ASKED, modality=GeminiModalities.AUDIO) as bot:
        answer = await bot.answer()
        names_the_desk(answer)
        expect(answer.count("book") == 1, f"the answer comes twice, in modelTurn and as transcription: {answer!r}")
        for _ in range(50):
            last = bot.context.get_messages()[-1]
            if last.get("role") == "assistant":
                break
            await asyncio.sleep(0.1)
        expect(last.get("role") == "assistant" and "book" in str(last["content"]), f"the bot does not remember it: {last}")


async def picture_in(daemon):
    async with Bot(daemon, OWN) as bot:
        await bot.show(picture())
        await bot.worker.queue_frames([InputTextRawFrame(text="what is on the desk?")])
        names_the_desk(await bot.answer())


async def spoken(daemon):
    heard = []
    sound, rate = question()
    async with Bot(daemon, OWN) as bot:
        await bot.show(picture())

        async def speak():
            for chunk in chunks(sound, rate, 0.02):
                await bot.worker.queue_frames([InputAudioRawFrame(audio=chunk, sample_rate=rate, num_channels=1)])
                await asyncio.sleep(0.02)

        speaking = asyncio.create_task(speak())
        answer = await bot.answer(heard)
        await speaking
        # pipecat keeps a transcript without a full stop back for a moment.
        for _ in range(30):
            while not bot.seen.empty():
                frame = bot.seen.get_nowait()
                if isinstance(frame, TranscriptionFrame):
                    heard.append(frame.text)
            await asyncio.sleep(0.1)
        return answer, " ".join(heard)


async def interruption(daemon):
    """A second question while the first is answered: pipecat tells its pipeline of the interruption, then comes the second's answer."""
    for _ in range(ATTEMPTS):
        async with Bot(daemon, messages=ASKED) as bot:
            await bot.answer()
            expect(bot.interruptions == 0, "an answer that nobody interrupted is told as interrupted")
            await bot.worker.queue_frames([InputTextRawFrame(text="what is on the desk?"), InputTextRawFrame(text="is there a book?")])
            async with asyncio.timeout(10):
                while "yes" not in await bot.answer():
                    pass
            if bot.interruptions:
                return
        await asyncio.sleep(1)
    raise AssertionError(f"no InterruptionFrame in {ATTEMPTS} attempts")


async def function(daemon):
    rung = asyncio.Event()

    async def ring(parameters):
        rung.set()
        await parameters.result_callback({"result": "done"})

    for _ in range(ATTEMPTS):
        rung.clear()
        async with Bot(daemon, messages=[{"role": "user", "content": "ring the bell"}], functions={"ring_bell": ring}) as bot:
            said = ""
            # pipecat tells of no turn in which nothing was said: such an attempt has an end of its own.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(4):
                    said = await bot.answer()
            if rung.is_set():
                async with asyncio.timeout(20):
                    while not said:
                        said = await bot.answer()
                return
    raise AssertionError(f"ring_bell was not called in {ATTEMPTS} attempts")


async def resumption(daemon):
    """pipecat comes back by itself with the newest handle when its connection is lost. A picture that the session saw before is there
    when it goes on: it is sent once, and not named before."""
    async with Relay(daemon) as relay, Bot(daemon, OWN, http_options=HttpOptions(base_url=relay.url)) as bot:
        await bot.show(picture())
        await bot.worker.queue_frames([InputTextRawFrame(text="is there a hat?")])
        await bot.answer()
        for _ in range(30):
            if bot.llm._session_resumption_handle:
                break
            await asyncio.sleep(0.1)
        expect(bot.llm._session_resumption_handle, "no sessionResumptionUpdate after the turn")
        await relay.lost()
        await asyncio.sleep(1)
        await bot.worker.queue_frames([InputTextRawFrame(text="what is on the desk?")])
        names_the_desk(await bot.answer())


async def reconnection(daemon):
    """Without a handle it tells the whole conversation again, and ends it with a user's turn of one space."""
    async with Bot(daemon, messages=ASKED) as bot:
        await bot.answer()
        bot.llm._session_resumption_handle = None
        await bot.llm._reconnect()
        await asyncio.sleep(1)
        await bot.worker.queue_frames([InputTextRawFrame(text="is there a book?")])
        async with asyncio.timeout(10):
            while "yes" not in await bot.answer():
                pass


async def unknown_model(daemon):
    """pipecat tells its log alone of a connection that cannot be opened: the reason stands there."""
    told = []
    sink = logger.add(told.append, level="ERROR")
    try:
        async with Bot(daemon, model="models/no-such-model", messages=ASKED):
            async with asyncio.timeout(15):
                while not any("no-such-model" in t for t in told):
                    await asyncio.sleep(0.1)
    finally:
        logger.remove(sink)


FEATURES = [
    Feature("text", text), Feature("answer to a voice", audio_modality, ("output_transcription",)), Feature("picture", picture_in),
    *of_speech(spoken), Feature("interruption", interruption),
    Feature("function", function, ("tools",)), Feature("resumption", resumption, ("resumption",)),
    Feature("new connection", reconnection), Feature("unknown model", unknown_model), example("bot.py", "book"),
]
