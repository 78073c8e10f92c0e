"""Settings of retries on the same model."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from pydantic import Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from ..base import Settings
from ..values.accepts import Accepts, Many, default
from ..values.units import DurationOrZero
from ..values.values import NUMBER, SWITCH

Status = Annotated[int, Field(ge=100, le=599), NUMBER]
ErrorName: TypeAlias = str | Status | SkipJsonSchema[type[BaseException]]
"""How a setting names errors; classes only in Python."""


class Jitter(StrEnum):
    """How chance spreads the delays before retries."""

    NONE = "none"
    FULL = "full"
    EQUAL = "equal"
    DECORRELATED = "decorrelated"


class RetryConfig(Settings):
    """How often the same model is asked again, and after which delays. Spans are seconds."""

    max_retries: Annotated[int, Field(ge=0, le=100), NUMBER] = 3
    """Retries after the first attempt."""
    before_failover: Annotated[int, Field(ge=0, le=100), NUMBER] = 0
    """Retries at the same model before another one is asked; the others come after all models."""
    base_delay: DurationOrZero = default(1.0)
    """Delay before the first retry, before jitter."""
    max_delay: DurationOrZero = default(30.0)
    """The longest delay before jitter."""
    backoff_multiplier: Annotated[float, Field(ge=1, le=100), NUMBER] = 2.0
    """What each further delay is multiplied by."""
    jitter: Accepts[Jitter, Jitter | str | bool] = default(Jitter.FULL)
    """`true` means full, `false` none."""
    max_retry_after: DurationOrZero = default(60.0)
    """A Retry-After longer than this ends retrying at once."""
    retryable_errors: Many[ErrorName] = default(())
    """Further errors to retry: HTTP status codes, error codes or names of exception classes; in
    Python the classes too, which stand for their subclasses wherever these come from."""
    only: Annotated[bool, SWITCH] = False
    """Whether `retryable_errors` says it all, and what is retried otherwise is not."""
    budget_ratio: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.2
    """Retries allowed as a share of requests."""
    budget_reserve: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 10
    """Retries allowed beyond the share."""

    @field_validator("jitter", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> Any:
        if value is True:
            return Jitter.FULL
        return Jitter.NONE if value is False else value
