"""When a server says how long to wait: `Retry-After` and its relatives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from .waits import NOTHING_STATED, StatedWait, stated_text, timestamp_of


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
    """Seconds that the answer asks to wait, None where it says nothing usable; as `stated_wait`."""
    return stated_wait(headers, wall_now).seconds


def stated_wait(headers: Headers, wall_now: float | None = None) -> StatedWait:
    """How long the answer asks to wait, or why what it says is ignored.

    `retry-after-ms` goes before `Retry-After`. A date is compared with the answer's own `Date`,
    since the server's clock wrote both; where there is none, with `wall_now` (seconds since 1970).
    """
    found = NOTHING_STATED
    date = timestamp_of(find_header(headers, "date"))
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        written = find_header(headers, name)
        if written is not None:
            found = stated_text(written, wall_now, per_second, date)
            if found.seconds is not None:
                return found
    return found
