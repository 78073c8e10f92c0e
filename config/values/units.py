"""Spans of time: a user writes them with or without units, and they are read as seconds."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic.fields import FieldInfo

from .accepts import Accepts
from .values import reads_with

DAY = 86_400.0
YEAR = 31_536_000.0
TEN_YEARS = 10 * YEAR
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
WRITTEN = r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|min|h|d)?\s*$"
_ENDLESS = 10**100
"""More milliseconds than any setting takes, and a float can have them."""
_WRITTEN = re.compile(WRITTEN)
_LONGEST = 500
"""Characters of a span: the pattern takes the square of the spaces in it."""

BARE_MILLISECONDS = {"bare_number": "ms"}
"""Validation context for files and the environment: a bare number is milliseconds."""


ALREADY_SECONDS = {"bare_number": "s"}
"""Validation context for settings that were read before: their numbers are what was meant."""

MOST_BARE = 3_600.0
"""Seconds that Python may write as a bare number: more of them are milliseconds, most often."""


def bare_refusal(value: float) -> str | None:
    """Why a number from Python is refused in the place of a span; None: it is not."""
    if not value > MOST_BARE:
        return None
    shown = f"{value:.15g}" if value < _ENDLESS else "..."
    return (
        "a bare number is seconds in Python, and one above 3600 has to say its unit: "
        f'"{shown}ms", "{shown}s" or a timedelta'
    )


def is_span(info: FieldInfo) -> bool:
    """Whether a setting is a span of time, or may be one."""
    return reads_with(info, to_seconds)


def may_be_nothing(info: FieldInfo) -> bool:
    """Whether a setting that is a span of time may be 0."""
    return reads_with(info, not_negative)


def longest(info: FieldInfo) -> float:
    """Seconds that a setting which is a span of time may have at most."""
    return TEN_YEARS if reads_with(info, an_age) else YEAR


def span_text(seconds: float) -> str:
    """Seconds as a text that reads the same everywhere, and exactly."""
    return f"{Decimal(repr(seconds)).normalize():f}s"


def _bare_unit(info: ValidationInfo) -> float:
    return 0.001 if info.context == BARE_MILLISECONDS else 1.0


def to_seconds(value: Any, info: ValidationInfo) -> Any:
    """Seconds for a number, a `timedelta` or a text such as "500ms", "30s", "2m", "1h"."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool):
        raise ValueError('a span of time is a number or a text such as "30s"')
    if isinstance(value, int | float):
        refusal = bare_refusal(value) if info.context is None else None
        if refusal is not None:
            raise ValueError(refusal)
        # An integer may be larger than any float.
        return min(max(value, -_ENDLESS), _ENDLESS) * _bare_unit(info)
    if isinstance(value, str):
        return _read(value, info)
    return value


def _read(text: str, info: ValidationInfo) -> float:
    found = _WRITTEN.match(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError('write a span of time as "500ms", "30s", "2m" or "1h"')
    number, unit = found.groups()
    return float(number) * (_SECONDS[unit] if unit else _bare_unit(info))


# pydantic's own words for a range would count in seconds what was written in something else.
def positive(seconds: float) -> float:
    """The span as it is; raises `ValueError` where it is none, or longer than a year."""
    if seconds <= 0:
        raise ValueError("should be greater than 0")
    return not_negative(seconds)


def not_negative(seconds: float) -> float:
    """The span as it is; raises `ValueError` where it is below 0 or longer than a year."""
    if seconds < 0:
        raise ValueError("should be 0 or more")
    if not seconds <= YEAR:
        raise ValueError("should be a year (365d) at most")
    return seconds


def an_age(seconds: float) -> float:
    """The span as it is; raises `ValueError` where it is none, or longer than ten years."""
    if seconds <= 0:
        raise ValueError("should be greater than 0")
    if not seconds <= TEN_YEARS:
        raise ValueError("should be ten years (3650d) at most")
    return seconds


Written: TypeAlias = float | str | timedelta

Positive: TypeAlias = Annotated[float, BeforeValidator(to_seconds), AfterValidator(positive)]
NotNegative: TypeAlias = Annotated[float, BeforeValidator(to_seconds), AfterValidator(not_negative)]

Age: TypeAlias = Accepts[
    Annotated[float, BeforeValidator(to_seconds), AfterValidator(an_age)], Written
]
"""How long something is kept: more than nothing, at most ten years; seconds once read."""

Duration: TypeAlias = Accepts[Positive, Written]
"""More than nothing, at most a year; seconds once read."""

DurationOrNone: TypeAlias = Accepts[Positive | None, Written | None]
"""As `Duration`, or None."""

DurationOrZero: TypeAlias = Accepts[NotNegative, Written]
"""As `Duration`, and nothing at all is allowed too."""

DurationOrZeroOrNone: TypeAlias = Accepts[NotNegative | None, Written | None]
"""As `DurationOrZero`, or None."""
