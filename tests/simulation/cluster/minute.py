"""What all peers use in a minute: as much as the limit lets them, and no more."""

from __future__ import annotations

import asyncio
from collections import deque
from math import ceil
from typing import TYPE_CHECKING

from hive_resilience.actors.policies.cluster.rates import FleetRate
from hive_resilience.config import Alone

from .weather import TOKENS

if TYPE_CHECKING:
    from .promises import Promises
    from .world import World

MINUTE = 60.0
SOON = 2.0
"""Seconds within which a request that is free is used, where all peers want some."""


class Minute:
    """The starts of calls, and the tokens of their answers."""

    def __init__(self, world: World, promises: Promises) -> None:
        self._world, self._promises = world, promises
        self._starts: deque[float] = deque()
        self._answers: deque[float] = deque()

    def call_started(self) -> None:
        limit = self._world.weather.requests
        count = self._counted(self._starts)
        if limit is not None and self._is_known and count > ceil(limit + self._held(limit)):
            self._promises.broken(f"{count} calls in a minute, of {limit:g}")

    def answered(self) -> None:
        limit = self._world.weather.tokens
        count = TOKENS * self._counted(self._answers)
        if limit is None or not self._is_known:
            return
        # Calls under way make debts, of one peer after the other as the places go round.
        debts = TOKENS * self._world.limit * len(self._world.peers)
        if count > limit + self._held(limit) + debts:
            self._promises.broken(f"{count} tokens in a minute, of {limit:g}")

    async def is_used(self) -> None:
        """A request that is free is used soon, where all peers want some."""
        owned = self._world.host.owned
        rate: FleetRate | None = None if owned is None else owned._rates.get("requests")
        if rate is None:
            return
        free = rate.limit - rate._granted.total(self._world.host.now())
        before = len(self._starts)
        await asyncio.sleep(SOON)
        if free >= 1 and len(self._starts) == before:
            self._promises.broken(f"{free:.0f} requests are free, and not used")

    def _counted(self, times: deque[float]) -> int:
        now = self._world.now()
        times.append(now)
        while times[0] <= now - MINUTE:
            times.popleft()
        return len(times)

    @property
    def _is_known(self) -> bool:
        """A new owner may not hear of all that was used before it."""
        world = self._world
        return world.alone is Alone.STOP and (len(world.hosts) == 1 or not world.loses_news)

    def _held(self, limit: float) -> float:
        return max(1.0, limit * self._world.settings.share_time / MINUTE)
