"""Numbers, times and states as people read them, in the words of the dashboard. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Record = Mapping[str, Any]
NONE = "-"


class Look(NamedTuple):
    """What is seen of a model first. `tone`: good, warn, bad, trial or rest."""

    tone: str
    word: str


_BREAKERS = {
    "open": Look("bad", "Breaker open"),
    "forced_open": Look("bad", "Held open"),
    "half_open": Look("trial", "On trial"),
    "disabled": Look("warn", "Breaker off"),
    "metrics_only": Look("warn", "Counting only"),
}
_OUT = {
    "parked": Look("trial", "Parked"),
    "stopping": Look("bad", "Stopping"),
    "crashed": Look("bad", "Crashed"),
    "quarantined": Look("bad", "Quarantined"),
    "unhealthy": Look("bad", "Unavailable"),
    "starting": Look("bad", "Starting"),
}
_SERVES_ANYWAY = ("disabled", "metrics_only")


def look(model: Record) -> Look:
    """The state of a model, as its tile in the dashboard shows it."""
    if model["status"] == "maintenance":
        return Look("rest", "Maintenance")
    found = _BREAKERS.get(model["breaker"])
    if found is not None and model["breaker"] not in _SERVES_ANYWAY:
        return found
    if model["out"] is not None:
        return _OUT.get(model["out"], Look("bad", "Out"))
    if found is not None:
        return found
    if model["status"] == "degraded":
        return Look("warn", "Degraded")
    return Look("good", "Serving")


def state(model: Record) -> str:
    """The word of a model, and how long it waits where it does."""
    word, wait = look(model).word, model["retry_in"] or model["parked_for"]
    if not wait:
        return word
    return f"{word.removeprefix('Breaker ').capitalize()}, {whole(wait)}"


def span(seconds: float | None) -> str:
    """A duration, with two figures that count."""
    match seconds:
        case None:
            return NONE
        case 0:
            return "0"
        case _ if seconds < 0.00995:
            return f"{seconds * 1e3:.1f} ms"
        case _ if seconds < 0.9995:
            return f"{seconds * 1e3:.0f} ms"
        case _ if seconds < 9.95:
            return f"{seconds:.1f} s"
        case _ if seconds < 120:
            return f"{seconds:.0f} s"
        case _ if seconds < 7200:
            return f"{seconds / 60:.0f} min"
        case _ if seconds < 172_800:
            return f"{seconds / 3600:.0f} h"
        case _:
            return f"{seconds / 86_400:.0f} d"


def whole(seconds: float) -> str:
    """A span that passes, in whole seconds."""
    rounded = max(1, round(seconds))
    return f"{rounded} s" if rounded < 10 else span(rounded)


def percent(share: float | None) -> str:
    """A share of one."""
    if share is None:
        return NONE
    if share == 0:
        return "0 %"
    if share < 0.001:
        return "< 0.1 %"
    return f"{share:.1%}".replace("%", " %") if share < 0.0995 else f"{share * 100:.0f} %"


def rate(per_second: float | None) -> str:
    """Calls a second."""
    if per_second is None:
        return NONE
    if per_second == 0:
        return "0"
    return f"{per_second:.1f}" if per_second < 9.95 else f"{per_second:.0f}"


def count(number: float | None) -> str:
    """A number of things."""
    return NONE if number is None else f"{number:,.0f}"


def clock(at: float) -> str:
    """The time of the day here; `at` is milliseconds since 1970."""
    return time.strftime("%H:%M:%S", time.localtime(at / 1e3))


def lasting(since: float, now: float) -> str:
    """How long something is so; both are milliseconds since 1970."""
    return whole(max(0.0, now - since) / 1e3)


def of_workers(numbers: Sequence[int] | None) -> str:
    """Which workers of a server it is about; empty where there is one process.

    >>> of_workers([2]), of_workers([1, 3]), of_workers(None)
    ('worker 2', 'workers 1, 3', '')
    """
    if not numbers:
        return ""
    return f"{'worker' if len(numbers) == 1 else 'workers'} {', '.join(map(str, numbers))}"


def is_whole(workers: str) -> bool:
    """Whether all workers answer, of a text as `2 of 3`."""
    answer, _, all_ = workers.partition(" of ")
    return answer == all_


def quota(model: Record) -> str:
    """What is left of the smaller quota; none is none."""
    found = model["quota"]
    shares = [] if found is None else [_left(found, kind) for kind in ("requests", "tokens")]
    known = [share for share in shares if share is not None]
    return percent(min(known)) if known else NONE


def quota_in_full(model: Record) -> str:
    """What is left of each quota."""
    found = model["quota"]
    if found is None:
        return "none is set"
    told = [
        f"{count(found[f'{kind}_left'])} of {count(found[f'{kind}_limit'])} {kind} left"
        for kind in ("requests", "tokens")
        if found[f"{kind}_limit"] is not None
    ]
    return " · ".join(told)


def _left(found: Record, kind: str) -> float | None:
    left, limit = found[f"{kind}_left"], found[f"{kind}_limit"]
    return None if left is None or not limit else max(0.0, left / limit)
