"""Chance among the steps of a scripted model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from ...actors.policies.outcomes.errors import RateLimitedError
from .script import ANSWER, GARBAGE, Draw, Step, answer, fail, hang, late
from .stream_script import StreamStep, as_stream, chunks, cut, drip, ends_twice, malformed, stall

T = TypeVar("T")
_MOST_CHUNKS = 8


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

    Streams that begin well are cut, malformed, stall, drip or end twice, by shares of their own.
    `fastest` and `slowest` are the bounds for the time of a call or of a stream's first chunk, in
    seconds.
    """

    failing: float = 0.0
    hanging: float = 0.0
    garbage: float = 0.0
    late: float = 0.0
    cut: float = 0.0
    malformed: float = 0.0
    stalling: float = 0.0
    dripping: float = 0.0
    ending_twice: float = 0.0
    fastest: float = 0.1
    slowest: float = 1.0
    failures: Callable[[], tuple[BaseException, ...]] = _failures
    """Makes the errors to raise, each as often as the others."""

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

    def stream(self, draw: Draw) -> StreamStep:
        """The next stream; `draw` gives chance in [0, 1)."""
        step = self.step(draw)
        if step.value is not ANSWER:
            return as_stream(step)
        count = 1 + int(draw() * _MOST_CHUNKS)
        pause = step.takes * draw()
        ended = self._ended(tuple(f"{number} " for number in range(count)), pause, draw)
        return replace(ended, takes=step.takes)

    def _ended(self, found: tuple[str, ...], pause: float, draw: Draw) -> StreamStep:
        lot = draw()
        if (lot := lot - self.cut) < 0:
            return cut(*found, pause=pause)
        if (lot := lot - self.malformed) < 0:
            return malformed(*found, pause=pause)
        if (lot := lot - self.stalling) < 0:
            return stall(*found, pause=pause)
        if (lot := lot - self.dripping) < 0:
            return drip(pause=1.0)
        if lot - self.ending_twice < 0:
            return ends_twice(*found, pause=pause)
        return chunks(*found, pause=pause)


def _one_of(choices: tuple[T, ...], draw: Draw) -> T:
    return choices[int(draw() * len(choices))]
