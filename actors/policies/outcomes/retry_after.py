"""When a server says how long to wait: `Retry-After` and its relatives."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Protocol

_NUMBER = re.compile(r"\s*[0-9]+(?:\.[0-9]*)?\s*", re.ASCII)


class Headers(Protocol):
    """What every client's header object can do."""

    def items(self) -> Iterable[tuple[str, str]]: ...


def find_header(headers: Headers, name: str) -> str | None:
    """The value of the header `name` (written in lower case), however the answer wrote it."""
    try:
        return next((str(text) for key, text in headers.items() if str(key).lower() == name), None)
    except (TypeError, ValueError):  # no pairs: not headers after all, but a stand-in of a test
        return None


def parse_retry_after(headers: Headers, wall_now: float | None = None) -> float | None:
    """Seconds that the answer asks to wait, None where it says nothing usable.

    `retry-after-ms` goes before `Retry-After`, which is a number of seconds or an HTTP date. A date
    is compared with the answer's own `Date`, since the server's clock wrote both; where there is
    none, with `wall_now` (seconds since 1970). Never negative, nan or infinite.
    """
    milliseconds = parse_number(find_header(headers, "retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000.0
    written = find_header(headers, "retry-after")
    seconds = parse_number(written)
    return seconds if seconds is not None else _until(written, headers, wall_now)


def parse_number(text: str | None) -> float | None:
    """A finite number that is not negative, or None."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _until(written: str | None, headers: Headers, wall_now: float | None) -> float | None:
    then = _timestamp(written)
    if then is None:
        return None
    now = _timestamp(find_header(headers, "date"))
    if now is None:
        now = wall_now
    return None if now is None else max(0.0, then - now)


def _timestamp(written: str | None) -> float | None:
    if written is None:
        return None
    try:
        moment = parsedate_to_datetime(written)
        # HTTP dates are in GMT even where the text does not say so.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
