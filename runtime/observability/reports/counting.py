"""Which outcomes count: failures that an experiment has injected are none of the service's.

A point tells them in `details["injected"]`, by the names of its own counts (`failures`, `timeouts`
...): of a model its attempts, of the fleet its tasks. No other place decides about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..history.records import SeriesPoint

INJECTED = "injected"
"""The kind of the details that tells of them."""
_COUNTS = ("failures", "timeouts", "cancelled", "rejected")
"""What an experiment can do to an attempt or a task; a success that it has slowed down counts."""


def injected(point: SeriesPoint) -> Mapping[str, int]:
    """The outcomes of a point that an experiment has injected, by name."""
    told = point.details.get(INJECTED, {})
    return {name: told[name] for name in _COUNTS if told.get(name)}


def counted(point: SeriesPoint, *, with_injected: bool) -> SeriesPoint:
    """The point with the outcomes that count."""
    left_out = injected(point)
    if with_injected or not left_out:
        return point
    fields: dict[str, Any] = {
        name: max(0, getattr(point, name) - count) for name, count in left_out.items()
    }
    return replace(point, **fields)
