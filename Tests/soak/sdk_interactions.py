"""Clients that are the official SDK itself, unmodified: its Live Interactions."""
import asyncio
import random
import time

from asking import QUESTIONS
from conversation import PATIENCE
from interactions import Place


class Steps:
    """The events of one connection of Live Interactions: steps begin, go on and stop once; `last` is the newest `event_id`."""

    def __init__(self, tally, last=0):
        self.tally, self.last, self.open, self.seen, self.turns = tally, last, {}, set(), {}

    def take(self, event):
        self.tally.events += 1
        kind, identity = event.event_type, getattr(event, "event_id", None)
        if identity is not None and kind != "interaction.connected":
            if int(identity) <= self.last:
                self.tally.wrong(f"event {identity} after {self.last}")
            self.last = max(self.last, int(identity))
        if kind == "step.start":
            if event.index in self.seen:
                self.tally.wrong(f"step {event.index} begins twice")
            self.seen.add(event.index)
            self.open[event.index] = event.mm.get("turn")
        elif kind in ("step.delta", "step.stop") and event.index not in self.open:
            self.tally.wrong(f"{kind} of step {event.index}, which is not open")
        elif kind == "step.delta" and event.delta.type == "text":
            turn = self.open[event.index]
            self.turns[turn] = self.turns.get(turn, "") + event.delta.text
        elif kind == "step.stop":
            self.open.pop(event.index)


async def interact(soak, _, tally):
    """Five questions on a connection, which then ends: with its half-close, or in the middle of an answer, whose rest the next one reads."""
    place, number = Place(soak.daemon), 0
    while not soak.over():
        number += 1
        async with place.connect("main") as connection:
            tally.connections += 1
            steps = Steps(tally)
            for _ in range(5):
                if soak.over():
                    break
                await one(soak, connection, steps, tally)
                await asyncio.sleep(soak.pause())
            turn = await half_closed(soak, connection, steps, tally) if number % 2 else await left(soak, connection, steps, tally)
        if turn is None:
            continue
        begun = steps.turns.pop(turn, "")
        await asyncio.sleep(random.uniform(0, 1))
        async with place.connect(f"main@{steps.last}") as connection:
            tally.connections += 1
            steps = Steps(tally, steps.last)
            await until(connection, steps, tally, lambda e: ended(e, turn))
        soak.ledger.answered(turn, begun + steps.turns.get(turn, ""), tally)


def ended(event, turn):
    return event.event_type == "interaction.status_update" and event.status == "idle" and event.mm["turn"] == turn


async def until(connection, steps, tally, is_last):
    """Takes events up to one. -> it; None: an error came, which is a refusal of what was asked."""
    async with asyncio.timeout(PATIENCE):
        async for event in connection.receive():
            if event.event_type == "error":
                return tally.refuse(f"{(getattr(event, 'mm', None) or {}).get('reason')}: {event.error.message}")
            steps.take(event)
            if is_last(event):
                return event
    raise RuntimeError("the events ended")


async def taken(soak, connection, steps, tally):
    """Asks. -> the turn; None: refused."""
    await connection.send(random.choice(QUESTIONS))
    event = await until(connection, steps, tally, lambda e: e.event_type == "interaction.status_update" and e.status == "in_progress")
    if event is not None:
        soak.ledger.took(event.mm["turn"], connection, tally)
        return event.mm["turn"]


async def one(soak, connection, steps, tally):
    begin, first = time.monotonic(), None
    turn = await taken(soak, connection, steps, tally)
    if turn is None:
        return

    def is_last(event):
        nonlocal first
        if first is None and steps.turns.get(turn):
            first = time.monotonic() - begin
        return ended(event, turn)

    event = await until(connection, steps, tally, is_last)
    if event is None:
        return tally.wrong("an error in the middle of an answer")
    text = steps.turns.pop(turn, "")
    if not text.strip() or turn in steps.open.values() or "reason" in event.mm:
        tally.wrong(f"turn {turn} ended with {event.mm}, steps {steps.open} open and the text {text!r}")
    tally.answer(first, time.monotonic() - begin)
    soak.ledger.answered(turn, text, tally)


async def half_closed(soak, connection, steps, tally):
    """A question, and nothing more is said: it is answered to its end before the end."""
    await connection.send(random.choice(QUESTIONS))
    await connection.complete()
    asked, is_idle = None, False

    def is_last(event):
        nonlocal asked, is_idle
        if event.event_type == "interaction.status_update" and event.status == "in_progress":
            asked = event.mm["turn"]
        is_idle = is_idle or asked is not None and ended(event, asked)
        return event.event_type == "interaction.completed"

    if await until(connection, steps, tally, is_last) is None:
        return
    if not is_idle:
        return tally.wrong(f"completed before the answer of turn {asked} was over")
    soak.ledger.answered(asked, steps.turns.get(asked, ""), tally)


async def left(soak, connection, steps, tally):
    """A question, and away when its answer has begun. -> its turn; None: it was refused, or is over already."""
    turn = await taken(soak, connection, steps, tally)
    if turn is None:
        return
    event = await until(connection, steps, tally, lambda e: bool(steps.turns.get(turn)) or ended(e, turn))
    return turn if event is not None and not ended(event, turn) else None
