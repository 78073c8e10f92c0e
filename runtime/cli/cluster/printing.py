"""A whole cluster as two tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..serve.tables import plain, print_table

_PEERS = ("process", "host", "pid", "release", "state", "in flight", "places")
_MODELS = (
    *("model", "breaker", "limit", "lent", "in flight", "calls", "errors", "p50", "p95"),
    *("processes", "alerts told by"),
)

Answer = Mapping[str, Any]


def print_fleet(found: Answer) -> None:
    """A line on the owners, the processes, and the models."""
    peers, models = found["peers"], found["models"].values()
    print(_headline(found))
    print_table(_PEERS, (tuple(_peer(one)) for one in peers))
    print_table(_MODELS, (tuple(_model(one)) for one in models))


def _headline(found: Answer) -> str:
    name, peers = plain(found["name"]), found["peers"]
    if found["error"]:
        return f"{name}: this process is alone: {plain(found['error'])}"
    joined = sum(bool(one["joined"]) for one in peers)
    told = [f"{joined} processes joined"]
    if joined < len(peers):
        told.append(f"{len(peers) - joined} silent")
    if found["learning"]:
        told.append("the owners are new, and learn")
    if found["fenced"]:
        told.append("the owners may have been replaced, and lend nothing")
    return f"{name}: {', '.join(told)}; owners of epoch {found['epoch']}"


def _peer(one: Answer) -> Iterator[str]:
    yield str(one["id"])
    for name in ("host", "pid", "release"):
        yield _or_dash(one[name])
    yield "joined" if one["joined"] else f"silent for {one['heard']:.0f} s"
    yield _or_dash(one["in_flight"])
    yield str(sum(one["shares"].values()))


def _model(one: Answer) -> Iterator[str]:
    yield str(one["model_id"])
    yield _breaker(one)
    yield _or_dash(one["limit"])
    for name in ("lent", "in_flight", "calls"):
        yield str(one[name])
    counted = one["successes"] + one["failures"] + one["timeouts"]
    yield f"{(counted - one['successes']) / counted:.1%}" if counted else "-"
    for share in ("p50", "p95"):
        took = one["latency"][share]
        yield "-" if took is None else f"{took:.3g} s"
    yield str(one["peers"])
    yield _or_dash(one["speaker"])


def _breaker(one: Answer) -> str:
    state, wait = _or_dash(one["breaker"]), one["retry_after"]
    told = f"{state}, {wait:.0f} s" if state == "open" and wait is not None else state
    return f"{told}, settings differ" if one["settings_differ"] else told


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
