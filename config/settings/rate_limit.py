"""Settings of a model's rate limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..base import Settings
from ..values.accepts import Named, default
from ..values.values import NUMBER
from .distribution.cluster import Scope

PerMinute = Annotated[float, Field(gt=0, le=1e9), NUMBER]


class RateLimitConfig(Settings):
    """What the provider of a model allows; None: no limit is known."""

    requests_per_minute: PerMinute | None = None
    """Requests a minute."""
    tokens_per_minute: PerMinute | None = None
    """Tokens a minute."""
    shared_quota: Annotated[str, Field(min_length=1)] | None = None
    """Models with the same quota wait together when it is used up."""
    scope: Named[Scope] = default(Scope.CLUSTER)
    """Whether all processes of a cluster share these limits."""
