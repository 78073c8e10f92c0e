"""One trial: three models with default settings, of which the first fails for a while."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean

from hive_resilience import ModelConfig, Runtime, Task, TaskResult

from .faulty_model import FaultOf, FaultyModel

FIRST = "m0"
TASK = {"messages": [{"role": "user", "content": "prompt"}]}


@dataclass(frozen=True, slots=True)
class Story:
    """Seconds before the fault, of the fault and after it; tasks a second; seconds of a call."""

    before: float
    fault: float
    after: float
    rate: float
    median: float


USUAL = Story(before=60.0, fault=60.0, after=180.0, rate=20.0, median=0.5)
SATURATED = Story(before=10.0, fault=90.0, after=0.0, rate=55.0, median=4.0)
"""More tasks than two models with 100 places and 4.2 s a call can take."""


@dataclass(frozen=True, slots=True)
class Done:
    """A task that has ended: when it was sent, when it ended, and its result."""

    sent: float
    ended: float
    result: TaskResult

    @property
    def was_hit(self) -> bool:
        """Whether it has failed, or an attempt of it has."""
        if not self.result.success:
            return True
        return any(one.number and one.outcome != "success" for one in self.result.attempts)

    @property
    def asked_first(self) -> bool:
        """Whether the model that fails was asked."""
        return any(one.number and one.model_id == FIRST for one in self.result.attempts)


@dataclass(frozen=True, slots=True)
class Seen:
    """All tasks of a trial, and when the fault began and ended on their clock."""

    tasks: tuple[Done, ...]
    began: float
    cleared: float

    @property
    def detected(self) -> float | None:
        """When the first task went round the model without asking it; None: none has."""
        found = [one.sent for one in self.during if not one.asked_first]
        return min(found, default=None)

    @property
    def during(self) -> list[Done]:
        """The tasks that were sent while the fault was there."""
        return [one for one in self.tasks if self.began <= one.sent < self.cleared]

    @property
    def availability(self) -> float:
        """The share of all tasks that was answered."""
        return fmean(one.result.success for one in self.tasks)

    @property
    def recovery(self) -> float | None:
        """Seconds from the end of the fault until the model has answered a task sent since."""
        found = [
            one.ended - self.cleared
            for one in self.tasks
            if one.sent >= self.cleared and one.result.model_used == FIRST
        ]
        return min(found, default=None)

    def affected(self, slow: float) -> float:
        """The share of the tasks in the fault that failed, met it, or took longer than `slow`."""
        found = [one.was_hit or one.result.execution_time > slow for one in self.during]
        return fmean(found) if found else 0.0

    @property
    def usual(self) -> float:
        """Seconds that a task took on average before the fault."""
        found = [one.result.execution_time for one in self.tasks if one.sent < self.began]
        return fmean(found)

    @property
    def added(self) -> float | None:
        """By how much tasks take longer that are sent after the detection, as a share."""
        since = self.began if self.detected is None else self.detected
        found = [
            one.result.execution_time
            for one in self.during
            if one.sent >= since and one.result.success
        ]
        return fmean(found) / self.usual - 1.0 if found else None

    def goodput(self, skip: float) -> float:
        """Answers a second in the fault, but for its first seconds."""
        since = self.began + skip
        ended = [one for one in self.tasks if one.result.success and since <= one.ended]
        return sum(one.ended < self.cleared for one in ended) / (self.cleared - since)


async def trial(fault: FaultOf, story: Story, seed: int) -> Seen:
    """Play it; on a loop with virtual time that costs seconds."""
    chance = random.Random(seed)
    models = [FaultyModel(story.median, random.Random(f"{seed} {n}")) for n in range(3)]
    configs = [ModelConfig(id=f"m{n}", executor=one) for n, one in enumerate(models)]
    async with Runtime(models=configs, draw=chance.random) as runtime:
        load = Load(runtime, story.rate, is_stream=fault is FaultOf.CUT)
        work = asyncio.create_task(load.run())
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(story.before)
        models[0].fault, began = fault, clock()
        await asyncio.sleep(story.fault)
        models[0].fault, cleared = None, clock()
        await asyncio.sleep(story.after)
        work.cancel()
        done = await load.end()
    return Seen(tuple(done), began, cleared)


class Load:
    """Sends tasks at a steady rate, whatever becomes of them."""

    def __init__(self, runtime: Runtime, rate: float, *, is_stream: bool) -> None:
        self._runtime = runtime
        self._pause = 1.0 / rate
        self._send = self._stream if is_stream else self._execute
        self._running: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []

    async def run(self) -> None:
        """Until it is cancelled."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            work = asyncio.create_task(self._one())
            self._running.add(work)
            work.add_done_callback(self._running.discard)
            due += self._pause
            await asyncio.sleep(max(0.0, due - clock()))

    async def end(self) -> Sequence[Done]:
        """Wait for what is under way; all tasks."""
        if self._running:
            await asyncio.wait(self._running)
        return self._done

    async def _one(self) -> None:
        clock = asyncio.get_running_loop().time
        sent = clock()
        result = await self._send(Task(TASK))
        if result is not None:
            self._done.append(Done(sent, clock(), result))

    async def _execute(self, task: Task) -> TaskResult | None:
        return await self._runtime.execute(task)

    async def _stream(self, task: Task) -> TaskResult | None:
        async with self._runtime.stream(task) as stream:
            with suppress(Exception):
                async for _ in stream:
                    pass
        return stream.result
