"""How often and how much the holder of a key may ask."""

from __future__ import annotations

from typing import NamedTuple

from ....actors.policies.limits.bulkhead import Bulkhead
from ....actors.policies.limits.rate_limit import RateLimiter
from ....config.settings.bulkhead import BulkheadConfig
from ....config.settings.rate_limit import RateLimitConfig

SOON = 1.0
"""Seconds until a retry makes sense where all places are taken."""
_UNLIMITED = 1_000_000


class KeyLimits(NamedTuple):
    """What the holder of a key may do: requests and tokens a minute, and requests at once."""

    rpm: float | None = None
    tpm: float | None = None
    max_concurrent: int | None = None


class KeyGate:
    """Rates and places of one holder: the keys of an id share it, also over a reload.

    Each `enter` that answers None is followed by one `leave`. `now` is monotonic seconds.

    >>> gate = KeyGate(KeyLimits(rpm=1))
    >>> gate.enter(now=0.0), gate.enter(now=0.0)
    (None, 60.0)
    """

    __slots__ = ("_places", "_rates", "limits")

    def __init__(self, limits: KeyLimits) -> None:
        self.limits: KeyLimits = limits
        self._places: Bulkhead[None] = Bulkhead(_places_of(limits))
        self._rates = RateLimiter(_rates_of(limits))

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

    def reconfigure(self, limits: KeyLimits, now: float) -> None:
        """Go on with other limits; what was taken stays taken."""
        self.limits = limits
        self._places.resize(_places_of(limits), now)
        self._rates.reconfigure(_rates_of(limits), now)


def _places_of(limits: KeyLimits) -> BulkheadConfig:
    return BulkheadConfig(max_concurrent=limits.max_concurrent or _UNLIMITED, max_queue=0)


def _rates_of(limits: KeyLimits) -> RateLimitConfig:
    return RateLimitConfig(requests_per_minute=limits.rpm, tokens_per_minute=limits.tpm)
