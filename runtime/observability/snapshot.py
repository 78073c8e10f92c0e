"""A runtime at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from ...actors.policies.degradation.levels import DegradationStatus
from ...actors.snapshots import ChildSnapshot, ModelSnapshot, RouterSnapshot


@dataclass(frozen=True, slots=True)
class RuntimeSnapshot:
    """All models, the router and all supervised actors. `at` is wall-clock time.

    `dead_letters` counts the messages that reached no actor, by reason.
    """

    at: datetime
    models: dict[str, ModelSnapshot]
    router: RouterSnapshot
    children: tuple[ChildSnapshot, ...]
    dead_letters: dict[str, int]
    degradation: DegradationStatus

    def to_json(self) -> bytes:
        """The snapshot as JSON; infinite waits become null."""
        return orjson.dumps(self)


@dataclass(frozen=True, slots=True)
class DrainReport:
    """The tasks that were in flight when the time was up.

    `remaining` counts them all. `task_ids` has the ids of those that waited for a model, for their
    turn or for their next attempt, each id once.
    """

    remaining: int
    task_ids: tuple[str, ...]
