"""The cost of asking a model now: how slow it was lately, times the calls that it has already.

A moving average that takes a rise at once and forgets it slowly ("peak EWMA"). It fades while no
call tells more, so that a model which was slow is asked again by and by. A failure counts as a
slow answer: a model that fails fast would attract all traffic otherwise.
"""

from __future__ import annotations

from math import exp

from ..chance import Draw

DECAY = 10.0
"""Seconds in which an old value fades to 37 %."""
PENALTY = 5.0
"""Seconds as which a failure counts at least."""
MOST = 300.0
"""Seconds as which a failure counts at most because its provider asks to wait."""


def seconds_of(success: bool, duration: float, wait: float | None = None) -> float:
    """As how slow an answer an attempt counts. `wait`: what a failure asks for.

    >>> seconds_of(True, 0.2), seconds_of(False, 0.2), seconds_of(False, 0.2, wait=60.0)
    (0.2, 5.0, 60.0)
    """
    return duration if success else max(duration, PENALTY, min(wait or 0.0, MOST))


class PeakEwma:
    """What is known of each model's answers. `now` is always monotonic seconds.

    >>> known = PeakEwma()
    >>> known.record("a", 2.0, now=0.0)
    >>> known.record("a", 4.0, now=1.0)
    >>> known.cost("a", pending=1, now=1.0)
    8.0
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, float]] = {}
        """Of each model the average, and when it was made."""

    def record(self, model_id: str, seconds: float, now: float) -> None:
        """Learn that an answer took so long."""
        known = self._known.get(model_id)
        if known is not None and seconds < known[0]:
            before, at = known
            kept = exp((at - now) / DECAY)
            seconds = before * kept + seconds * (1.0 - kept)
        self._known[model_id] = seconds, now

    def cost(self, model_id: str, pending: int, now: float) -> float:
        """How long one more call may take there, by the average and the calls under way.

        A model of which nothing is known costs nothing until it has a call, and then a failure's
        time for each: it is tried at once, but by one call.
        """
        known = self._known.get(model_id)
        if known is None:
            return PENALTY * (pending + 1) if pending else 0.0
        average, at = known
        return average * exp((at - now) / DECAY) * (pending + 1)

    def forget(self, model_id: str) -> None:
        """The model is not part of the fleet any more."""
        self._known.pop(model_id, None)


def cheaper(first: tuple[float, int], second: tuple[float, int], draw: Draw) -> bool:
    """Whether the first of two models is to be asked, each by its cost and its calls under way."""
    return first < second or (first == second and draw() < 0.5)
