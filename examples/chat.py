"""Chat with what stands before the machine's own camera and microphone, by the official SDK. usage: chat.py [QUESTION…]

Each argument is a question; without any, they are read line by line.
"""
import asyncio
import sys

from google import genai

CONFIG = {"response_modalities": ["TEXT"]}


async def main():
    # The client finds the daemon and the key in the environment: see README.md.
    async with genai.Client().aio.live.connect(model="mmagent-main", config=CONFIG) as session:
        for question in filter(str.strip, sys.argv[1:] or sys.stdin):
            await session.send_client_content(turns={"role": "user", "parts": [{"text": question.strip()}]})
            async for message in session.receive():
                print(message.text or "", end="", flush=True)
            print()


asyncio.run(main())
