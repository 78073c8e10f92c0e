"""What viewers see of all workers, as one fleet. Pure.

Each argument is a list of looks, one for each worker, the first that of the worker which was asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from .sums import Record, added, by_id, highest, lowest, share, worst

_HIGHEST = ("p50", "p95", "p99", "parked_for")
_OF_THE_WORST = ("status", "why", "error", "out", "breaker", "retry_in", "change", "since")
_OF_A_LIMIT = ("requests_left", "requests_limit", "tokens_left", "tokens_limit")


def fleet_look(looks: Sequence[Record]) -> Record:
    """Their models and the fleet: counts and rates are sums, percentiles are the highest."""
    is_shared = looks[0]["cluster"] is not None
    of_each = by_id(one["models"] for one in looks)
    models = [_model(found, is_shared=is_shared) for found in of_each.values()]
    answers = [_answers(model) for model in models]
    for model, count in zip(models, answers, strict=True):
        model["share"] = count / sum(answers) if sum(answers) else None
    return {
        **looks[0],
        "models": {model["id"]: model for model in models},
        "order": [model["id"] for model in models],
        "fleet": _fleet([one["fleet"] for one in looks], models),
        "alerts": _alerts(looks),
        "experiments": _experiments(looks),
        "degradation": next((one["degradation"] for one in looks if one["degradation"]), None),
    }


def _model(models: Sequence[Record], *, is_shared: bool) -> Record:
    found: Record = {**added(models), **{name: worst(models)[name] for name in _OF_THE_WORST}}
    found["errors"] = share((one["errors"], one["calls"]) for one in models)
    for name in _HIGHEST:
        found[name] = highest(models, name)
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


def _alerts(looks: Sequence[Record]) -> list[Record]:
    """Each once, though several workers see what it is about."""
    found: dict[tuple[str, str | None], Record] = {}
    for alert in (alert for one in looks for alert in one["alerts"]):
        found.setdefault((alert["condition"], alert["model"]), alert)
    return sorted(found.values(), key=lambda alert: alert["since"])


def _experiments(looks: Sequence[Record]) -> list[Record]:
    running = by_id({one["id"]: one for one in look["experiments"]} for look in looks)
    return [{**all_[0], "hits": sum(one["hits"] for one in all_)} for all_ in running.values()]
