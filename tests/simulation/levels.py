"""A fleet of three models in weather that one integer decides: its level, its cache, its recovery.

What has to hold at every moment is in `broken`; `test_levels` plants bugs that it has to find.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from itertools import pairwise

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task, TaskResult
from hive_resilience.config import DegradationConfig, GlobalConfig, RecoveryConfig
from hive_resilience.events import DegradationChanged
from hive_resilience.testing import VirtualLoop, crash

STORM, CALM = 600.0, 900.0


class Stormy:
    """A model with a probe, which is down from time to time."""

    def __init__(self) -> None:
        self.down = False
        self.touched = 0

    async def execute(self, task: Task, context: object) -> str:
        await asyncio.sleep(0.05)
        if self.down:
            raise ConnectionError("down")
        return "answer"

    async def check_health(self) -> bool:
        return not self.down


async def storm(seed: int) -> list[str]:
    """Ten minutes of weather and fifteen of calm; every invariant that was broken."""
    draw = random.Random(seed)
    models = {name: Stormy() for name in "abc"}
    recovery = RecoveryConfig(restart_actor=True, reset_breaker=True, take_out=True)
    config = RuntimeConfig(
        global_=GlobalConfig(
            recovery=recovery,
            degradation=DegradationConfig.model_validate(
                {"when": {"severe": {"plan": "c"}}, "min_tasks": 3}
            ),
        ),
        models=tuple(ModelConfig(id=name, executor=one) for name, one in models.items()),
    )
    found: list[str] = []
    changed: list[tuple[float, int, int]] = []
    loop = asyncio.get_running_loop()
    async with Runtime(config, draw=draw.random) as runtime:
        handle, state = runtime.degradation, runtime._fleet.router_state  # pyright: ignore[reportPrivateUsage]
        handle.cache_by(lambda task: task.payload)
        began = loop.time()

        def heard(event: DegradationChanged) -> None:
            changed.append((loop.time() - began, event.before.rank, event.after.rank))

        runtime._bus.tap(heard, (DegradationChanged,), _nothing)  # pyright: ignore[reportPrivateUsage]
        while (now := loop.time() - began) < STORM + CALM:
            _weather(draw, runtime, models, stormy=now < STORM)
            found += _of_result(await runtime.execute(Task("question")))
            busy, ids = runtime.recovery.status().busy, state.candidates
            maintained = [i for i, one in state.unavailable.items() if one.reason == "maintenance"]
            if busy is not None and len(maintained) == len(ids) == len(models):
                found.append("recovery has taken out the last model")
            if len(maintained) > 1:
                found.append("recovery treats two models at once")
            await asyncio.sleep(draw.uniform(1.0, 4.0))
        if handle.level.rank:
            found.append(f"the level is {handle.level} after {CALM:.0f} s of calm")
        if state.unavailable:
            found.append("a model does not serve after the calm")
    return [*found, *_of_changes(changed)]


def _nothing() -> None:
    return None


def _weather(
    draw: random.Random, runtime: Runtime, models: dict[str, Stormy], *, stormy: bool
) -> None:
    for name, one in models.items():
        if not stormy:
            one.down = False
        elif draw.random() < 0.05:
            one.down = not one.down
        elif draw.random() < 0.008:
            crash(runtime, name)


def _of_result(result: TaskResult) -> Iterator[str]:
    mark = result.degradation
    cached = mark is not None and "cache" in mark.actions
    if cached and any(record.outcome == "success" for record in result.attempts):
        yield "the cache answers while a model serves"
    if cached and result.model_used is not None:
        yield "a kept answer passes for that of a model"
    if result.success and result.model_used is None and not cached:
        yield "an answer of no model does not say so"


def _of_changes(changed: list[tuple[float, int, int]]) -> Iterator[str]:
    if any(after < before - 1 for _, before, after in changed):
        yield "the level has fallen by more than one step"
    times = [at for at, _, _ in changed]
    if any(later - at < 14.0 for at, later in pairwise(times)):
        yield "two changes are too near"


def broken(seed: int) -> list[str]:
    """What a storm breaks, each once."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return sorted({*runner.run(storm(seed))})
