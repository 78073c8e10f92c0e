"""Settings of a model's health checks."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ..base import Settings
from ..values.accepts import default
from ..values.secrets import PageUrl
from ..values.units import Duration, DurationOrNone
from ..values.values import NUMBER, SWITCH


class HealthCheckConfig(Settings):
    """How a model proves that it is well. Spans are seconds."""

    enabled: Annotated[bool, SWITCH] = True
    """Whether it is probed."""
    interval: DurationOrNone = default(None)
    """Between two probes; None: the runtime's `health_check_interval`."""
    timeout: Duration = default(5.0)
    """Limit of one probe; slower than 80 % of it is degraded."""
    retries: Annotated[int, Field(ge=1, le=100), NUMBER] = 3
    """Failed probes in a row that make a model unavailable."""
    jitter: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.1
    """Share of the interval that chance may add to it."""
    endpoint: PageUrl | None = None
    """URL to GET instead of asking the executor."""
    expected_response: Annotated[str, Field(min_length=1)] | None = None
    """Text that the endpoint's answer has to contain."""
    tiny_request: Annotated[bool, SWITCH] = False
    """Whether an executor that has no other health check is probed by a request of its own."""

    @model_validator(mode="after")
    def _somebody_answers(self) -> Self:
        if self.expected_response is not None and self.endpoint is None:
            raise ValueError("expected_response is what an endpoint answers: give the endpoint too")
        return self
