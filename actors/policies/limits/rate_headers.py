"""What an answer's `x-ratelimit-*` headers say about a model's limits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..outcomes.retry_after import Headers, parse_number

_PREFIX = "x-ratelimit-"
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?)(ms|us|ns|[dhms])", re.ASCII)
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class LearntLimit:
    """One limit as the server states it; None: not stated.

    `limit` is what fits when nothing is used, `remaining` what is left, `reset` the seconds until
    all of it is there again.
    """

    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None


def parse_limits(headers: Headers) -> dict[str, LearntLimit]:
    """The limits stated for "requests" and for "tokens"; without the ones not mentioned."""
    found = _relevant(headers)
    limits: dict[str, LearntLimit] = {}
    for kind in ("requests", "tokens"):
        learnt = LearntLimit(
            limit=parse_number(found.get(f"limit-{kind}")) or None,
            remaining=parse_number(found.get(f"remaining-{kind}")),
            reset=parse_duration(found.get(f"reset-{kind}")),
        )
        if learnt.limit is not None or learnt.remaining is not None:
            limits[kind] = learnt
    return limits


def parse_duration(text: str | None) -> float | None:
    """Seconds of "6m0s", "1s", "20ms" or a bare number of seconds; None: none of these."""
    seconds = parse_number(text)
    if seconds is not None or text is None:
        return seconds
    written = text.strip()
    parts = _PART.findall(written)
    if not parts or "".join(number + unit for number, unit in parts) != written:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _relevant(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in headers.items():
        name = str(key).lower()
        if name.startswith(_PREFIX):
            found[name.removeprefix(_PREFIX)] = str(value)
    return found
