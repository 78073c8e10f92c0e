"""Numbers as people read them. Pure; the same words in text and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import floor, isfinite, log10

from ..analytics.incidents import Took
from ..analytics.latencies import Quantile
from ..analytics.shares import Interval, Share

NOTHING = "-"
"""There is no such number."""


def count(number: float | None) -> str:
    """A whole number.

    >>> count(120340)
    '120,340'
    """
    return NOTHING if number is None else f"{number:,.0f}"


def several(number: int, thing: str) -> str:
    """So many things.

    >>> several(1, "incident"), several(1200, "incident")
    ('1 incident', '1,200 incidents')
    """
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def amount(number: float) -> str:
    """A number that need not be whole.

    >>> amount(0.34), amount(12.0), amount(1234.6)
    ('0.34', '12', '1,235')
    """
    return _digits(number, 3) if abs(number) < 100 else f"{number:,.0f}"


def percent(share: float) -> str:
    """A share; nearer to its ends it has more digits.

    >>> percent(0.9994), percent(0.5), percent(0.00064), percent(1.0), percent(0.9999964)
    ('99.94 %', '50 %', '0.064 %', '100 %', '99.9996 %')
    """
    rest = min(abs(share), abs(1 - share))
    digits = 1 if rest >= 0.1 or rest == 0 else min(4, 1 - floor(log10(100 * rest)))
    return f"{_trimmed(100 * share, digits)} %"


def between(interval: Interval) -> str:
    """An interval of a share.

    >>> between(Interval(0.936, 0.9881))
    '93.6 % to 98.8 %'
    """
    return f"{percent(interval.low)} to {percent(interval.high)}"


def share(found: Share | None) -> str:
    """A share with its interval.

    >>> from ..analytics.shares import share as share_of
    >>> share(share_of(175, 180))
    '97.2 % (93.7 % to 98.8 %)'
    """
    return NOTHING if found is None else f"{percent(found.value)} ({between(found.interval)})"


def seconds(value: float | None) -> str:
    """A span of time.

    >>> [seconds(value) for value in (0.0042, 0.34, 1.236, 12.34, 75.0, 7_500.0, 200_000.0)]
    ['4.2 ms', '340 ms', '1.24 s', '12.3 s', '1 min 15 s', '2 h 05 min', '2 d 7 h']
    """
    if value is None or not isfinite(value):
        return NOTHING
    if value < 1:
        return f"{_digits(1000 * value, 2 if value < 0.01 else 3)} ms"
    if value < 59.95:
        return f"{_digits(value, 3)} s"
    whole = round(value)
    if whole < 3_600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    if whole < 2 * 86_400:
        hours, minutes = whole // 3_600, whole % 3_600 // 60
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    days, hours = whole // 86_400, whole % 86_400 // 3_600
    return f"{days} d {hours} h" if hours else f"{days} d"


def quantile(found: Quantile | None) -> str:
    """A percentile of durations."""
    return NOTHING if found is None else seconds(found.value)


def seconds_between(interval: Interval) -> str:
    """An interval of spans of time."""
    return f"{seconds(interval.low)} to {seconds(interval.high)}"


def quantile_between(found: Quantile | None) -> str:
    """A percentile with its interval.

    >>> quantile_between(Quantile(200, 1.2, Interval(1.1, 1.35)))
    '1.2 s (1.1 s to 1.35 s)'
    """
    if found is None:
        return NOTHING
    return f"{seconds(found.value)} ({seconds_between(found.interval)})"


def took(found: Took | None) -> str:
    """How long a part of an incident took; looks are a second apart.

    >>> took(Took(0.2)), took(Took(75.4)), took(Took(75.4, at_least=True))
    ('under 1 s', '1 min 15 s', '≥ 1 min 15 s')
    """
    if found is None:
        return NOTHING
    if found.seconds < 1 and not found.at_least:
        return "under 1 s"
    return f"{'≥ ' if found.at_least else ''}{seconds(float(round(found.seconds)) or 0.0)}"


def money(value: float | None) -> str:
    """An amount in the currency of the prices.

    >>> money(1234.5678), money(12.345), money(0.00312), money(0.0)
    ('1,234.57', '12.35', '0.0031', '0')
    """
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    return f"{value:,.2f}" if abs(value) >= 0.095 else _digits(value, 2)


def change(share_of: float) -> str:
    """By how much something is more or less.

    >>> change(0.34), change(-0.052)
    ('+34 %', '-5.2 %')
    """
    return f"{_digits(100 * share_of, 2, sign='+')} %"


def points(difference: float) -> str:
    """A difference of shares, in percentage points.

    >>> points(0.0123)
    '+1.23 pp'
    """
    return f"{_digits(100 * difference, 3, sign='+')} pp"


def factor(value: float) -> str:
    """How many times something is.

    >>> factor(1.234), factor(14.4)
    ('1.23 x', '14.4 x')
    """
    return f"{_digits(value, 3)} x"


def when(at: datetime | None) -> str:
    """A time in UTC, to the minute."""
    return NOTHING if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def moment(at: datetime | None) -> str:
    """A time in UTC, to the second."""
    return NOTHING if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def counts(each: Mapping[str, int]) -> str:
    """Counts by name, the most frequent first.

    >>> counts({"timeout": 2, "rate_limited": 1_200})
    '1,200 rate limited, 2 timeout'
    """
    ordered = sorted(each.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in ordered if n) or NOTHING


def _digits(value: float, digits: int, *, sign: str = "") -> str:
    """With so many significant digits, and at least all those before the point."""
    if value == 0 or not isfinite(value):
        return f"{value:{sign}.0f}"
    after = max(0, digits - 1 - floor(log10(abs(value))))
    return _trimmed(value, after, sign)


def _trimmed(value: float, digits: int, sign: str = "") -> str:
    told = f"{value:{sign},.{digits}f}"
    return told.rstrip("0").rstrip(".") if "." in told else told
