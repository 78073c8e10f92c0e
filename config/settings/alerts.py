"""Settings of alerts: when an operator should know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.accepts import default
from ..values.units import Duration, DurationOrNone, DurationOrZero
from ..values.values import NUMBER


class AlertsConfig(Settings):
    """What raises an alert, and how often. Spans are seconds."""

    error_rate: Annotated[float, Field(gt=0, le=1), NUMBER] = 0.2
    """Share of failed calls above which an alert is raised; it ends below half of the share."""
    min_calls: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 20
    """Calls that must have been seen before their error rate counts."""
    window: Duration = default(300.0)
    """Calls older than this do not count."""
    response_time: DurationOrNone = default(None)
    """Average response time that is too slow; None: 80 % of the limit of an attempt."""
    cooldown: DurationOrZero = default(300.0)
    """The same alert is not raised again sooner than this after the last time."""
