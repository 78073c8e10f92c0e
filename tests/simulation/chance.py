"""All chance of one run, from one seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """A stream of its own for each purpose: what one draws more changes nothing for the others."""

    def __init__(self, seed: int, purpose: str) -> None:
        super().__init__(f"{seed} {purpose}")

    def happens(self, share: float) -> bool:
        return self.random() < share

    def some(self, choices: Sequence[T], most: int) -> list[T]:
        """One to `most` of them, in an order of chance."""
        return self.sample(choices, self.randint(1, min(most, len(choices))))

    def about(self, low: float, high: float) -> float:
        """Between two spans, as often short as long."""
        return float(low * (high / low) ** self.random())
