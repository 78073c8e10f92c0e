"""What a drain had to give up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrainReport:
    """How many tasks were under way when the time was up, and those of them that waited.

    `left` counts all; `task_ids` names, without repetition, those that waited for a model, for
    their turn or for their next attempt.
    """

    left: int
    task_ids: tuple[str, ...]
