"""Everything about a runtime at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from ...actors.snapshots import ChildSnapshot, ModelSnapshot, RouterSnapshot


@dataclass(frozen=True, slots=True)
class RuntimeSnapshot:
    """All models, the router and all supervised actors. `at` is wall-clock time.

    `dead_letters` counts by reason the messages that reached nobody.
    """

    at: datetime
    models: dict[str, ModelSnapshot]
    router: RouterSnapshot
    children: tuple[ChildSnapshot, ...]
    dead_letters: dict[str, int]

    def to_json(self) -> bytes:
        """The snapshot as JSON; infinite waits become null."""
        return orjson.dumps(self)


@dataclass(frozen=True, slots=True)
class DrainReport:
    """How many tasks were under way when the time was up, and those of them that waited.

    `remaining` counts all; `task_ids` names, without repetition, those that waited for a model, for
    their turn or for their next attempt.
    """

    remaining: int
    task_ids: tuple[str, ...]
