"""Spans of time as a user writes them, read into seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic.fields import FieldInfo

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
WRITTEN = r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?\s*$"
_WRITTEN = re.compile(WRITTEN)

BARE_MILLISECONDS = {"bare_number": "ms"}
"""Validation context for files and the environment: a bare number is milliseconds."""


def is_span(info: FieldInfo) -> bool:
    """Whether a setting is a span of time, or may be one."""
    return _reads_spans(info.metadata) or _has_span(info.annotation)


def _has_span(annotation: object) -> bool:
    told = getattr(annotation, "__metadata__", ())
    return _reads_spans(told) or any(_has_span(inner) for inner in get_args(annotation))


def _reads_spans(told: Iterable[object]) -> bool:
    return any(isinstance(one, BeforeValidator) and one.func is to_seconds for one in told)


def span_text(seconds: float) -> str:
    """Seconds as a text that reads the same everywhere, and exactly."""
    return f"{Decimal(repr(seconds)).normalize():f}s"


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
