"""What a client is tried with."""
from dataclasses import dataclass
from typing import Awaitable, Callable


@dataclass
class Feature:
    """`run(daemon)` raises where it does not work; `needs` are the daemon's features (`setupComplete.mm.features`) that it waits for."""
    name: str
    run: Callable[..., Awaitable]
    needs: tuple = ()


# nano calls something in two of three such asks, as the moment has it: what is tried is the way of a call, not its wit.
ATTEMPTS = 12


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def names_the_desk(text):
    """Whether an answer names what always lies on the recording's desk."""
    expect("book" in text, f"no answer that names the book: {text!r}")


def of_speech(spoken):
    """The features of one client's `spoken(daemon)`, which asks the recording's question aloud -> the answer, what was heard."""
    async def sound(daemon):
        answer, _ = await spoken(daemon)
        names_the_desk(answer)

    async def transcript(daemon):
        _, heard = await spoken(daemon)
        expect("desk" in heard, f"heard {heard!r}")

    return Feature("sound", sound), Feature("input transcript", transcript)
