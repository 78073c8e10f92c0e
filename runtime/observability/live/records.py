"""What a viewer sees of the fleet, as records that JSON can carry. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from ....actors.snapshots import ModelSnapshot, RouterSnapshot
from ..snapshot import ClusterSnapshot
from .sentences import in_words
from .series import Series, Window

Record = dict[str, Any]


def model_record(
    model: ModelSnapshot, series: Series, now: float, closed: str | None, history: Record
) -> Record:
    """One tile; `closed` says why it cannot serve, `history` has its last change."""
    minute, short = series.minute(model, now), series.short(model, now)
    ails_since = series.ails_since
    latency, metrics = model.metrics.recent_latency, model.metrics
    return {
        "id": model.model_id,
        "status": model.status,
        "why": in_words(model.health.reason),
        "error": model.health.last_error,
        "out": _out(model, closed),
        "breaker": model.breaker.state,
        "retry_in": _finite(model.breaker.retry_after),
        "parked_for": _finite(model.rate_limit.parked_for) or None,
        "rate": _rate(short),
        "calls": minute.calls,
        "good": minute.good,
        "errors": _errors(minute),
        "p50": latency.p50,
        "p95": latency.p95,
        "p99": latency.p99,
        "busy": model.under_way,
        "limit": model.bulkhead.limit,
        "configured": model.bulkhead.configured,
        "waiting": model.bulkhead.waiting,
        "quota": _quota(model),
        "totals": {
            "successes": metrics.successes,
            "failures": metrics.failures,
            "timeouts": metrics.timeouts,
            "cancelled": metrics.cancelled,
            "rejected": metrics.rejected,
            "retries": metrics.retries,
            "restarts": model.restarts,
        },
        "spark": series.spark(),
        **history,
        "since": history["since"] if ails_since is None or closed else round(ails_since * 1e3),
    }


def with_shares(records: Iterable[Record]) -> list[Record]:
    """The same, each with its share of the answers of the last minute."""
    found = list(records)
    answers = sum(record["good"] for record in found)
    for record in found:
        record["share"] = record.pop("good") / answers if answers else None
    return found


def fleet_record(
    router: RouterSnapshot, windows: Iterable[tuple[Window, Window]], crowded_since: float | None
) -> Record:
    """The fleet as a whole; `windows` are the last minute and the last seconds of each model."""
    found = list(windows)
    calls = sum(minute.calls for minute, _ in found)
    bad = sum(minute.bad for minute, _ in found)
    return {
        "models": router.models,
        "usable": router.usable,
        "in_flight": router.in_flight,
        "waiting": router.waiting,
        "crowded_since": None if crowded_since is None else round(crowded_since * 1e3),
        "tasks": dict(router.tasks),
        "calls": calls,
        "errors": bad / calls if calls else None,
        "rate": round(sum(_rate(short) for _, short in found), 3),
    }


def cluster_record(cluster: ClusterSnapshot | None) -> Record | None:
    """This process in its cluster; None: it is in none."""
    if cluster is None:
        return None
    names = ("joined", "peers", "epoch", "learning", "fenced", "error")
    return {name: getattr(cluster, name) for name in names}


def changed(before: Mapping[str, Record], now: Mapping[str, Record]) -> dict[str, Record]:
    """Those that are new or differ."""
    return {name: record for name, record in now.items() if before.get(name) != record}


def _out(model: ModelSnapshot, closed: str | None) -> str | None:
    if model.status == "maintenance":
        return "maintenance"
    if closed is None and model.breaker.state in ("open", "forced_open"):
        return "circuit_open"
    return closed


def _rate(window: Window) -> float:
    return round(window.calls / window.seconds, 3) if window.seconds >= 1.0 else 0.0


def _errors(window: Window) -> float | None:
    return window.bad / window.calls if window.calls else None


def _quota(model: ModelSnapshot) -> Record | None:
    limits = model.rate_limit
    if limits.requests_limit is None and limits.tokens_limit is None:
        return None
    return {
        "requests_left": _whole(limits.requests_left),
        "requests_limit": limits.requests_limit,
        "tokens_left": _whole(limits.tokens_left),
        "tokens_limit": limits.tokens_limit,
    }


def _whole(value: float | None) -> int | None:
    return None if value is None or not isfinite(value) else int(value)


def _finite(value: float | None) -> float | None:
    """Whole tenths: a wait that shrinks is no news by its milliseconds."""
    return round(value, 1) if value is not None and isfinite(value) else None
