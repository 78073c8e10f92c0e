"""A model that takes its time, and fails for a while in one of six ways."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from enum import StrEnum

from hive_resilience import Task
from hive_resilience.errors import RateLimitedError

CHUNKS = 20
SPREAD = 0.3
"""Of the logarithm of what a call takes."""
RETRY_AFTER = 25.0
"""No part of the minute that the fault lasts: the wait goes on beyond it."""
SLOWER = 5.0


class FaultOf(StrEnum):
    """What is wrong with a model."""

    REFUSED = "refused"
    SERVER_ERROR = "5xx"
    RATE_LIMITED = "429"
    CUT = "cut stream"
    SLOW = "five times slower"
    HANG = "hang"


FIVE = tuple(fault for fault in FaultOf if fault is not FaultOf.HANG)


class ServerError(Exception):
    """As an HTTP client raises it."""

    status_code = 503


class FaultyModel:
    """Answers after about `median` seconds; a stream has twenty chunks."""

    def __init__(self, median: float, chance: random.Random) -> None:
        self.fault: FaultOf | None = None
        self._median = median
        self._chance = chance

    async def execute(self, _task: Task, _context: object) -> str:
        await self._fail()
        await asyncio.sleep(self._takes())
        return "answer"

    async def stream(self, _task: Task, _context: object) -> AsyncIterator[str]:
        await self._fail()
        pause = self._takes() / CHUNKS
        for number in range(CHUNKS):
            await asyncio.sleep(pause)
            if number == 2 and self.fault is FaultOf.CUT:
                raise ConnectionResetError("cut")
            yield "word "

    async def check_health(self) -> bool:
        """The server says how it is where it can: a limit, a cut or slowness is not seen there."""
        if self.fault in (FaultOf.REFUSED, FaultOf.SERVER_ERROR, FaultOf.HANG):
            await self._fail()
        await asyncio.sleep(0.01)
        return True

    def _takes(self) -> float:
        slower = SLOWER if self.fault is FaultOf.SLOW else 1.0
        return slower * self._median * self._chance.lognormvariate(0.0, SPREAD)

    async def _fail(self) -> None:
        match self.fault:
            case FaultOf.REFUSED:
                raise ConnectionRefusedError("refused")
            case FaultOf.SERVER_ERROR:
                raise ServerError("503")
            case FaultOf.RATE_LIMITED:
                raise RateLimitedError("429", retry_after=RETRY_AFTER)
            case FaultOf.HANG:
                await asyncio.Event().wait()
            case _:
                pass
