"""Two runs in virtual time: a weak model that comes back, and a fleet with one slow model."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from hive_resilience import (
    CircuitBreakerConfig,
    ModelConfig,
    RetryConfig,
    Runtime,
    RuntimeConfig,
    Task,
    TaskResult,
)
from hive_resilience.config import GlobalConfig
from hive_resilience.testing import run_virtual

RATE = 100
"""Tasks a second, in both runs."""
SECONDS = 80
OUTAGE, DEAD, COLD = 10.0, 9.0, 8.0
"""When the weak model goes, how long it is down, and then is weak."""
STRATEGIES = ("random", "weighted", "least_in_flight", "p2c")
_NO_RETRY = RetryConfig(max_retries=0)
_BREAKER = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)


class Weak:
    """Dies when more than half of the load reaches it while it is cold."""

    def __init__(self) -> None:
        self.calls: Counter[int] = Counter()
        """How many it was sent in each second."""
        self.up_from = -COLD
        self._second = Counter[int]()

    async def __call__(self, task: Task) -> str:
        now = _now()
        self.calls[int(now)] += 1
        if now < self.up_from:
            raise ConnectionRefusedError
        self._second[int(now)] += 1
        if now < self.up_from + COLD and self._second[int(now)] > RATE / 2:
            self.up_from = now + DEAD
            raise ConnectionResetError
        await asyncio.sleep(0.1)
        return "answer"


def returns_of_a_weak_model(ramp_up: float) -> list[int]:
    """The calls that it gets in each second, with so long a ramp; 0: none."""
    weak = Weak()

    async def run() -> None:
        models = (
            ModelConfig(id="weak", executor=weak, retry=_NO_RETRY, circuit_breaker=_BREAKER),
            ModelConfig(id="other", executor=_answering(0.1), retry=_NO_RETRY),
        )
        async with _fleet(models, ramp_up) as runtime:
            asyncio.get_running_loop().call_later(OUTAGE, _go, weak)
            await _load(runtime, "sequential")

    run_virtual(run())
    return [weak.calls[second] for second in range(SECONDS)]


def latencies_beside_a_slow_model(strategy: str) -> list[float]:
    """Seconds that each task takes, where one of four models is twenty times slower."""

    async def run() -> list[float]:
        takes = {"slow": 4.0, "one": 0.2, "two": 0.2, "three": 0.2}
        models = [ModelConfig(id=i, executor=_answering(t)) for i, t in takes.items()]
        async with _fleet(models) as runtime:
            return sorted(await _load(runtime, strategy))

    return run_virtual(run())


def _fleet(models: Sequence[ModelConfig], ramp_up: float = 30.0) -> Runtime:
    config = RuntimeConfig(global_=GlobalConfig(ramp_up=ramp_up), models=tuple(models))
    return Runtime(config, draw=random.Random(1).random)


async def _load(runtime: Runtime, strategy: str) -> list[float]:
    running: list[asyncio.Task[TaskResult]] = []
    for _ in range(RATE * SECONDS):
        work = runtime.execute(Task("x"), strategy=strategy)
        running.append(asyncio.create_task(work))
        await asyncio.sleep(1 / RATE)
    return [(await task).execution_time for task in running]


def _answering(takes: float) -> object:
    chance = random.Random(takes)

    async def answer(task: Task) -> str:
        await asyncio.sleep(takes * chance.uniform(0.7, 1.3))
        return "answer"

    return answer


def _go(weak: Weak) -> None:
    weak.up_from = _now() + DEAD


def _now() -> float:
    return asyncio.get_running_loop().time()
