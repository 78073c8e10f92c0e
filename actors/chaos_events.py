"""Events of chaos experiments: when one begins and ends, and each thing that it hits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .events import Event


@dataclass(frozen=True, slots=True)
class ChaosStarted(Event):
    """An experiment injects a fault from now on, until `until` at the latest.

    `experiment` is its id, `fault` the kind; without `models` it is about all of them, or about the
    disk.
    """

    experiment: str
    title: str
    fault: str
    models: tuple[str, ...]
    share: float
    until: datetime


@dataclass(frozen=True, slots=True)
class ChaosStopped(Event):
    """An experiment is over, and all of its faults are cleared; it has hit so many calls.

    `aborted`: by the runtime, because of what it did to the tasks.
    """

    experiment: str
    title: str
    reason: str
    hits: int
    aborted: bool = False


@dataclass(frozen=True, slots=True)
class FaultInjected(Event):
    """An experiment has hit a call, an actor, a worker process or the disk (no model)."""

    experiment: str
    model_id: str | None
    fault: str
