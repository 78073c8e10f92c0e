"""What the file of keys says of one key."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from ....config.base import Settings
from ....config.settings.rate_limit import PerMinute
from ....config.values.accepts import Accepts, default
from ....config.values.values import NUMBER
from ....config.values.words import Names, plain_name


class Scope(StrEnum):
    """What a key may be used for."""

    USE = "use"
    """To ask models."""
    READ = "read"
    """To look at the state of the fleet."""
    ADMIN = "admin"
    """To change it."""
    METRICS = "metrics"
    """To fetch the metrics."""


def point_in_time(value: object) -> object:
    """A time with its zone: UTC where none is written. Raises `ValueError` for anything else."""
    if isinstance(value, bool | int | float):
        raise ValueError(_A_TIME)
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # its text quotes the value
        pass
    raise ValueError(_A_TIME)


_A_TIME = 'a time is written as "2027-01-31" or "2027-01-31T12:00:00Z"'

Expiry = Annotated[datetime, BeforeValidator(point_in_time)]
Scopes: TypeAlias = Accepts[
    Annotated[tuple[Scope, ...], Field(min_length=1)],
    list[Scope] | list[str] | tuple[Scope | str, ...],
]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class KeyEntry(Settings):
    """One key: its digest, and what it may do. None: no limit."""

    id: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_name)]
    """The name of its holder; two keys may have the same, while the one replaces the other."""
    scopes: Scopes = default((Scope.USE,))
    """What it may be used for."""
    models: Names | None = default(None)
    """Models and groups that it may name; None: all."""
    expires: Expiry | None = None
    """The key is refused from then on."""
    rpm: PerMinute | None = None
    """Requests a minute."""
    tpm: PerMinute | None = None
    """Tokens a minute, by what the answers say."""
    max_concurrent: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] | None = None
    """Requests under way at once."""
    # The last, so that an entry that is cut short is none.
    sha256: Digest
    """The SHA-256 digest of the key, in hexadecimal digits; the key itself is never written."""
