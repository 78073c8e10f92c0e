"""How often and how much the holder of a key may ask."""

from __future__ import annotations

from ....actors.policies.limits.bulkhead import Bulkhead
from ....actors.policies.limits.rate_limit import RateLimiter
from ....config.settings.bulkhead import BulkheadConfig
from ....config.settings.rate_limit import RateLimitConfig
from .entry import KeyEntry

SOON = 1.0
"""Seconds until a retry makes sense where all places are taken."""
_UNLIMITED = 1_000_000


class KeyGate:
    """Rates and places of one holder: the keys of an id share it, also over a reload.

    Each `enter` that answers None is followed by one `leave`. `now` is monotonic seconds.

    >>> gate = KeyGate(KeyEntry(id="ci", rpm=1, sha256="0" * 64))
    >>> gate.enter(now=0.0), gate.enter(now=0.0)
    (None, 60.0)
    """

    __slots__ = ("_places", "_rates")

    def __init__(self, entry: KeyEntry) -> None:
        self._places: Bulkhead[None] = Bulkhead(_places_of(entry))
        self._rates = RateLimiter(_rates_of(entry))

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return self._places.in_flight

    def enter(self, now: float) -> float | None:
        """None: the request may go. Otherwise nothing was taken, and it is the seconds to wait."""
        if not self._places.try_enter():
            return SOON
        wait = self._rates.admit(now)
        if wait == 0.0:
            return None
        self._places.leave(now)
        return wait

    def leave(self, now: float, tokens: int = 0) -> None:
        """The request is over and has cost `tokens`; they may make a debt, which is waited for.

        Raises `RuntimeError` where no request is under way.
        """
        self._places.leave(now)
        if tokens:
            self._rates.charge(tokens=tokens)

    def reconfigure(self, entry: KeyEntry, now: float) -> None:
        """Go on with other limits; what was taken stays taken."""
        self._places.resize(_places_of(entry), now)
        self._rates.reconfigure(_rates_of(entry), now)


def _places_of(entry: KeyEntry) -> BulkheadConfig:
    return BulkheadConfig(max_concurrent=entry.max_concurrent or _UNLIMITED, max_queue=0)


def _rates_of(entry: KeyEntry) -> RateLimitConfig:
    return RateLimitConfig(requests_per_minute=entry.rpm, tokens_per_minute=entry.tpm)
