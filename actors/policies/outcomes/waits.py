"""How long a provider asks to wait, in every way of writing it.

A number is seconds. A number above `POINT` is a point in time in seconds since 1970, and above
`MILLISECOND_POINT` in milliseconds. A point in the past means no wait. Only what is negative, not
finite or unreadable is ignored.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

POINT = 1e9
MILLISECOND_POINT = 1e11
_LONGEST = 100
"""Characters: far more than any date has."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?", re.ASCII)
_NEGATIVE = re.compile(r"-(?:\.?[0-9]|inf)", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"\+?(?:nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?)(ms|us|ns|[dhms])", re.ASCII)
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


class Unusable(StrEnum):
    """Why what was said is ignored. The words themselves are not told: they are a stranger's."""

    NEGATIVE = "negative"
    NOT_FINITE = "not_finite"
    UNREADABLE = "unreadable"


class StatedWait(NamedTuple):
    """What a provider said about waiting: seconds, or why it is ignored, or neither.

    `seconds` is never above `POINT`, so that it cannot be mistaken for a point in time.
    """

    seconds: float | None = None
    ignored: Unusable | None = None


NOTHING_STATED = StatedWait()


def stated_number(number: float, wall_now: float | None, per_second: float = 1.0) -> StatedWait:
    """The wait that a number means; `per_second` is the number for a second where it is a span.

    `wall_now` is seconds since 1970. Without it a point in time says nothing.

    >>> stated_number(5, wall_now=1.7e9), stated_number(1.7e9 + 5, wall_now=1.7e9)[0]
    (StatedWait(seconds=5.0, ignored=None), 5.0)
    """
    if number < 0:
        return StatedWait(ignored=Unusable.NEGATIVE)
    if not number < math.inf:
        return StatedWait(ignored=Unusable.NOT_FINITE)
    if number <= POINT:
        return StatedWait(number / per_second)
    return _until(number / 1000.0 if number > MILLISECOND_POINT else float(number), wall_now)


def stated_text(
    text: str, wall_now: float | None, per_second: float = 1.0, date: float | None = None
) -> StatedWait:
    """The wait that a text means: a number, "6m0s", an HTTP date or one of ISO 8601.

    `date` is the moment of the text by the clock of its author, for dates; else it is `wall_now`.

    >>> stated_text("1m30s", wall_now=None).seconds
    90.0
    """
    written = text.strip()
    number = _finite(written)
    if number is not None:
        return stated_number(number, wall_now, per_second)
    span = _span(written)
    if span is not None and span < math.inf:
        return StatedWait(min(span, POINT))
    then = timestamp_of(written)
    if then is not None:
        return _until(then, wall_now if date is None else date)
    return StatedWait(ignored=Unusable.NOT_FINITE if span is not None else _why(written))


def parse_number(text: str | None) -> float | None:
    """A finite number that is not negative, or None."""
    number = None if text is None else _finite(text.strip())
    return number if number is not None and math.isfinite(number) else None


def timestamp_of(written: str | None) -> float | None:
    """Seconds since 1970 of an HTTP date or one of ISO 8601; in GMT where it names no zone."""
    if not written or len(written) > _LONGEST:
        return None
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(written)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _until(then: float, now: float | None) -> StatedWait:
    return NOTHING_STATED if now is None else StatedWait(min(max(0.0, then - now), POINT))


def _finite(written: str) -> float | None:
    return float(written) if _NUMBER.fullmatch(written) else None


def _span(written: str) -> float | None:
    # Part by part: a search would begin again at each digit of a long number.
    seconds, at = 0.0, 0
    while part := _PART.match(written, at):
        seconds += float(part[1]) * _SECONDS[part[2]]
        at = part.end()
    return seconds if 0 < at == len(written) else None


def _why(written: str) -> Unusable:
    if _NEGATIVE.match(written):
        return Unusable.NEGATIVE
    return Unusable.NOT_FINITE if _NOT_FINITE.fullmatch(written) else Unusable.UNREADABLE
