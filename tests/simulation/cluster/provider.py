"""The provider of all peers: it answers, is down, or asks to wait."""

from __future__ import annotations

from dataclasses import dataclass, field

from hive_resilience.errors import RateLimitedError

from ..chance import Chance
from .weather import TOKENS


@dataclass(frozen=True)
class Answer:
    text: str = "answer"
    usage: dict[str, int] = field(default_factory=lambda: {"total_tokens": TOKENS})


@dataclass
class Provider:
    """`duration`: seconds of a call, from and to."""

    duration: tuple[float, float]
    is_down: bool = False
    asks_to_wait: bool = False

    def answer(self, chance: Chance) -> Answer:
        """After a call. Raises what a provider says instead of an answer."""
        if self.is_down:
            raise ConnectionError("the provider is down")
        if self.asks_to_wait:
            raise RateLimitedError("too many", retry_after=chance.about(0.2, 1.5))
        return Answer()
