"""Settings of a bulkhead's limit that follows what its model bears."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ...base import Settings
from ...values.accepts import Named, default
from ...values.values import NUMBER


class LimitRule(StrEnum):
    """What moves the limit of calls at once."""

    FIXED = "fixed"
    AIMD = "aimd"
    GRADIENT = "gradient"


class AdaptiveLimitConfig(Settings):
    """How the limit of calls at once moves between 1 and the `max_concurrent` of the bulkhead."""

    rule: Named[LimitRule] = default(LimitRule.FIXED)
    """`fixed`; `aimd`: down with each 429, 503 and timeout, up by 1 with successes; `gradient`: by
    the time to the first content or the seconds a token as well."""
    start: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] | None = None
    """The limit at the start; None: 10 with `aimd`, 20 with `gradient`."""
    backoff: Annotated[float, Field(ge=0.5, le=0.99), NUMBER] = 0.9
    """What a 429, a 503 or a timeout multiplies the limit by; it falls by 1 at least."""
    tolerance: Annotated[float, Field(ge=1, le=10), NUMBER] = 1.5
    """With `gradient`: how much slower than usual a call may be before the limit falls."""
