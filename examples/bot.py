"""A pipecat bot whose eyes and ears are the machine's own. usage: bot.py QUESTION

It asks once and prints the answer; put your transport where Print stands to hear it spoken.
"""
import asyncio
import os
import sys

from pipecat.frames.frames import LLMFullResponseEndFrame, LLMRunFrame, LLMTextFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService, GeminiModalities
from pipecat.workers.runner import WorkerRunner


class Print(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            print(frame.text, end="", flush=True)
        elif isinstance(frame, LLMFullResponseEndFrame):
            print()
            await self.pipeline_worker.cancel()
        await self.push_frame(frame, direction)


async def main():
    llm = GeminiLiveLLMService(
        api_key=os.environ["GEMINI_API_KEY"],
        settings=GeminiLiveLLMService.Settings(model="models/gemini-3.1-live-mmagent-main", modalities=GeminiModalities.TEXT))
    aggregators = LLMContextAggregatorPair(LLMContext([{"role": "user", "content": sys.argv[1]}]))
    worker = PipelineWorker(Pipeline([aggregators.user(), llm, Print(), aggregators.assistant()]))
    runner = WorkerRunner()
    await runner.add_workers(worker)
    await worker.queue_frames([LLMRunFrame()])
    await runner.run()


asyncio.run(main())
