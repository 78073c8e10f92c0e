"""What a run has from its beginning to its end, beside its faults."""

from __future__ import annotations

from dataclasses import dataclass

from hive_resilience.config import RateLimitConfig

from ..chance import Chance

TOKENS = 30
"""Of each answer, where a run counts them."""
_CLOCKS = (1.0, 1.01, 1.02)
"""Seconds in a second. None is slower than the loop, whose timers would ring too early for it,
again and again: clocks that are 1 % fast or slow differ by as much."""


@dataclass(frozen=True)
class Weather:
    """`requests` and `tokens` are limits a minute; None: the run has none of that kind."""

    bursts: bool
    """Whether the tasks of a process come all at once, and then none for a while."""
    peer_clocks: tuple[float, ...]
    owner_clocks: tuple[float, ...]
    requests: float | None
    tokens: float | None

    @property
    def is_limited(self) -> bool:
        """Whether calls may have to wait for a rate."""
        return self.requests is not None or self.tokens is not None

    def rate_limit(self) -> RateLimitConfig:
        """What the settings of all peers say."""
        return RateLimitConfig(requests_per_minute=self.requests, tokens_per_minute=self.tokens)


def weather_of(seed: int) -> Weather:
    """One in three has the clocks that are worst for shares: slow peers, and fast owners."""
    chance = Chance(seed, "weather")
    worst = chance.happens(1 / 3)
    none: tuple[float | None, float | None] = (None, None)
    requests, tokens = chance.choice([none, none, none, (20.0, None), (120.0, None), (None, 600.0)])
    return Weather(
        bursts=chance.happens(1 / 3),
        peer_clocks=_CLOCKS[:1] if worst else _CLOCKS,
        owner_clocks=_CLOCKS[-1:] if worst else _CLOCKS,
        requests=requests,
        tokens=tokens,
    )
