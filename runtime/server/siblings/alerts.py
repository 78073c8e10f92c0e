"""The alerts of all workers, each once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .sums import Record, by_id, lowest

_STATES = ("firing", "acknowledged", "pending")
"""What concerns a person first."""


def alerts_of_all(said: Mapping[int, Sequence[Record]]) -> list[Record]:
    """The oldest first, each with its `workers`. `said` has the alerts by the number of a worker.

    Where workers differ, the record of a worker that tells people goes first, then the worse one:
    an alert is acknowledged once it is so wherever it fires.
    """
    found = by_id(
        {_name(one): {**one, "worker": worker} for one in alerts} for worker, alerts in said.items()
    )
    return sorted(map(_one, found.values()), key=lambda one: one["since"])


def _name(alert: Record) -> str:
    """Where the runtime keeps no alerts there is no fingerprint."""
    return str(alert["fingerprint"] or f"{alert['condition']} {alert['model']}")


def _one(records: Sequence[Record]) -> Record:
    worst: Record = min(records, key=_rank)
    found = {**worst, "workers": sorted(one["worker"] for one in records)}
    del found["worker"]
    found["since"] = lowest(records, "since")
    if "told_elsewhere" in found:
        found["told_elsewhere"] = all(one["told_elsewhere"] for one in records)
    if "told_on" in found:
        channels = (name for one in records for name in one["told_on"])
        found["told_on"] = list(dict.fromkeys(channels))
    return found


def _rank(alert: Record) -> tuple[bool, bool, int, object]:
    is_over = bool(alert.get("is_over") or alert.get("over"))
    state = _STATES.index(alert["state"]) if "state" in alert else 0
    return is_over, bool(alert.get("told_elsewhere")), state, alert["since"]
