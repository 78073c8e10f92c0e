"""Models that fail on command."""

from __future__ import annotations

import asyncio
import time

from ..measuring.models import DELAY

FAULTS = ("dead", "silent", "slow", "flapping")
_SLOW = 0.3
_FLAP = 0.2
"""Seconds between two turns of a model that flaps."""


class FaultyModel:
    """Answers after 5 ms, and a health check as well; counts when it was called."""

    def __init__(self) -> None:
        self.called_at: list[float] = []
        self._fault: str | None = None
        self._since = 0.0

    def fail(self, fault: str) -> None:
        """Be `dead`, `silent`, `slow` or `flapping` from now on."""
        self._fault = fault
        self._since = time.perf_counter()

    def heal(self) -> None:
        """Answer again."""
        self._fault = None

    async def __call__(self, _prompt: object = None) -> str:
        self.called_at.append(time.perf_counter())
        return await self._answer()

    async def check_health(self) -> None:
        """For the sides that ask; a probe is no call."""
        await self._answer()

    async def _answer(self) -> str:
        match self._fault:
            case "dead":
                raise ConnectionError("the model is dead")
            case "silent":
                await asyncio.sleep(3600)
            case "slow":
                await asyncio.sleep(_SLOW)
            case "flapping" if self._is_down():
                raise ConnectionError("the model flaps")
            case _:
                await asyncio.sleep(DELAY)
        return "answer"

    def _is_down(self) -> bool:
        return int((time.perf_counter() - self._since) / _FLAP) % 2 == 0
