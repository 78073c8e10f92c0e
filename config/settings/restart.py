"""Settings of how a supervisor restarts a child."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.accepts import Named, default
from ..values.units import Duration, DurationOrZero
from ..values.values import NUMBER


class RestartType(StrEnum):
    """Which ends of a child call for a restart."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


class RestartConfig(Settings):
    """How often and how fast a crashed child comes back. Spans are seconds."""

    type: Named[RestartType] = default(RestartType.PERMANENT)
    """Which ends of the child call for a restart."""
    intensity: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 5
    """Crashes within `period` that are allowed; the next crash quarantines the child."""
    period: Duration = default(60.0)
    """The span over which `intensity` counts crashes."""
    base_delay: DurationOrZero = default(0.1)
    """Delay before the second restart in a row; the first restart comes at once."""
    max_delay: DurationOrZero = default(30.0)
    """The longest delay."""
    backoff_multiplier: Annotated[float, Field(ge=1, le=100), NUMBER] = 2.0
    """Factor from one delay to the next."""
    jitter: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.2
    """Share of a delay that chance may add to it or take from it."""
    quarantine_retry: Duration = default(300.0)
    """Time between two trial restarts of a quarantined child."""
    shutdown_timeout: Duration = default(5.0)
    """How long the child may take to stop."""
