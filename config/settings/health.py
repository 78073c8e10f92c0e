"""Settings of a model's health checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from ..base import Settings
from ..values.accepts import default
from ..values.params import checked_json
from ..values.secrets import PageUrl
from ..values.units import Duration, DurationOrNone
from ..values.values import NUMBER, SWITCH

CONTAINS = "contains:"
"""Before an expected response that is only a part of the answer."""


class HealthCheckConfig(Settings):
    """How a model proves that it is healthy. Spans are seconds."""

    enabled: Annotated[bool, SWITCH] = True
    """Whether the model is probed."""
    interval: DurationOrNone = default(None)
    """Time between two probes; None: the runtime's `health_check_interval`."""
    timeout: Duration = default(5.0)
    """Limit of a probe; a model that needs more than 80 % of it is degraded."""
    retries: Annotated[int, Field(ge=0, le=100), NUMBER] = 3
    """How often a probe is repeated, shortly after, before it counts as failed."""
    failures: Annotated[int, Field(ge=1, le=100), NUMBER] = 1
    """Failed probes in a row that make a model unavailable."""
    jitter: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.1
    """Share of the interval that chance may add to it."""
    endpoint: PageUrl | None = None
    """URL to GET in place of the executor's own health check."""
    expected_response: Annotated[str, Field(min_length=1)] | Mapping[str, Any] | None = None
    """The whole answer of the endpoint as text; "contains: TEXT" for a part of it; or an object, to
    which the answer has to be equal as JSON."""
    tiny_request: Annotated[bool, SWITCH] = False
    """Whether a model without another health check is probed by a small request."""

    @field_validator("expected_response")
    @classmethod
    def _is_an_answer(cls, value: Any) -> Any:
        if isinstance(value, str):
            if not value.removeprefix(CONTAINS).strip():
                raise ValueError("should have a text that can be compared")
            return value
        return value if value is None else checked_json(value)

    @model_validator(mode="after")
    def _has_its_endpoint(self) -> Self:
        if self.expected_response is not None and self.endpoint is None:
            raise ValueError("expected_response belongs to an endpoint: give the endpoint too")
        return self
