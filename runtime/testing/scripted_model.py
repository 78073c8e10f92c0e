"""A model for tests: an executor that does as it is told, and counts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from math import inf
from typing import Self

from ...actors.executor import ExecutionContext
from ...actors.task import Task
from .script import Mix, Step, fail


class ScriptedModel:
    """Answers call by call as the script says; its last line holds for ever.

    A line is a `Step`, an exception to raise, or a value to answer at once. With `probes`, lines
    of the same kind, it has a health check of its own.

    >>> flaky = ScriptedModel(ConnectionError(), answer("second try", takes=0.5))
    """

    def __init__(self, *script: object, probes: tuple[object, ...] = ()) -> None:
        self._steps = _steps(script or (Step(),))
        self._probes = _steps(probes)
        if probes:
            self.check_health = self._check_health
        self.tasks: list[Task] = []
        """The tasks it was asked, in their order."""
        self.running = 0
        self.cancelled = 0
        self.answered = 0
        self.failed = 0

    @classmethod
    def from_seed(cls, seed: int, mix: Mix | None = None) -> Self:
        """A model that does what chance says; the same `seed`, the same calls."""
        chance = random.Random(seed)
        model = cls()
        model._steps = _mixed(mix or Mix(failing=0.1, hanging=0.02), chance.random)
        return model

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self.tasks)

    async def execute(self, task: Task, context: ExecutionContext) -> object:
        """What the runtime calls."""
        self.tasks.append(task)
        self.running += 1
        try:
            value = await self.perform(self.next_step())
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        except BaseException:
            self.failed += 1
            raise
        finally:
            self.running -= 1
        self.answered += 1
        return value

    def next_step(self) -> Step:
        """What the next call does; a subclass may decide it otherwise."""
        return next(self._steps)

    async def perform(self, step: Step) -> object:
        """Do what one step says."""
        end = asyncio.get_running_loop().time() + step.takes
        if step.stubborn:
            await _sleep_whatever_happens(end)
        elif step.takes:
            await _sleep_until(end)
        if step.error is not None:
            raise step.error
        return step.value

    async def _check_health(self) -> object:
        return await self.perform(next(self._probes))


def _steps(script: tuple[object, ...]) -> Iterator[Step]:
    return chain(map(_step, script), repeat(_step(script[-1] if script else Step())))


def _step(line: object) -> Step:
    if isinstance(line, Step):
        return line
    return fail(line) if isinstance(line, BaseException) else Step(line)


def _mixed(mix: Mix, draw: Callable[[], float]) -> Iterator[Step]:
    while True:
        yield mix.step(draw)


async def _sleep_until(end: float) -> None:
    if end == inf:
        await asyncio.Event().wait()
    await asyncio.sleep(end - asyncio.get_running_loop().time())


async def _sleep_whatever_happens(end: float) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < end:
        with suppress(asyncio.CancelledError):
            await _sleep_until(end)
