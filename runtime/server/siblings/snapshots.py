"""The snapshots of all workers as that of one fleet. Pure.

Counts, places and lines are sums. What each worker sees for itself, as the status of a model, is
that of the worst. Percentiles are of all calls where the worker says its `sketches`, and else the
highest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ....actors.policies.degradation.levels import DegradationLevel
from .sketches import PERCENTILES, SKETCHES, latency_of_all
from .sums import Record, added, by_id, highest, lowest, share, worst

_LATENCIES = ("latency", "recent_latency", "latency_all", "first_chunk", "chunks_per_second")


def fleet_snapshot(said: Sequence[Record]) -> Record:
    """The snapshot of all workers; the first is that of the worker which was asked."""
    own = said[0]
    shared: Collection[str] = (own["cluster"] or {"shares": ()})["shares"]
    sketches = by_id(one[SKETCHES] for one in said)
    return {
        **{name: value for name, value in own.items() if name != SKETCHES},
        "models": {
            name: fleet_model(models, sketches.get(name, []), is_shared=name in shared)
            for name, models in by_id(one["models"] for one in said).items()
        },
        "router": _router([one["router"] for one in said]),
        "children": _children([one["children"] for one in said]),
        "dead_letters": added(one["dead_letters"] for one in said),
        "degradation": max((one["degradation"] for one in said), key=_rank),
    }


def fleet_model(models: Sequence[Record], sketches: Sequence[Record], *, is_shared: bool) -> Record:
    """One model in all workers; `sketches` by the name of the figures."""
    bulkheads, limits = [m["bulkhead"] for m in models], [m["rate_limit"] for m in models]
    found: Record = {**added(models), **_seen(worst(models))}
    found["breaker"] = max((m["breaker"] for m in models), key=lambda one: one["state"] != "closed")
    found["metrics"] = _metrics([m["metrics"] for m in models], sketches)
    found["rate_limit"]["parked_for"] = highest(limits, "parked_for")
    throttled = [m["throttled"] for m in models]
    found["throttled"] = {
        name: max(one.get(name, 0.0) for one in throttled)
        for name in dict.fromkeys(name for one in throttled for name in one)
    }
    if is_shared:  # each has a share of the places, and is told all of the rest
        found["bulkhead"]["configured"] = highest(bulkheads, "configured")
        for name in ("requests_limit", "tokens_limit"):
            found["rate_limit"][name] = highest(limits, name)
        for name in ("requests_left", "tokens_left"):
            found["rate_limit"][name] = lowest(limits, name)
    return found


def _seen(model: Record) -> Record:
    return {name: model[name] for name in ("status", "health")}


def _metrics(metrics: Sequence[Record], sketches: Sequence[Record]) -> Record:
    found: Record = added(metrics)
    ended = [one["successes"] + one["failures"] + one["timeouts"] for one in metrics]
    rates = [one["error_rate"] for one in metrics]
    found["error_rate"] = share(zip(rates, ended, strict=True))
    for name in ("first_attempt_success_rate", "task_success_rate"):
        found[name] = share((one[name], one["tasks"]) for one in metrics)
    found["average_latency"] = share((m["average_latency"], m["successes"]) for m in metrics)
    for name in _LATENCIES:
        whole = [one[name] for one in sketches if name in one]
        exact = latency_of_all(whole) if len(whole) == len(metrics) else None
        found[name] = exact or _latency([one[name] for one in metrics])
    return found


def _latency(latencies: Sequence[Record]) -> Record:
    found: Record = added(latencies)
    found["min"], found["max"] = lowest(latencies, "min"), highest(latencies, "max")
    return {**found, **{name: highest(latencies, name) for name in PERCENTILES}}


def _router(routers: Sequence[Record]) -> Record:
    found: Record = added(routers)
    found["models"] = highest(routers, "models")
    found["closed"] = {
        name: why for one in reversed(routers) for name, why in one["closed"].items()
    }
    found["usable"] = lowest(routers, "usable")
    for name in ("shed_from", "limit_share"):
        found[name] = lowest(routers, name)
    ramps = by_id(one["ramping"] for one in routers)
    found["ramping"] = {name: min(shares) for name, shares in ramps.items()}
    return found


def _children(workers: Sequence[Sequence[Record]]) -> list[Record]:
    """The actors of one name in all workers are one."""
    found = by_id({one["name"]: one for one in children} for children in workers)
    return [
        {
            **all_[0],
            "alive": all(one["alive"] for one in all_),
            "restarts": sum(one["restarts"] for one in all_),
        }
        for all_ in found.values()
    ]


def _rank(degradation: Record) -> int:
    return DegradationLevel(degradation["level"]).rank
