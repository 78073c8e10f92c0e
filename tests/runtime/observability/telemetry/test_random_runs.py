"""Whatever happens to tasks, each span ends once, and spans say what the results say."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from hive_resilience import Outcome, Plan, RetryConfig, Runtime, Task, TaskResult
from hive_resilience.config import BulkheadConfig, StreamConfig
from hive_resilience.errors import ResilienceError
from tests.conftest import Virtual
from tests.fleet_kit import crash, fleet, model

from .watched import Memory, id_of, parent_of, said, twice

RUNS = 200
Record = tuple[str, int, str]


class Fickle:
    """Answers, fails, hangs, ignores its cancellation; as a whole or in chunks."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def execute(self, task: Task, context: object) -> str:
        await self._wait()
        return self._chance.choice(["hi", "hi", "hi", ""])

    async def stream(self, task: Task, context: object) -> AsyncIterator[str]:
        for word in ("one", "", "two")[: self._chance.randint(0, 3)]:
            await self._wait()
            yield word

    async def _wait(self) -> None:
        chance = self._chance
        takes = chance.choice([0.0, 0.0, 0.1, 1.0, 3.0, 50.0])
        try:
            if takes:
                await asyncio.sleep(takes)
        except asyncio.CancelledError:
            if chance.random() < 0.1:
                await asyncio.sleep(1.0)
            if chance.random() < 0.1:
                return
            raise
        if chance.random() < 0.35:
            raise chance.choice([ConnectionError, TimeoutError, ValueError, OSError])("gone")


def some_fleet(chance: random.Random) -> Runtime:
    models = [
        model(
            name,
            Fickle(chance),
            timeout=2.0,
            stream=StreamConfig(first_chunk=2.0, idle=2.0),
            bulkhead=BulkheadConfig(max_concurrent=chance.choice([1, 2, 50])),
            retry=RetryConfig(max_retries=2, before_failover=chance.choice([0, 1]), base_delay=0.1),
        )
        for name in "abc"
    ]
    return fleet(*models, hedge_after=chance.choice([1.0, "never"]), stop_grace=0.5)


async def one_task(runtime: Runtime, chance: random.Random) -> list[Record] | None:
    """One task in some way; what its result says of its attempts, if it has one."""
    strategy = chance.choice([None, "parallel", "weighted", "random"])
    mode = chance.choice(["raise", "restart"])
    plan = Plan("a", fallbacks=("b", "c"), strategy=strategy, on_interrupt=mode)
    task = Task("?", timeout=chance.choice([None, 4.0]))
    if chance.random() < 0.5:
        return told(await runtime.execute(task, plan=plan))
    stream = runtime.stream(task, plan=plan)
    try:
        async with stream:
            async for _ in stream:
                if chance.random() < 0.1:
                    break
    except ResilienceError:
        pass
    return told(stream.result)


def told(result: TaskResult) -> list[Record]:
    return [
        (one.model_id, one.number, str(one.outcome)) for one in result.attempts if one.number > 0
    ]


async def some_run(runtime: Runtime, chance: random.Random) -> list[list[Record] | None]:
    async with runtime:
        tasks = [asyncio.create_task(one_task(runtime, chance)) for _ in range(6)]
        for _ in range(4):
            await asyncio.sleep(chance.random() * 2)
            if chance.random() < 0.3:
                chance.choice(tasks).cancel()
            if chance.random() < 0.3:
                crash(runtime, chance.choice("abc"))
        if chance.random() < 0.7:
            await asyncio.wait(tasks)
    found = await asyncio.gather(*tasks, return_exceptions=True)
    return [one if isinstance(one, list) else None for one in found]


def check(memory: Memory, known: list[list[Record] | None]) -> None:
    assert memory.open == 0
    assert twice(memory.spans) == []
    shown: dict[int, list[Record]] = {id_of(span): [] for span in memory.named("hive.task")}
    for span in memory.attempts:
        one = said(span)
        record = (one["hive.model"], one["hive.attempt.number"], one["hive.outcome"])
        shown[parent_of(span) or 0].append(record)
        assert (span.end_time or 0) >= (span.start_time or 0)
        failed = one["hive.outcome"] in (Outcome.FAILURE, Outcome.TIMEOUT)
        assert failed is ("error.type" in one)
    everything = Counter(tuple(sorted(records)) for records in shown.values())
    results = Counter(tuple(sorted(records)) for records in known if records is not None)
    assert results - everything == Counter()
    assert len(shown) <= len(known)


@pytest.mark.parametrize("block", range(8))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_each_span_ends_once(virtual: Virtual, block: int) -> None:
    for seed in range(block * RUNS // 8, (block + 1) * RUNS // 8):
        random.seed(seed)
        chance, memory = random.Random(seed), Memory()
        known = virtual(some_run(memory.watch(some_fleet(chance)), chance))
        check(memory, known)
