"""A model that has just come back does not bear the load that it bears when it is warm."""

from __future__ import annotations

import asyncio
import random
from collections import deque

import pytest

from hive_resilience import Task, TaskResult

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model
from .balancing_kit import BREAKER

RATE = 100
"""Tasks a second."""
LASTS = 90
"""Seconds under that load."""
DEAD, COLD = 9.0, 8.0
"""Seconds that the model is down after it has died, and then needs to be warm."""


class Weak:
    """Dies when more than half of the load reaches it while it is cold, and is down for a while."""

    def __init__(self) -> None:
        self.deaths = 0
        self.up_from = -COLD
        self.lately: deque[float] = deque()

    async def __call__(self, task: Task) -> str:
        now = asyncio.get_running_loop().time()
        if now < self.up_from:
            raise ConnectionRefusedError
        self.lately.append(now)
        while self.lately[0] <= now - 1.0:
            self.lately.popleft()
        if now < self.up_from + COLD and len(self.lately) > RATE / 2:
            self.die(now)
            raise ConnectionResetError
        await asyncio.sleep(0.1)
        return "answer"

    def die(self, now: float) -> None:
        self.deaths += 1
        self.up_from = now + DEAD
        self.lately.clear()


@pytest.mark.parametrize("ramp_up", [30.0, 0.0])
def test_a_weak_model_that_comes_back_stays_up_with_the_ramp_and_not_without(
    virtual: Virtual, ramp_up: float
) -> None:
    async def main() -> None:
        random.seed(3)
        weak = Weak()
        models = model("weak", weak, circuit_breaker=BREAKER), model("other", Model(takes=0.1))
        async with fleet(*models, ramp_up=ramp_up) as runtime:
            running: list[asyncio.Task[TaskResult]] = []
            for number in range(RATE * LASTS):
                if number == RATE:
                    weak.die(asyncio.get_running_loop().time())
                running.append(asyncio.create_task(runtime.execute(Task("x"))))
                await asyncio.sleep(1 / RATE)
            results = await asyncio.gather(*running)
            assert all(result.success for result in results)
            assert_at_rest(runtime)
            if ramp_up:
                assert weak.deaths == 1
                assert {result.model_used for result in results[-RATE:]} == {"weak"}
            else:
                assert weak.deaths >= 4  # it dies again at each return

    virtual(main())
