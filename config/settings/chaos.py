"""Settings of chaos: whether faults may be injected at all, and how far an experiment may reach."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.accepts import default
from ..values.units import Duration
from ..values.values import NUMBER, SWITCH


class ChaosConfig(Settings):
    """Faults on purpose; nothing of it runs unless `enabled`. Spans are seconds.

    >>> ChaosConfig(enabled=True).lease
    30.0
    """

    enabled: Annotated[bool, SWITCH] = False
    """Whether experiments are taken; read at the start of the runtime."""
    share: Annotated[float, Field(gt=0, le=1), NUMBER] = 0.05
    """Share of the calls that a fault hits which does not say it."""
    max_duration: Duration = default(60.0)
    """How long a fault may last, and how long it lasts where it does not say it."""
    max_calls: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 100
    """How many calls a fault may hit, and how many where it does not say it."""
    abort_below: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.9
    """Share of answered tasks below which an experiment ends at once."""
    abort_after: Annotated[int, Field(ge=1, le=100), NUMBER] = 20
    """Tasks that have to have ended before that share counts; it is that of the last 100."""
    lease: Duration = default(30.0)
    """How long an experiment goes on without a sign of its runner."""
    max_experiments: Annotated[int, Field(ge=1, le=10), NUMBER] = 1
    """Experiments at once."""
