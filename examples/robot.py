"""A robot with two functions, by the official SDK, on the machine's own camera. usage: robot.py COMMAND…

Each argument is something that is said to it; what it calls is printed, and then what it says.
"""
import asyncio
import sys

from google import genai
from google.genai import types

FUNCTIONS = [
    {"name": "ring_bell", "description": "ring the bell"},
    {"name": "turn", "description": "turn the robot",
     "parameters": {"type": "OBJECT", "required": ["direction"],
                    "properties": {"direction": {"type": "STRING", "enum": ["left", "right"]}}}},
]


def ring_bell():
    return {"result": "it rang"}


def turn(direction):
    return {"result": f"turned {direction}"}


async def main():
    config = {"response_modalities": ["TEXT"], "tools": [{"function_declarations": FUNCTIONS}]}
    async with genai.Client().aio.live.connect(model="mmagent-main", config=config) as session:
        for command in sys.argv[1:]:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": command}]})
            async for message in session.receive():
                print(message.text or "", end="", flush=True)
                if not message.tool_call:
                    continue
                responses = []
                for call in message.tool_call.function_calls:
                    result = {"ring_bell": ring_bell, "turn": turn}[call.name](**(call.args or {}))
                    print(f"{call.name}({call.args}): {result['result']}")
                    responses.append(types.FunctionResponse(id=call.id, name=call.name, response=result))
                await session.send_tool_response(function_responses=responses)
            print()


asyncio.run(main())
