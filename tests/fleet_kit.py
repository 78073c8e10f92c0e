"""A fleet for tests: models that do as the script says, and what is left when they are done."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from hive_resilience import (
    ModelConfig,
    Outcome,
    RetryConfig,
    Runtime,
    RuntimeConfig,
    Task,
    TaskResult,
)
from hive_resilience.actors.messages import Settle
from hive_resilience.actors.permit import CallPermit
from hive_resilience.config import BulkheadConfig, GlobalConfig, Jitter
from hive_resilience.config.settings.model import GivenExecutor

NO_RETRY = RetryConfig(max_retries=0)
STEADY = RetryConfig(max_retries=3, base_delay=1.0, jitter=Jitter.NONE)


class Model:
    """Does, call by call, what the script says and notes it; the last line holds for ever.

    An exception is raised, anything else is the answer; it comes after `takes` seconds.
    """

    def __init__(self, *script: object, takes: float = 0.0) -> None:
        self.script = list(script) or ["answer"]
        self.takes = takes
        self.asked_at: list[float] = []
        self.running = 0
        self.cancelled = 0

    async def __call__(self, task: Task) -> object:
        self.asked_at.append(asyncio.get_running_loop().time())
        self.running += 1
        try:
            await asyncio.sleep(self.takes)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(line, BaseException):
            raise line
        return line

    @property
    def calls(self) -> int:
        return len(self.asked_at)


def model(model_id: str, executor: GivenExecutor, **settings: Any) -> ModelConfig:
    """A model that is asked once a task, unless `settings` say otherwise."""
    settings.setdefault("retry", NO_RETRY)
    return ModelConfig(id=model_id, executor=executor, **settings)


def fleet(*models: ModelConfig, **settings: Any) -> Runtime:
    """A runtime of these models; `settings` are those for all."""
    config = RuntimeConfig(global_=GlobalConfig(**settings), models=models)
    # Looked up at each draw, so that a test can put its own chance in the place of `random`.
    return Runtime(config, draw=lambda: random.random())


def narrow(max_queue: int = 0) -> BulkheadConfig:
    """Room for one call."""
    return BulkheadConfig(max_concurrent=1, max_queue=max_queue)


def outcomes(result: TaskResult) -> list[tuple[str, str]]:
    """Each record of a result: who, and what happened."""
    return [(record.model_id, str(record.outcome)) for record in result.attempts]


def crash(runtime: Runtime, model_id: str) -> None:
    """Make a model's actor crash in a handler."""
    state = runtime._fleet.member(model_id).state
    settled = state.breaker.uncounted(CallPermit)
    settled.model_id, settled.settled, settled.in_place = model_id, True, False
    runtime._fleet.member(model_id).ref.send(Settle(settled, Outcome.CANCELLED, 0.0))


def assert_at_rest(runtime: Runtime) -> None:
    """Nothing is in flight, nobody waits, every permit is back."""
    snapshot = runtime.snapshot()
    assert (snapshot.router.in_flight, snapshot.router.waiting) == (0, 0)
    for one in snapshot.models.values():
        left = (one.under_way, one.bulkhead.in_flight, one.bulkhead.waiting, one.breaker.trials_out)
        assert left == (0, 0, 0, 0), one.model_id


async def until(is_true: Callable[[], object], most: float = 100.0) -> None:
    """Let virtual time pass until something is true."""
    async with asyncio.timeout(most):
        while not is_true():
            await asyncio.sleep(0.001)
