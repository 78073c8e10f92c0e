"""What viewers see of all workers, as one fleet. Pure.

Looks are given by the numbers of their workers, the first that of the worker which was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....actors.policies.degradation.levels import DegradationLevel
from .alerts import alerts_of_all
from .sketches import PERCENTILES, SKETCHES, latency_of_all
from .sums import Record, added, by_id, highest, lowest, share, worst

_OF_THE_WORST = ("status", "why", "error", "out", "breaker", "retry_in", "change", "since")
_OF_A_LIMIT = ("requests_left", "requests_limit", "tokens_left", "tokens_limit")


def fleet_look(looks: Mapping[int, Record]) -> Record:
    """Their models and the fleet: counts and rates are sums.

    Percentiles are of all calls where each worker says its `sketches`, and else the highest.
    """
    told = list(looks.values())
    is_shared = told[0]["cluster"] is not None
    of_each = by_id(one["models"] for one in told)
    sketches = by_id(one.get(SKETCHES, {}) for one in told)
    models = [
        _model(found, sketches.get(name, ()), is_shared=is_shared)
        for name, found in of_each.items()
    ]
    answers = [_answers(model) for model in models]
    for model, count in zip(models, answers, strict=True):
        model["share"] = count / sum(answers) if sum(answers) else None
    return {
        **{name: value for name, value in told[0].items() if name != SKETCHES},
        "models": {model["id"]: model for model in models},
        "order": [model["id"] for model in models],
        "fleet": _fleet([one["fleet"] for one in told], models),
        "alerts": alerts_of_all({worker: one["alerts"] for worker, one in looks.items()}),
        "experiments": _experiments(told),
        "degradation": _level([one["degradation"] for one in told if one["degradation"]]),
        "cluster": _cluster({worker: one["cluster"] for worker, one in looks.items()}),
    }


def _model(models: Sequence[Record], sketches: Sequence[str], *, is_shared: bool) -> Record:
    found: Record = {**added(models), **{name: worst(models)[name] for name in _OF_THE_WORST}}
    found["errors"] = share((one["errors"], one["calls"]) for one in models)
    whole = latency_of_all(sketches) if len(sketches) == len(models) else None
    for name in PERCENTILES:
        found[name] = highest(models, name) if whole is None else whole[name]
    found["parked_for"] = highest(models, "parked_for")
    found["ramp"] = lowest(models, "ramp")
    found["spark"] = _spark([one["spark"] for one in models])
    if is_shared:  # each has a share of the places, and is told all of the rest
        found["configured"] = highest(models, "configured")
        found["quota"] = _quota([one["quota"] for one in models if one["quota"]])
    return found


def _answers(model: Record) -> float:
    return float(model["calls"] * (1 - (model["errors"] or 0.0)))


def _spark(sparks: Sequence[Sequence[Sequence[int]]]) -> list[tuple[int, int]]:
    """The last steps of all stand above each other."""
    longest = max(map(len, sparks))
    found = [[0, 0] for _ in range(longest)]
    for spark in sparks:
        for place, (good, bad) in enumerate(spark, start=longest - len(spark)):
            found[place][0] += good
            found[place][1] += bad
    return [(good, bad) for good, bad in found]


def _quota(quotas: Sequence[Record]) -> Record | None:
    return {name: lowest(quotas, name) for name in _OF_A_LIMIT} if quotas else None


def _fleet(fleets: Sequence[Record], models: Sequence[Record]) -> Record:
    found: Record = added(fleets)
    found["models"], found["usable"] = len(models), lowest(fleets, "usable")
    found["crowded_since"] = lowest(fleets, "crowded_since")
    found["errors"] = share((one["errors"], one["calls"]) for one in fleets)
    return found


def _level(levels: Sequence[Record]) -> Record | None:
    """That of the worker that is worst off."""
    return max(levels, key=lambda one: DegradationLevel(one["level"]).rank, default=None)


def _cluster(clusters: Mapping[int, Record | None]) -> Record | None:
    """That of a worker that is alone, where any is; `alone` has the numbers of those."""
    known = {worker: one for worker, one in clusters.items() if one is not None}
    if not known:
        return None
    alone = [worker for worker, one in known.items() if not one["joined"]]
    return {**known[alone[0] if alone else next(iter(known))], "alone": alone}


def _experiments(looks: Sequence[Record]) -> list[Record]:
    running = by_id({one["id"]: one for one in look["experiments"]} for look in looks)
    return [{**all_[0], "hits": sum(one["hits"] for one in all_)} for all_ in running.values()]
