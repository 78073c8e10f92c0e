"""What an answer's `x-ratelimit-*` headers say about a model's limits."""

from __future__ import annotations

from dataclasses import dataclass

from ..outcomes.retry_after import Headers
from ..outcomes.waits import NOTHING_STATED, Unusable, parse_number, stated_text

_PREFIX = "x-ratelimit-"


@dataclass(frozen=True, slots=True)
class LearntLimit:
    """One limit as the server states it; None: not stated.

    `limit` is what fits when nothing is used, `remaining` what is left, `reset` the seconds until
    all of it is there again; `ignored` says why what is stated of that cannot be used.
    """

    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None
    ignored: Unusable | None = None


def parse_limits(headers: Headers, wall_now: float | None = None) -> dict[str, LearntLimit]:
    """The limits stated for "requests" and for "tokens"; without the ones not mentioned.

    `wall_now` is seconds since 1970, for a reset that is stated as a point in time.
    """
    found = _relevant(headers)
    limits: dict[str, LearntLimit] = {}
    for kind in ("requests", "tokens"):
        written = found.get(f"reset-{kind}")
        reset = NOTHING_STATED if written is None else stated_text(written, wall_now)
        learnt = LearntLimit(
            limit=parse_number(found.get(f"limit-{kind}")) or None,
            remaining=parse_number(found.get(f"remaining-{kind}")),
            reset=reset.seconds,
            ignored=reset.ignored,
        )
        if learnt.limit is not None or learnt.remaining is not None:
            limits[kind] = learnt
    return limits


def _relevant(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in headers.items():
        name = str(key).lower()
        if name.startswith(_PREFIX):
            found[name.removeprefix(_PREFIX)] = str(value)
    return found
