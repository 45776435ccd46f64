"""Clients that listen to the main session: to its end, with a connection that is lost every minute, for a moment, and not at all."""
import asyncio
import random
import time

import websockets

from conversation import PATIENCE
from ledger import Course
from transports import Lines, NotLetIn, joined


async def observe(soak, transport, tally):
    """From where it joined to the end of the daemon."""
    client, first = await joined(transport, soak.daemon, subscribe=["*"])
    tally.connections += 1
    course = Course(f"an observer ({transport.name})", first["mm"]["next"], tally, soak.ledger)
    while (message := await client.receive()) is not None:
        course.take(message)
    if not soak.over():
        tally.wrong(f"{course.name}: the connection ended: {client.ended}")


async def resume(soak, transport, tally):
    """As an observer, but the connection is lost every minute or so. It comes back with `mm.after`, with a handle, or with both."""
    client, first = await joined(transport, soak.daemon, subscribe=["*"], sessionResumption={})
    course = Course(f"who resumes ({transport.name})", first["mm"]["next"], tally, soak.ledger)
    ways, handle = 0, None
    while True:
        tally.connections += 1
        handle = await hear(soak, client, course, handle, random.uniform(0.7, 1.3) * soak.away)
        if soak.over():
            return
        client.drop()
        await asyncio.sleep(random.uniform(0, 3))
        ways += 1
        setup = {"subscribe": ["*"], "sessionResumption": {}}
        if handle and ways % 3:
            setup["sessionResumption"] = {"handle": handle[0]}
        if not handle or ways % 3 != 1:
            setup["after"] = course.next - 1
        else:
            # By the handle alone comes what was told after the handle, some of it once more.
            course.next = handle[1]
        client, first = await back(transport, soak.daemon, setup, tally)


async def back(transport, daemon, setup, tally):
    """A connection that was just lost may still be open for the daemon, or it is busy: then one more try is due."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await joined(transport, daemon, **setup)
        except NotLetIn as error:
            if error.reason not in ("NOT_POSSIBLE_NOW", "SETUP_TIMEOUT") or time.monotonic() > until:
                raise
            tally.refuse(str(error))
        except (OSError, websockets.WebSocketException) as error:
            tally.wrong(f"not let in again: {str(error)[:200]}")
            if time.monotonic() > until:
                raise
        await asyncio.sleep(0.5)


async def hear(soak, client, course, handle, seconds):
    """Takes what comes, until the daemon's end or, while there is time left, for so long. -> the newest handle, and what came next after it."""
    until = time.monotonic() + seconds
    while True:
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + max(0.01, until - time.monotonic())):
                message = await client.receive()
        except TimeoutError:
            if not soak.over():
                return handle
            until = time.monotonic() + 3600
            continue
        if message is None:
            if not soak.over():
                course.tally.wrong(f"{course.name}: the connection ended: {client.ended}")
            return handle
        if update := message.get("sessionResumptionUpdate"):
            handle = update["newHandle"], course.next
        course.take(message)


async def come_and_go(soak, transport, tally):
    while not soak.over():
        try:
            client, _ = await joined(transport, soak.daemon, subscribe=["observation"])
            await client.close()
            tally.connections += 1
        except (OSError, websockets.WebSocketException) as error:
            tally.wrong(f"not let in: {str(error)[:200]}")
        await asyncio.sleep(soak.coming)


async def stall(soak, _, tally):
    """Asks for the page of metrics again and again, and reads nothing: it must be shut out, and what it was sent until then be in order.
    (Not complete: of what waits too long the newest counts, for some of it.)"""
    while not soak.over():
        client, first = await joined(Lines, soak.daemon, subscribe=["*"])
        tally.connections += 1
        course = Course("who stalls", first["mm"]["next"], tally)
        client.hold()
        try:
            async with asyncio.timeout(15):
                for number in range(400):
                    await client.send({"mm": {"id": number, "metrics": {}}})
                    await asyncio.sleep(0.02)
        except (TimeoutError, OSError):
            pass
        # It takes 10 s; a busy machine may take longer.
        await asyncio.sleep(45)
        client.go_on()
        last = None
        try:
            async with asyncio.timeout(10):
                while (message := await client.receive()) is not None:
                    course.take(message)
                    last = message
            tally.shut += 1
        except TimeoutError:
            tally.wrong(f"who read nothing for a minute was not shut out: {str(last)[:200]}")
        client.drop()
        await asyncio.sleep(5)
