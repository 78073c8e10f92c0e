"""Settings of a model's circuit breaker."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from ..base import Settings
from ..values.accepts import Named, default
from ..values.units import Duration, DurationOrNone
from ..values.values import NUMBER, SWITCH
from .distribution.cluster import Scope

Count = Annotated[int, Field(ge=1, le=1_000_000), NUMBER]
Share = Annotated[float, Field(gt=0, le=1), NUMBER]


MAX_PARKING = 3600.0
"""Seconds a model is left alone at most because of what its provider said."""


class CircuitBreakerConfig(Settings):
    """When a model gets no calls, for how long, and what brings it back. Spans are seconds."""

    failure_threshold: Count = 5
    """Failures in a row that open the breaker."""
    failure_rate: Share = 0.5
    """Share of failures in the window that opens the breaker."""
    window: Annotated[int, Field(ge=1, le=100_000), NUMBER] = 20
    """Calls that the window holds."""
    window_age: Duration = default(300.0)
    """Calls older than this drop out of the window."""
    min_calls: Count = 10
    """Calls in the window before a rate counts."""
    slow_call: DurationOrNone = default(None)
    """A call that takes at least this long is slow; None: no call is."""
    slow_call_rate: Share = 0.8
    """Share of slow calls in the window that opens the breaker."""
    recovery_timeout: Duration = default(60.0)
    """How long the breaker stays open before a trial."""
    max_recovery_timeout: Duration = default(300.0)
    """The longest open time: each failed trial doubles it up to here."""
    recovery_jitter: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.1
    """Share of the open time that chance may add to it."""
    half_open_max_calls: Count = 1
    """Trials in flight at once while the breaker is half-open."""
    success_threshold: Count = 3
    """Successes in a row that close the half-open breaker."""
    timeout: DurationOrNone = default(None)
    """Limit of one attempt at this model; None: the model's or the runtime's."""
    enabled: Annotated[bool, SWITCH] = True
    """Whether there is a breaker at all; without it every call passes and nothing counts."""
    scope: Named[Scope] = default(Scope.CLUSTER)
    """Whether all processes of a cluster have one breaker, and one trial at a time."""

    @model_validator(mode="after")
    def _fits(self) -> CircuitBreakerConfig:
        if self.min_calls > self.window:
            raise ValueError(
                f"min_calls ({self.min_calls}) is more than window ({self.window}) can hold"
            )
        if self.max_recovery_timeout < self.recovery_timeout:
            raise ValueError(
                f"max_recovery_timeout ({self.max_recovery_timeout:g} s) is shorter than "
                f"recovery_timeout ({self.recovery_timeout:g} s)"
            )
        return self
