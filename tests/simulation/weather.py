"""Models whose mood changes: well, failing, hanging, slow, flapping, talking garbage, late."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

from hive_resilience import ExecutionContext, Task
from hive_resilience.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelLimitError,
    RateLimitedError,
)
from hive_resilience.runtime.testing.scripted_model import ScriptedStream
from hive_resilience.testing import Mix, ScriptedModel, Step, StreamStep, chunks

from .chance import Chance


def _refusals() -> tuple[BaseException, ...]:
    return (
        InvalidRequestError("scripted"),
        ModelLimitError("scripted"),
        ModelLimitError("scripted", lasting=True),
        ContentRefusedError("scripted"),
        ModelAuthenticationError("scripted"),
        asyncio.CancelledError(),
        GeneratorExit(),
    )


def _limits() -> tuple[BaseException, ...]:
    return ModelLimitError("scripted"), ConnectionError("scripted")


def _busy() -> tuple[BaseException, ...]:
    waits = (0.5, 4.0, 20.0, None, 1e6, 4e12, -1.0)
    return tuple(RateLimitedError("scripted", retry_after=wait) for wait in waits)


CLEAR = Step(takes=0.01)
CLEAR_STREAM = chunks("a", "b", takes=0.01)
WELL = Mix(fastest=0.0, slowest=1.0)
MOODS = (
    WELL,
    Mix(failing=0.1, hanging=0.02, garbage=0.05, late=0.02, cut=0.1, stalling=0.05),
    Mix(failing=1.0, fastest=0.0, slowest=0.2),
    Mix(failing=0.6, fastest=0.01, slowest=3.0, cut=0.3),
    Mix(hanging=0.8),
    Mix(fastest=3.0, slowest=30.0),
    Mix(garbage=1.0),
    Mix(late=0.7, failing=0.3),
    Mix(failing=0.8, failures=_busy),
    Mix(failing=0.5, failures=_refusals),
    Mix(failing=0.8, failures=_limits),
    Mix(failing=0.5, fastest=0.0, slowest=0.0),
    Mix(cut=0.4, malformed=0.2, ending_twice=0.2, fastest=0.0),
    Mix(stalling=0.3, dripping=0.3, slowest=5.0),
)
FLAPPING = 2.0
"""Seconds between two moods of a model that flaps."""


class Model(ScriptedModel):
    """One model under changing weather; some calls go on in a thread that nobody can stop."""

    def __init__(self, name: str, chance: Chance, *, probed: bool) -> None:
        super().__init__(*(), probes=(Step(),) if probed else ())
        self.name = name
        self.streams: dict[str, StreamStep] = {}
        """What each stream was to send, by the name that its chunks bear."""
        self._chance = chance
        self._mood = WELL
        self._changes_at = chance.about(5.0, 60.0)
        self._flaps = False
        self._cleared = False
        self.most_at_work = 0
        self.threads: list[asyncio.Future[Any]] = []
        self.serving: Counter[str] = Counter()
        """How many calls run for each task."""

    def clear(self) -> None:
        """From now on all is well."""
        self._cleared = True

    async def stream(self, task: Task, context: ExecutionContext) -> ScriptedStream:
        self.tasks.append(task)
        name = f"{self.name}/{len(self.tasks)}"
        step = self.streams[name] = _labelled(self.next_stream(), name)
        found = _Stream(self, step, task.id)
        self.most_at_work = max(self.most_at_work, self.at_work)
        return found

    async def execute(self, task: Task, context: ExecutionContext) -> object:
        self.serving[task.id] += 1
        self.most_at_work = max(self.most_at_work, self.at_work + 1)
        try:
            if self._cleared or not self._chance.happens(0.02):
                return await super().execute(task, context)
            return await asyncio.shield(self._in_a_thread(context))
        finally:
            self.serving[task.id] -= 1

    @property
    def at_work(self) -> int:
        """How many calls have not come to their end, also those that nobody waits for any more."""
        return self.running + sum(not work.done() for work in self.threads)

    def next_step(self) -> Step:
        self._look_out()
        return CLEAR if self._cleared else self._mood.step(self._chance.random)

    def next_stream(self) -> StreamStep:
        self._look_out()
        return CLEAR_STREAM if self._cleared else self._mood.stream(self._chance.random)

    async def _check_health(self) -> object:
        return await self.perform(self.next_step())

    def _in_a_thread(self, context: ExecutionContext) -> asyncio.Future[Any]:
        """As a blocking executor does it, but on the clock of the simulation."""
        loop = asyncio.get_running_loop()
        context.lingering = loop.create_future()
        self.threads.append(context.lingering)
        loop.call_later(self._chance.about(0.1, 60.0), context.lingering.set_result, "late")
        return context.lingering

    def _look_out(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._changes_at:
            return
        self._mood = self._chance.choice(MOODS)
        self._flaps = self._chance.happens(0.2)
        self._changes_at = now + (FLAPPING if self._flaps else self._chance.about(5.0, 60.0))


class _Stream(ScriptedStream):
    """One stream, and for which task it runs."""

    def __init__(self, model: Model, step: StreamStep, task_id: str) -> None:
        super().__init__(model, step)
        self._serving = model.serving
        self._task_id = task_id
        self._serving[task_id] += 1

    def _stop(self, outcome: str) -> None:
        if self._running:
            self._serving[self._task_id] -= 1
        super()._stop(outcome)


def _labelled(step: StreamStep, name: str) -> StreamStep:
    """The same stream, but one can tell each of its chunks from all others."""
    if not all(isinstance(chunk, str) and chunk for chunk in step.chunks):
        return step
    return replace(step, chunks=tuple(f"{name}:{i} " for i in range(len(step.chunks))))
