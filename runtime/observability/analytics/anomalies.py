"""Whether a value of now is unusual for its own past. Pure.

Iglewicz, B. and Hoaglin, D. C. (1993), How to detect and handle outliers: the modified z-score. A
share is judged by its interval: few failures make large shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from .latencies import median
from .shares import Share

REFERENCE = 7
"""Values of the past below which nothing is called unusual."""
_UNUSUAL, _STRONG = 3.5, 6.0
_FLOOR = 0.05
"""The usual distance from the median is never taken as less than this share of it."""
IN_A_ROW = 2
"""Windows that have to be unusual, one after the other."""


class Verdict(StrEnum):
    """What is said of a value."""

    TOO_LITTLE = "too little data"
    USUAL = "usual"
    UNUSUAL = "unusual"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A value beside its past: `score` counts usual distances from the median `usual`."""

    value: float
    usual: float | None
    score: float
    verdict: Verdict


def anomaly(value: float, past: Sequence[float]) -> Anomaly:
    """How far `value` is from what it was: the same hour of earlier days, or the last day.

    >>> anomaly(9.0, [1.0, 1.1, 0.9, 1.0, 1.2, 1.0, 0.8]).verdict
    <Verdict.STRONG: 'strong'>
    """
    if len(past) < REFERENCE:
        return Anomaly(value, None, 0.0, Verdict.TOO_LITTLE)
    usual = median(past)
    distance = max(median([abs(one - usual) for one in past]), _FLOOR * abs(usual))
    if distance == 0:
        score = 0.0 if value == usual else float("inf")
    else:
        score = 0.6745 * (value - usual) / distance
    return Anomaly(value, usual, score, _verdict(abs(score)))


def share_anomaly(now: Share, past: Share) -> Verdict:
    """Whether a share of now is another one than that of the past: their intervals are apart."""
    if not (now.is_enough and past.is_enough):
        return Verdict.TOO_LITTLE
    apart = now.interval.low > past.interval.high or now.interval.high < past.interval.low
    return Verdict.UNUSUAL if apart else Verdict.USUAL


def holds(verdicts: Sequence[Verdict]) -> bool:
    """Whether the last windows, one after the other, were unusual."""
    last = verdicts[-IN_A_ROW:]
    return len(last) == IN_A_ROW and all(v in (Verdict.UNUSUAL, Verdict.STRONG) for v in last)


def _verdict(score: float) -> Verdict:
    if score > _STRONG:
        return Verdict.STRONG
    return Verdict.UNUSUAL if score > _UNUSUAL else Verdict.USUAL
