import asyncio
import warnings

from google import genai

from examples import example
from feature import ATTEMPTS, Feature, expect, names_the_desk
from google_genai import FEATURES

NAME = f"google-genai {genai.__version__}"


async def text_of(connection):
    """The text of one model output, from its first step to its end."""
    text = ""
    async for event in connection.receive():
        if event.event_type == "error":
            raise RuntimeError(str(event))
        if event.event_type == "step.delta" and getattr(event.delta, "type", "") == "text":
            text += event.delta.text
        if event.event_type in ("step.stop", "interaction.completed") and text:
            return text
    return text


async def interactions(daemon):
    """The second wire: a live interaction with the machine's own session, asked twice, then left."""
    warnings.simplefilter("ignore")
    async with genai.Client().aio.interactions.connect("main") as connection:
        async with asyncio.timeout(10):
            await connection.send("what is on the desk?")
            names_the_desk(await text_of(connection))
            await connection.send("is there a book?")
            second = await text_of(connection)
            expect("yes" in second, f"the second question's answer is {second!r}")
        await connection.detach()


async def interactions_end(daemon):
    """Half-close: no more input, and what is left comes until the interaction is completed."""
    warnings.simplefilter("ignore")
    async with genai.Client().aio.interactions.connect("main") as connection:
        async with asyncio.timeout(10):
            await connection.send("what is on the desk?")
            await connection.complete()
            kinds = [event.event_type async for event in connection.receive()]
        expect("step.delta" in kinds and kinds[-1] == "interaction.completed", f"events: {kinds}")


FEATURES = FEATURES + [
    Feature("interactions", interactions, ("interactions",)), Feature("interactions' end", interactions_end, ("interactions",)),
    example("lines.sh", "book", "turnComplete"), example("chat.py", "book", "yes"), example("robot.py", "): ", needs=("tools",), attempts=ATTEMPTS),
]
