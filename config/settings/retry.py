"""Settings of retries on the same model."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import Field, WrapValidator, field_validator

from ..base import Settings
from ..values.accepts import Accepts, Many, default
from ..values.units import DurationOrZero
from ..values.values import NUMBER, SWITCH


def _class_or_name(value: object, read: Callable[[object], object]) -> object:
    """An exception class as it is; files have only their names."""
    return value if _is_error_class(value) else read(value)


def _is_error_class(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


if TYPE_CHECKING:
    ErrorName: TypeAlias = str | int | type[BaseException]
else:
    ErrorName = Annotated[
        str | Annotated[int, Field(ge=100, le=599), NUMBER], WrapValidator(_class_or_name)
    ]
    """How a setting names errors: by HTTP status, by code, or by the name of a class."""


class Jitter(StrEnum):
    """How chance spreads the delays before retries."""

    NONE = "none"
    FULL = "full"
    EQUAL = "equal"
    DECORRELATED = "decorrelated"
    PROPORTIONAL = "proportional"


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
    """Factor from one delay to the next."""
    jitter: Accepts[Jitter, Jitter | str | bool] = default(Jitter.FULL)
    """How chance spreads the delays; `true` means full, `false` none."""
    max_retry_after: DurationOrZero = default(60.0)
    """A longer Retry-After ends the retries at once."""
    retryable_errors: Many[ErrorName] = default(())
    """More errors to retry: HTTP status codes, error codes or names of exception classes; in Python
    the classes too, which stand for their subclasses wherever these come from."""
    only: Annotated[bool, SWITCH] = False
    """Whether only `retryable_errors` are retried, and no other error is."""
    budget_ratio: Annotated[float, Field(ge=0, le=1), NUMBER] = 0.2
    """Retries allowed, as a share of successes."""
    budget_reserve: Annotated[int, Field(ge=0, le=1_000_000), NUMBER] = 10
    """Retries allowed beyond the share."""

    @field_validator("jitter", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> Any:
        if value is True:
            return Jitter.FULL
        return Jitter.NONE if value is False else value
