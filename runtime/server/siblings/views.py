"""What operators look at, of all workers: alerts, experiments, the level, recovery. Pure.

Each argument has the answer of a worker by its number, the first that of the one which was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from ....actors.policies.degradation.levels import DegradationLevel
from .alerts import alerts_of_all
from .experiments import reports_of_all, running_of_all
from .sums import Record, added, by_id

_MOST_REMEDIES = 100

Said = Mapping[int, Record]


def view_of_all(name: str, said: Said) -> Record:
    """The answer of a route of `VIEWS` for the whole server."""
    return VIEWS[name](said)


def _alerts(said: Said) -> Record:
    return {"alerts": alerts_of_all({number: one["alerts"] for number, one in said.items()})}


def _silences(said: Said) -> Record:
    found = by_id(
        {one["id"]: {**one, "worker": number} for one in told["silences"]}
        for number, told in said.items()
    )
    return {"silences": [_with_workers(all_) for all_ in found.values()]}


def _with_workers(records: Sequence[Record]) -> Record:
    found = {**records[0], "workers": [one["worker"] for one in records]}
    del found["worker"]
    return found


def _deliveries(said: Said) -> Record:
    return {"deliveries": _newest_first(_of_each(said, "deliveries"))}


def _chaos(said: Said) -> Record:
    return {
        "enabled": any(one["enabled"] for one in said.values()),
        "experiments": running_of_all({n: one["experiments"] for n, one in said.items()}),
        "reports": reports_of_all({n: one["reports"] for n, one in said.items()}),
    }


def _degradation(said: Said) -> Record:
    """That of the worst worker; `levels` has those of all."""
    worst = max(said.values(), key=lambda one: DegradationLevel(one["level"]).rank)
    return {**worst, "levels": {str(number): one["level"] for number, one in said.items()}}


def _recovery(said: Said) -> Record:
    first, told = next(iter(said.values())), list(said.values())
    return {
        **first,
        "busy": next((one["busy"] for one in told if one["busy"]), None),
        "gave_up": sorted({*chain.from_iterable(one["gave_up"] for one in told)}),
        "records": _newest_first(_of_each(said, "records"))[:_MOST_REMEDIES],
        "counts": added(one["counts"] for one in told),
    }


def _of_each(said: Said, name: str) -> Iterable[Record]:
    return ({**one, "worker": n} for n, told in said.items() for one in told[name])


def _newest_first(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one["at"], reverse=True)


VIEWS: Mapping[str, Callable[[Said], Record]] = {
    "alerts": _alerts,
    "silences": _silences,
    "deliveries": _deliveries,
    "chaos": _chaos,
    "degradation": _degradation,
    "recovery": _recovery,
}
"""By the name of a route."""
