"""A model for tests: an executor that does as its script says, and counts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import chain, repeat
from typing import TYPE_CHECKING, Self

from ...actors.executor import ExecutionContext
from ...actors.task import Task
from .mix import Mix
from .script import Draw, Step, fail
from .stream_script import Line, StreamStep, as_call, as_stream, lines
from .virtual_time import sleep_until, sleep_whatever_happens

if TYPE_CHECKING:
    pass


class ScriptedModel:
    """Answers call by call as its script says; the last line holds for ever.

    A line is a `Step`, a `StreamStep`, an exception to raise, or a value to answer at once. Each
    line serves calls and streams. With `probes`, lines of the same kind, the model has a health
    check of its own.

    >>> from hive_resilience.testing import answer
    >>> flaky = ScriptedModel(ConnectionError(), answer("second try", takes=0.5))
    """

    def __init__(self, *script: object, probes: tuple[object, ...] = ()) -> None:
        self._steps = self._streams = _steps(script or (Step(),))
        self._probes = _steps(probes)
        if probes:
            self.check_health: Callable[[], Awaitable[object]] = self._check_health
        self.tasks: list[Task] = []
        """The tasks it was asked, in their order."""
        self.running: int = 0
        self.cancelled: int = 0
        self.answered: int = 0
        self.failed: int = 0
        self.read_after_an_end = 0
        """How often a reader read on after the end of a stream: never, if all is well."""

    @classmethod
    def from_seed(cls, seed: int, mix: Mix | None = None) -> Self:
        """A model that chance drives; the same `seed` gives the same calls."""
        chance = random.Random(seed)
        model = cls()
        mix = mix or Mix(failing=0.1, hanging=0.02)
        model._steps = _mixed(mix.step, chance.random)
        model._streams = _mixed(mix.stream, chance.random)
        return model

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self.tasks)

    async def execute(self, task: Task, context: ExecutionContext) -> object:
        """The runtime calls this for a task."""
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

    async def stream(self, task: Task, context: ExecutionContext) -> ScriptedStream:
        """The runtime calls this for a stream."""
        self.tasks.append(task)
        return ScriptedStream(self, self.next_stream())

    def next_step(self) -> Step:
        """The step of the next call; a subclass may choose another."""
        return _call(next(self._steps))

    def next_stream(self) -> StreamStep:
        """The step of the next stream; a subclass may choose another."""
        step = next(self._streams)
        return as_stream(step) if isinstance(step, Step) else step

    async def perform(self, step: Step) -> object:
        """Do one step."""
        end = asyncio.get_running_loop().time() + step.takes
        if step.stubborn:
            await sleep_whatever_happens(end)
        elif step.takes:
            await sleep_until(end)
        if step.error is not None:
            raise step.error
        return step.value

    async def _check_health(self) -> object:
        return await self.perform(_call(next(self._probes)))


def _call(step: Step | StreamStep) -> Step:
    return step if isinstance(step, Step) else as_call(step)


def _steps(script: tuple[object, ...]) -> Iterator[Step | StreamStep]:
    return chain(map(_step, script), repeat(_step(script[-1] if script else Step())))


def _step(line: object) -> Step | StreamStep:
    if isinstance(line, Step | StreamStep):
        return line
    return fail(line) if isinstance(line, BaseException) else Step(line)


def _mixed(step: Callable[[Draw], Step | StreamStep], draw: Draw) -> Iterator[Step | StreamStep]:
    while True:
        yield step(draw)


class ScriptedStream(AsyncIterator[object]):
    """Sends the chunks of its step, and counts at its model how it ended."""

    def __init__(self, model: ScriptedModel, step: StreamStep) -> None:
        self._model = model
        self._step = step
        self._lines: Iterator[Line] = lines(step)
        self._running = True
        self.sent: int = 0
        self.ended: bool = False
        model.running += 1

    async def __anext__(self) -> object:
        self._model.read_after_an_end += self.ended
        try:
            line = next(self._lines, Line(0.0, is_end=True))
            await self._wait(line.after)
        except asyncio.CancelledError:
            self._stop("cancelled")
            raise
        if line.error is not None:
            self._stop("failed")
            raise line.error
        if line.is_end:
            self._stop("answered")
            self.ended = True
            raise StopAsyncIteration
        self.sent += 1
        return line.chunk

    async def aclose(self) -> None:
        """The reader has enough."""
        self._stop("cancelled")

    async def _wait(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        if self._step.stubborn and not self.sent:
            await sleep_whatever_happens(end)
        elif seconds:
            await sleep_until(end)

    def _stop(self, outcome: str) -> None:
        if self._running:
            self._running = False
            self._model.running -= 1
            setattr(self._model, outcome, getattr(self._model, outcome) + 1)
