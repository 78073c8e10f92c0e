"""What records of several workers come to, field by field: sums, worst figures, shares. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Record: TypeAlias = dict[str, Any]
STATUSES = ("available", "degraded", "maintenance", "unavailable")
"""The better first."""


def added(values: Iterable[Any]) -> Any:
    """Numbers are added, objects field by field; of anything else the first holds.

    >>> added([{"calls": 1, "by": {"a": 2}, "id": "m"}, {"calls": 3, "by": {"b": 1}, "id": "m"}])
    {'calls': 4, 'by': {'a': 2, 'b': 1}, 'id': 'm'}
    """
    found = [value for value in values if value is not None]
    if not found:
        return None
    first = found[0]
    if isinstance(first, dict):
        names = dict.fromkeys(name for one in found for name in one)
        return {name: added(one[name] for one in found if name in one) for name in names}
    is_number = isinstance(first, int | float) and not isinstance(first, bool)
    return sum(found) if is_number else first


def highest(records: Sequence[Mapping[str, Any]], name: str) -> Any:
    """The highest that any says; None: none says any."""
    return max((one[name] for one in records if one[name] is not None), default=None)


def lowest(records: Sequence[Mapping[str, Any]], name: str) -> Any:
    """The lowest that any says; None: none says any."""
    return min((one[name] for one in records if one[name] is not None), default=None)


def share(parts: Iterable[tuple[float | None, float]]) -> float | None:
    """The share of all, by each one's share and of how many it is; None: of nothing.

    >>> share([(0.5, 10), (None, 0), (0.0, 30)])
    0.125
    """
    known = [(part, of) for part, of in parts if part is not None and of]
    total = sum(of for _, of in known)
    return sum(part * of for part, of in known) / total if total else None


def worst(records: Sequence[Record]) -> Record:
    """The one with the worst status, the first of several."""
    return max(records, key=lambda one: STATUSES.index(one["status"]))


def by_id(groups: Iterable[Mapping[str, T]]) -> dict[str, list[T]]:
    """The records of each id, in the order in which the ids come."""
    found: dict[str, list[T]] = {}
    for group in groups:
        for name, record in group.items():
            found.setdefault(name, []).append(record)
    return found
