"""What a person or a client asks of a report, in words: "7d", a time, "previous". Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ....actors.policies.outcomes.errors import InvalidRequestError
from ....config.values.units import ALREADY_SECONDS, Age
from ....config.values.words import printable
from ..history.sums import moment

SINCE = "7d"
PREVIOUS = "previous"
"""The period of the same length right before."""
FORMATS = ("text", "json", "html")
_SPAN: TypeAdapter[Age] = TypeAdapter(Age)


class Asked(NamedTuple):
    """The times of a report, and those of the period that it is compared with."""

    since: datetime
    until: datetime
    compare: tuple[datetime, datetime] | None = None


def seconds(text: str) -> float:
    """Seconds of a span as "2h". Raises `ValueError` with what is wrong."""
    try:
        found: Any = _SPAN.validate_python(text, context=ALREADY_SECONDS)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
    return float(found)


def when(text: str, now: float) -> datetime:
    """The time that a text means: a span before now, or a time, in UTC where it says no zone.

    Raises `ValueError` with what is wrong.

    >>> when("1h", 7_200.0).isoformat(), when("2027-01-31T12:00Z", 0.0).isoformat()
    ('1970-01-01T01:00:00+00:00', '2027-01-31T12:00:00+00:00')
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return moment(now - seconds(text))
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def asked(since: str, until: str, compare: str, now: float) -> Asked:
    """The times that these words mean; empty words are left out.

    Raises `InvalidRequestError` with the name of the word that cannot be used.
    """
    begin, end = _when("since", since or SINCE, now), _when("until", until or "0s", now, until)
    if begin >= end:
        raise InvalidRequestError("since should be before until")
    return Asked(begin, end, _compared(compare, begin, end, now))


def _when(name: str, text: str, now: float, given: str = "given") -> datetime:
    if not given:
        return moment(now)
    try:
        return when(text, now)
    except ValueError as error:
        raise InvalidRequestError(f"{name}: {error}") from None


def _compared(
    text: str, since: datetime, until: datetime, now: float
) -> tuple[datetime, datetime] | None:
    if not text:
        return None
    if text == PREVIOUS:
        return since - (until - since), since
    begin, dots, end = text.partition("..")
    if not dots:
        told = f"compare: {printable(text[:50])!r} should be previous, or two times as 14d..7d"
        raise InvalidRequestError(told)
    found = _when("compare", begin, now), _when("compare", end, now)
    if found[0] >= found[1]:
        raise InvalidRequestError("compare: the first time should be before the second one")
    return found
