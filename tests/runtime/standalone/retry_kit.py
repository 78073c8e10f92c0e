"""What the tests of retrying share: a model that fails in turn."""

from __future__ import annotations

import asyncio

from hive_resilience.config import Jitter, RetryConfig

PLAIN = RetryConfig(jitter=Jitter.NONE)


class Model:
    """Fails with each of `failures` in turn, then answers; notes when it was asked."""

    def __init__(self, *failures: BaseException, takes: float = 0.0) -> None:
        self.failures = list(failures)
        self.takes = takes
        self.asked_at: list[float] = []

    async def __call__(self) -> str:
        self.asked_at.append(asyncio.get_running_loop().time())
        if self.takes:
            await asyncio.sleep(self.takes)
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def flaky(times: int) -> list[ConnectionError]:
    return [ConnectionError(f"reset {number}") for number in range(times)]
