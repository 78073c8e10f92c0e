"""The hits of the task under way here: the executor writes them, the hook round the task reads."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class CallHit(NamedTuple):
    """Attempt `number` at this model was hit."""

    model_id: str
    number: int
    fault: str
    experiment: str


HITS: ContextVar[list[CallHit] | None] = ContextVar("chaos_hits", default=None)
"""One list for a task and all that it has begun; None: no task is under way here."""
