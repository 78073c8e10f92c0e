"""The load of the soak: models that fail, and callers of every kind, many of which give up."""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hive_resilience import (
    CircuitBreakerConfig,
    ModelConfig,
    Plan,
    RetryConfig,
    Runtime,
    RuntimeConfig,
    Strategy,
    Task,
    TaskResult,
)
from hive_resilience.config import BulkheadConfig, GlobalConfig, StreamConfig
from hive_resilience.errors import ModelUnavailableError, RateLimitedError

from .streams import StreamingModel, read, read_in_a_thread

FAILURES = 0.3
CANCELLATIONS = 0.1
ISOLATED = 0.001
"""Share of the tasks for the model in worker processes: killing one costs most of a second."""

STREAMS = 0.2
"""Share of the tasks of async callers that are read as streams."""
BLOCKING_STREAMS = 0.02
"""As `STREAMS`, of blocking callers, which wait for each."""

CALLERS = 60
"""Async callers, each with one task at a time."""
THREADS = 4
"""Blocking callers, each with several tasks at a time."""
WINDOW = 15

_LONGEST = 60.0
_ERRORS: tuple[Callable[[], Exception], ...] = (
    *(lambda: ModelUnavailableError("the model is away"),) * 9,
    *(lambda: ValueError("the model is broken"),) * 5,
    *(lambda: ConnectionResetError("the line is broken"),) * 5,
    lambda: RateLimitedError("too many requests", retry_after=0.001),
)


def fleet() -> Runtime:
    """Models of every kind, one of them in processes; they fail, and recover soon."""
    models = (
        _model("fast", answer_at_once),
        _model("blocking", block),
        _model("slow", answer_later),
        _model("blocking too", block),
        _model("isolated", block, isolation="process", timeout=5),
        _model("streaming", StreamingModel(), stream=StreamConfig(idle=0.1, buffer=8)),
        _model("streaming too", StreamingModel(), stream=StreamConfig(idle=0.1, buffer=8)),
    )
    settings = GlobalConfig(task_timeout=10, default_timeout=0.2)
    return Runtime(RuntimeConfig(global_=settings, models=models))


def _model(model_id: str, executor: object, **settings: Any) -> ModelConfig:
    return ModelConfig(
        id=model_id,
        executor=executor,
        retry=RetryConfig(max_retries=2, base_delay=0.001, max_delay=0.005),
        circuit_breaker=CircuitBreakerConfig(
            failure_threshold=6,
            window=100,
            min_calls=50,
            recovery_timeout=0.02,
            max_recovery_timeout=0.1,
            success_threshold=1,
        ),
        bulkhead=BulkheadConfig(max_concurrent=30, max_queue=20),
        **settings,
    )


def _fail_sometimes() -> None:
    if random.random() < FAILURES:
        raise random.choice(_ERRORS)()


async def answer_at_once(task: Task) -> object:
    """Waits for nothing, or for the others."""
    if random.random() < 0.5:
        await asyncio.sleep(0)
    _fail_sometimes()
    return task.payload


async def answer_later(task: Task) -> object:
    """Takes up to two milliseconds; one call in a hundred never answers."""
    if random.random() < 0.01:
        await asyncio.Event().wait()
    await asyncio.sleep(random.random() * 0.002)
    _fail_sometimes()
    return task.payload


def block(task: Task) -> object:
    """Blocks a thread, or a process, for up to a millisecond."""
    time.sleep(random.random() * 0.001)
    _fail_sometimes()
    return task.payload


def next_task() -> tuple[Task, Strategy, Plan | None]:
    """Any strategy, some short limits, and now and then the model in worker processes."""
    timeout = 0.05 if random.random() < 0.2 else None
    strategy = random.choice(tuple(Strategy))
    if random.random() < ISOLATED:
        return Task("isolated"), strategy, Plan("isolated")
    plan = Plan("fast", ("slow", "blocking", "blocking too"))
    if random.random() < 0.5:
        plan = Plan("blocking", ("blocking too", "fast"))
    return Task({"prompt": "x" * 200}, timeout=timeout), strategy, plan


async def load(runtime: Runtime, tasks: int) -> Counter[str]:
    """Send so many tasks from all callers; what became of them, once all have ended."""
    counts: Counter[str] = Counter()
    here = tasks // 2
    share = iter(range(here))
    callers = [asyncio.create_task(_call(runtime, share, counts)) for _ in range(CALLERS)]
    blocked = asyncio.to_thread(_submit_all, runtime, tasks - here)
    counts.update(await blocked)
    await asyncio.gather(*callers)
    return counts


async def _call(runtime: Runtime, share: Iterator[int], counts: Counter[str]) -> None:
    loop = asyncio.get_running_loop()
    for _ in share:
        if random.random() < STREAMS:
            await _read(runtime, counts)
            continue
        task, strategy, plan = next_task()
        running = loop.create_task(runtime.execute(task, strategy=strategy, plan=plan))
        if random.random() < CANCELLATIONS:
            loop.call_later(_soon(), running.cancel)
        done, _ = await asyncio.wait([running], timeout=_LONGEST)
        counts[_fate(running.result() if not running.cancelled() else None, bool(done))] += 1


async def _read(runtime: Runtime, counts: Counter[str]) -> None:
    loop = asyncio.get_running_loop()
    reading = loop.create_task(read(runtime, counts))
    if random.random() < CANCELLATIONS:
        loop.call_later(_soon(), reading.cancel)
    done, _ = await asyncio.wait([reading], timeout=_LONGEST)
    if not done:
        counts["lost"] += 1
    elif reading.cancelled():
        counts["cancelled"] += 1
    else:
        reading.result()


def _soon() -> float:
    """Before the call, in its middle or after it."""
    return random.choice((0.0, 0.0, 0.0005, 0.002)) * random.random()


def _submit_all(runtime: Runtime, tasks: int) -> Counter[str]:
    """Blocking callers in threads of their own, as in a program that has no loop."""
    counts: list[Counter[str]] = [Counter() for _ in range(THREADS)]
    shares = [tasks // THREADS + (number < tasks % THREADS) for number in range(THREADS)]
    threads = [
        threading.Thread(target=_submit, args=(runtime, share, counter))
        for share, counter in zip(shares, counts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts, Counter())


def _submit(runtime: Runtime, tasks: int, counts: Counter[str]) -> None:
    waiting: list[concurrent.futures.Future[TaskResult]] = []
    for _ in range(tasks):
        if random.random() < BLOCKING_STREAMS:
            counts[read_in_a_thread(runtime)] += 1
            continue
        task, strategy, plan = next_task()
        waiting.append(runtime.submit(task, strategy=strategy, plan=plan))
        if random.random() < CANCELLATIONS:
            waiting[-1].cancel()
        if len(waiting) >= WINDOW:
            _take(waiting.pop(0), counts)
    for future in waiting:
        _take(future, counts)


def _take(future: concurrent.futures.Future[TaskResult], counts: Counter[str]) -> None:
    done, _ = concurrent.futures.wait([future], timeout=_LONGEST)
    result = future.result() if done and not future.cancelled() else None
    counts[_fate(result, bool(done))] += 1


def _fate(result: TaskResult | None, done: bool) -> str:
    if not done:
        return "lost"
    if result is None:
        return "cancelled"
    return "succeeded" if result.success else "failed"
