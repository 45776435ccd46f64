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
