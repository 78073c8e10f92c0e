"""What both soaks measure of a process and of a runtime."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path

from hive_resilience.snapshots import RuntimeSnapshot

PATIENCE = 10.0
"""Seconds for threads and processes to end and for gauges to come to rest."""
_STATUS = Path("/proc/self/status")


def gauges(snapshot: RuntimeSnapshot) -> dict[str, int]:
    """What is 0 at rest."""
    models = snapshot.models.values()
    return {
        "router.in_flight": snapshot.router.in_flight,
        "under_way": sum(one.under_way for one in models),
        "bulkhead.in_flight": sum(one.bulkhead.in_flight for one in models),
        "bulkhead.waiting": sum(one.bulkhead.waiting for one in models),
        "breaker.trials_out": sum(one.breaker.trials_out for one in models),
    }


def resident() -> float:
    """Resident MiB of this process."""
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"{_STATUS} does not say VmRSS")


def outlast(started: Iterable[threading.Thread]) -> list[threading.Thread]:
    """The threads that would not end."""
    started, until = list(started), time.monotonic() + PATIENCE
    for thread in started:
        thread.join(max(0.0, until - time.monotonic()))
    return [thread for thread in started if thread.is_alive()]
