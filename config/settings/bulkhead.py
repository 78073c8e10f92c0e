"""Settings of a model's bulkhead."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.values import NUMBER


class BulkheadConfig(Settings):
    """How many calls of a model are in flight at most, and how many may wait for a place."""

    max_concurrent: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 25
    """Calls in flight at once."""
    max_queue: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 0
    """Calls that may wait for a place; the next is refused."""
