"""A key as the server knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from .entry import KeyEntry, Scope
from .gate import KeyGate

PREFIX = "hive-"
_RANDOM_BYTES = 32
LONGEST = 512
"""Characters of a key; what is longer is none."""


@dataclass(frozen=True, slots=True)
class Key:
    """A known key, without the key itself."""

    id: str
    digest: bytes = field(repr=False)
    scopes: frozenset[Scope]
    models: frozenset[str] | None
    """Models and groups that it may name; None: all."""
    expires: datetime | None
    gate: KeyGate

    def is_expired(self, wall_now: float) -> bool:
        """Whether it is refused by now; `wall_now` is seconds since 1970."""
        return self.expires is not None and self.expires.timestamp() <= wall_now

    def may_ask(self, name: str) -> bool:
        """Whether it may name this model or group."""
        return self.models is None or name in self.models


def key_of(entry: KeyEntry, gate: KeyGate) -> Key:
    """The key of an entry; `gate` is its holder's."""
    return Key(
        id=entry.id,
        digest=bytes.fromhex(entry.sha256),
        scopes=frozenset(entry.scopes),
        models=None if entry.models is None else frozenset(entry.models),
        expires=entry.expires,
        gate=gate,
    )


def digest_of(presented: str) -> bytes:
    """The SHA-256 digest of what a client presents; any text has one.

    A plain digest is enough: no table has random keys of 256 bits.
    """
    return sha256(presented.encode("utf-8", "surrogatepass")).digest()


def new_key() -> str:
    """A random key of 256 bits."""
    return PREFIX + token_urlsafe(_RANDOM_BYTES)
