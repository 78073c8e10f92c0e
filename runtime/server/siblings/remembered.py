"""What a worker remembers of models and tasks, for the report of another one. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Any

import orjson

from ...observability.history.records import SeriesPoint
from ...observability.history.rows import point_of_row, row_of_sum
from ...observability.history.sums import SKETCHES, Sum

_PLAIN = -len(SKETCHES)


def encoded(points: Iterable[SeriesPoint]) -> bytes:
    """Rows as a history has them, their sketches as texts."""
    return orjson.dumps([[one.span, *_told(one)] for one in points])


def decoded(told: str) -> list[SeriesPoint]:
    """The points that `encoded` has written."""
    return [point_of_row(_row(row), span) for span, *row in orjson.loads(told)]


def _told(point: SeriesPoint) -> Iterable[Any]:
    total = Sum(int(point.at.timestamp()), point.model_id)
    total.add(point)
    row = row_of_sum(total)
    sketches = (None if one is None else b64encode(one).decode() for one in row[_PLAIN:])
    return [*row[:_PLAIN], *sketches]


def _row(told: list[Any]) -> tuple[Any, ...]:
    sketches = (None if one is None else b64decode(one) for one in told[_PLAIN:])
    return (*told[:_PLAIN], *sketches)
