"""The experiments of all workers, each once, and how the fleet is by all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .sums import STATUSES, Record, added, by_id, highest, lowest, share

_SPANS = ("to_detect", "to_divert", "to_recover")


def running_of_all(said: Mapping[int, Sequence[Record]]) -> list[Record]:
    """Those that run, each with its `workers`; hits are added."""
    found = by_id(
        {one["id"]: {**one, "worker": worker} for one in records}
        for worker, records in said.items()
    )
    return [_running(all_) for all_ in found.values()]


def _running(records: Sequence[Record]) -> Record:
    found: Record = {
        **records[0],
        "since": lowest(records, "since"),
        "until": highest(records, "until"),
        "faults": _each(one["faults"] for one in records),
        "models": _each(one["models"] for one in records),
        "hits": sum(one["hits"] for one in records),
        "workers": [one["worker"] for one in records],
    }
    del found["worker"]
    return found


def reports_of_all(said: Mapping[int, Sequence[Record]]) -> list[Record]:
    """What came of them: those under way, then the newest first. Counts are added.

    A span is the longest of any worker: so long it took until all had noticed, or were well again.
    """
    found: dict[str, list[list[Record]]] = {}
    records = ({**one, "worker": worker} for worker, told in said.items() for one in told)
    for one in sorted(records, key=lambda one: one["since"]):
        runs = found.setdefault(str(one["id"]), [])
        if runs and _is_of(one, runs[-1]):
            runs[-1].append(one)
        else:
            runs.append([one])
    merged = [_report(run) for runs in found.values() for run in runs]
    merged.sort(key=lambda one: one["since"], reverse=True)
    return sorted(merged, key=lambda one: one["ended"] is not None)


def _is_of(one: Record, run: Sequence[Record]) -> bool:
    """Whether a report is of the same run: each worker has one of it, and all run side by side."""
    ended = max((other["ended"] or "~" for other in run), default="")
    is_new = one["worker"] not in {other["worker"] for other in run}
    return is_new and bool(one["since"] < ended)


def _report(run: Sequence[Record]) -> Record:
    first = next((one for one in run if one["aborted"]), run[0])
    has_ended = all(one["ended"] is not None for one in run)
    found: Record = {
        **first,
        "since": lowest(run, "since"),
        "ended": highest(run, "ended") if has_ended else None,
        "aborted": any(one["aborted"] for one in run),
        "recovered": all(one["recovered"] for one in run),
        **{name: sum(one[name] for one in run) for name in ("hits", "tasks", "answered")},
        **{name: highest(run, name) for name in _SPANS},
        "hit_models": added(one["hit_models"] for one in run),
        "workers": [one["worker"] for one in run],
    }
    del found["worker"]
    return found


def steady_of_all(said: Sequence[Record]) -> Record:
    """How the fleet is: percentiles are the highest of any worker, and usable is what all can use.

    >>> calm = {"window": 60.0, "tasks": 3, "success_rate": 1.0, "p50": 0.1, "p95": 0.2}
    >>> calm |= {"usable": ["a", "b"], "breakers": {"a": "closed"}, "statuses": {"a": "available"}}
    >>> ill = calm | {"tasks": 1, "success_rate": 0.0, "p95": 0.9, "usable": ["b"]}
    >>> found = steady_of_all([calm, ill | {"breakers": {"a": "open"}}])
    >>> found["tasks"], found["success_rate"], found["p95"], found["usable"], found["breakers"]
    (4, 0.75, 0.9, ['b'], {'a': 'open'})
    """
    breakers, statuses = (by_id(one[name] for one in said) for name in ("breakers", "statuses"))
    return {
        **said[0],
        "tasks": sum(one["tasks"] for one in said),
        "success_rate": share((one["success_rate"], one["tasks"]) for one in said),
        "p50": highest(said, "p50"),
        "p95": highest(said, "p95"),
        "usable": [name for name in said[0]["usable"] if all(name in o["usable"] for o in said)],
        "breakers": {name: max(all_, key=_is_not_closed) for name, all_ in breakers.items()},
        "statuses": {name: max(all_, key=STATUSES.index) for name, all_ in statuses.items()},
    }


def _is_not_closed(state: str) -> bool:
    return state != "closed"


def _each(groups: Iterable[Iterable[Any]]) -> list[Any]:
    return list(dict.fromkeys(one for group in groups for one in group))
