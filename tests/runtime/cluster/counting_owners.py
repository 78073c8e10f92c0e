"""Something small to host in the owner's place: it says in which process it is, and may hang."""

from __future__ import annotations

import asyncio
import os
import time

import orjson


class CountingOwners:
    """Counts the calls and the times that its node was found alive."""

    def __init__(self, learns: bool) -> None:
        self._counts = {"calls": 0, "reached": 0, "learns": int(learns)}

    def reached(self, ago: float) -> None:
        assert ago >= 0
        self._counts["reached"] += 1

    async def exchange(self, message: bytes) -> bytes:
        self._counts["calls"] += 1
        return orjson.dumps({"pid": os.getpid(), **self._counts})

    async def watch(self, message: bytes) -> bytes:
        await asyncio.sleep(10)
        return message

    async def operate(self, message: bytes) -> bytes:
        time.sleep(60)  # the whole loop stands
        return message

    async def leave(self, message: bytes) -> bytes:
        raise ValueError("this message is not understood")


def make(share_time: float, *, learns: bool) -> CountingOwners:
    return CountingOwners(learns)
