"""What a scripted model does with one call, and how chance chooses among such steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from types import SimpleNamespace
from typing import TypeVar

from ...actors.policies.errors import RateLimitedError

Draw = Callable[[], float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """One call: it takes `takes` seconds, then raises `error` or answers `value`.

    A `stubborn` one goes on when it is cancelled.
    """

    value: object = "answer"
    takes: float = 0.0
    error: BaseException | None = None
    stubborn: bool = False


def answer(value: object = "answer", *, takes: float = 0.0) -> Step:
    """Answer `value` after `takes` seconds."""
    return Step(value, takes)


def fail(error: BaseException | None = None, *, takes: float = 0.0) -> Step:
    """Raise `error` (a `ConnectionError`) after `takes` seconds."""
    return Step(None, takes, error or ConnectionError("scripted"))


def hang() -> Step:
    """Never answer; ends only when cancelled."""
    return Step(None, inf)


def late(value: object = "late", *, takes: float) -> Step:
    """Answer after `takes` seconds even if cancelled before that."""
    return Step(value, takes, None, True)


class Hostile:
    """An answer that fails whoever looks at it closely."""

    def __getattr__(self, name: str) -> object:
        raise LookupError(f"this answer has no {name}")

    def __eq__(self, other: object) -> bool:
        raise LookupError("this answer compares to nothing")

    __hash__ = object.__hash__


GARBAGE: tuple[object, ...] = (
    None,
    "",
    b"\xff\xfe",
    float("nan"),
    {},
    Hostile(),
    SimpleNamespace(rate_limits="none", usage="lots"),
    SimpleNamespace(rate_limits=17, usage={"total_tokens": -1}),
    SimpleNamespace(rate_limits={"x-ratelimit-limit-requests": None}, usage=None),
)
"""Answers that a provider may give and nobody expects."""


def _failures() -> tuple[BaseException, ...]:
    return (
        ConnectionError("scripted"),
        TimeoutError("scripted"),
        RuntimeError("scripted"),
        RateLimitedError("scripted", retry_after=3.0),
        SystemExit("scripted"),
    )


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of calls that fail, hang, answer garbage or answer late; the rest answers well.

    `fastest` and `slowest` bound how long a call takes, in seconds.
    """

    failing: float = 0.0
    hanging: float = 0.0
    garbage: float = 0.0
    late: float = 0.0
    fastest: float = 0.1
    slowest: float = 1.0
    failures: Callable[[], tuple[BaseException, ...]] = _failures
    """The errors that are raised, each as often as the others; made anew for each."""

    def step(self, draw: Draw) -> Step:
        """The next step; `draw` gives chance in [0, 1)."""
        takes = self.fastest + (self.slowest - self.fastest) * draw()
        lot = draw()
        if (lot := lot - self.failing) < 0:
            return fail(_one_of(self.failures(), draw), takes=takes)
        if (lot := lot - self.hanging) < 0:
            return hang()
        if (lot := lot - self.garbage) < 0:
            return answer(_one_of(GARBAGE, draw), takes=takes)
        if lot - self.late < 0:
            return late(takes=takes * 10)
        return answer(takes=takes)


def _one_of(choices: tuple[T, ...], draw: Draw) -> T:
    return choices[int(draw() * len(choices))]
