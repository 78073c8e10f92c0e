"""Settings of a model's bulkhead."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.accepts import Named, default
from ..values.units import DurationOrNone
from ..values.values import NUMBER
from .distribution.cluster import Scope


class BulkheadConfig(Settings):
    """How many calls of a model are in flight at most, and how many may wait for a place."""

    max_concurrent: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 100
    """Calls in flight at once."""
    max_queue: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 1_000
    """Tasks that may wait for a place; with other models that could serve them, their sum."""
    queue_timeout: DurationOrNone = default(None)
    """Longest wait for a place; None: the runtime's `queue_timeout`."""
    scope: Named[Scope] = default(Scope.CLUSTER)
    """Whether all processes of a cluster share the calls in flight; the line is always its own."""
