"""Every module here adds scenarios; the modules run in the order of their names, each beginning in the room that `lab.room.settle` makes."""
from dataclasses import dataclass
from typing import Callable

SCENARIOS = []


@dataclass
class Scenario:
    """`run` returns the figure to print; `needed`: without it none of the others can run."""
    name: str
    run: Callable
    needed: bool = False


def scenario(name, needed=False):
    def add(function):
        SCENARIOS.append(Scenario(name, function, needed))
        return function
    return add
