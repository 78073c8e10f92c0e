"""Where a series jumps, and stays there. Pure.

Pettitt, A. N. (1979), A non-parametric approach to the change-point problem; applied again to both
sides of what it finds (binary segmentation, Scott and Knott 1974). As in tools that watch the speed
of software, a step has to be unlikely by chance and large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp

from .latencies import median
from .trends import neighbours_correlation, ranks

SIDE = 6
"""Points that each side of a step has at least."""
_LEVEL = 0.05
_HALVES = 0.3
"""A second search finds more by chance: it has to be less likely, by so much."""
_EFFECT = 0.2


@dataclass(frozen=True, slots=True)
class Step:
    """At `index` a new level begins; `before` and `after` are medians of the two sides."""

    index: int
    before: float
    after: float
    p: float

    @property
    def change(self) -> float:
        """How much higher it is, as a share of the level before."""
        return (self.after - self.before) / abs(self.before) if self.before else 0.0


def steps(values: Sequence[float]) -> tuple[Step, ...]:
    """All steps of a series, in their order.

    >>> [step.index for step in steps([1.0] * 20 + [2.0] * 20)]
    [20]
    """
    found = sorted(_steps(values, 0), key=lambda step: step.index)
    ends = [0, *(step.index for step in found), len(values)]
    levels = [median(values[begin:end]) for begin, end in pairwise(ends)] if found else []
    return tuple(
        replace(step, before=before, after=after)
        for step, (before, after) in zip(found, pairwise(levels), strict=True)
    )


def _steps(values: Sequence[float], offset: int, level: float = _LEVEL) -> Iterator[Step]:
    if len(values) < 2 * SIDE:
        return
    found = _largest(values, level)
    if found is not None:
        yield replace(found, index=found.index + offset)
    elif len(values) < 4 * SIDE:
        return
    else:
        level *= _HALVES
    # Up and down again is no step of the whole: each half may have one.
    at = len(values) // 2 if found is None else found.index
    yield from _steps(values[:at], offset, level)
    yield from _steps(values[at:], offset + at, level)


def _largest(values: Sequence[float], level: float) -> Step | None:
    """The most likely step, where it is one."""
    count = len(values)
    ranked = ranks(values)
    below, best, at = 0.0, 0.0, 0
    for index in range(1, count):
        below += ranked[index - 1] + 1
        score = abs(2 * below - index * (count + 1))
        if score > best and SIDE <= index <= count - SIDE:
            best, at = score, index
    if not at:
        return None
    before, after = median(values[:at]), median(values[at:])
    # Neighbours that resemble each other make fewer independent points of a series.
    rest = [v - before for v in values[:at]] + [v - after for v in values[at:]]
    r = neighbours_correlation(rest)
    worth = count * (1 - r) / (1 + r)
    scaled = best * (worth / count) ** 2
    p = min(1.0, 2 * exp(-6 * scaled**2 / (worth**3 + worth**2)))
    step = Step(at, before, after, p)
    large = abs(after - before) >= _EFFECT * abs(before) and after != before
    return step if p < level and large else None
