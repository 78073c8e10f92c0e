"""Settings of a model's rate limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.values import NUMBER

PerMinute = Annotated[float, Field(gt=0, le=1e9), NUMBER]


class RateLimitConfig(Settings):
    """What a model's provider allows a minute; None: no limit known."""

    requests_per_minute: PerMinute | None = None
    """Requests that the provider allows."""
    tokens_per_minute: PerMinute | None = None
    """Tokens that the provider allows."""
    shared_quota: Annotated[str, Field(min_length=1)] | None = None
    """Models that name the same quota are parked together."""
