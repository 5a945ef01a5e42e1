"""What is to be done, by whoever does it: a function that can be imported, and what it is given."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

Report = Callable[[int], None]


class Telling(NamedTuple):
    """How a function tells how far it is: the keyword of its callback, and what makes a number of what it is
    called with.
    """

    keyword: str
    amount: Callable[..., int] = int


class Limits(NamedTuple):
    """What a task may need: seconds, and bytes of memory beyond what its process has."""

    seconds: float = math.inf
    memory: float = math.inf


class Task(NamedTuple):
    """What is to be done, in a process or here."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    how: dict[str, Any]
    telling: Telling | None = None
    limits: Limits = Limits()

    def do(self, report: Report) -> Any:
        if self.telling is None:
            return self.function(*self.args, **self.how)
        keyword, amount = self.telling
        told = {keyword: lambda *seen: report(amount(*seen))}
        return self.function(*self.args, **self.how, **told)


class OverLimit(Exception):
    """A task needed more than it may; `what` it was too much of."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


ON_STEP = Telling("on_step", attrgetter("iteration"))  # a `fit`
ON_LAP = Telling("on_lap", attrgetter("n_ended"))  # a race
ON_ITERATION = Telling("on_iteration")


def percent(share: float, *_: object) -> int:
    return int(100 * share)


def none_yet(_seen: object) -> int:
    """The amount where nothing is done so far, but whoever waits may have gone."""
    return 0


class Died(ValueError):
    """A process died twice over a task."""

    def __init__(self) -> None:
        super().__init__(
            "The process that computed this ended before it was done, twice: perhaps the server has too "
            "little memory for it. Use fewer rows, fewer components or fewer starts, and try again."
        )


class Stopped(Exception):
    """Nobody waits for this task any more."""
