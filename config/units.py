"""Spans of time as a user writes them, read into seconds."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_WRITTEN = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?\s*$")

BARE_MILLISECONDS = {"bare_number": "ms"}
"""Validation context for files and the environment: a bare number is milliseconds."""


def _bare_unit(info: ValidationInfo) -> float:
    context = info.context or {}
    return 0.001 if context.get("bare_number") == "ms" else 1.0


def to_seconds(value: Any, info: ValidationInfo) -> Any:
    """Seconds for a number, a `timedelta` or a text such as "500ms", "30s", "2m", "1h"."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool):
        raise ValueError('a span of time is a number or a text such as "30s"')
    if isinstance(value, int | float):
        return value * _bare_unit(info)
    if isinstance(value, str):
        return _read(value, info)
    return value


def _read(text: str, info: ValidationInfo) -> float:
    found = _WRITTEN.match(text)
    if found is None:
        raise ValueError('write a span of time as "500ms", "30s", "2m" or "1h"')
    number, unit = found.groups()
    return float(number) * (_SECONDS[unit] if unit else _bare_unit(info))


Duration = Annotated[
    float, BeforeValidator(to_seconds), Field(gt=0, le=31_536_000, allow_inf_nan=False)
]
"""More than nothing, at most a year; seconds once read."""

DurationOrZero = Annotated[
    float, BeforeValidator(to_seconds), Field(ge=0, le=31_536_000, allow_inf_nan=False)
]
"""As `Duration`, and nothing at all is allowed too."""
