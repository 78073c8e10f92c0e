"""One stream of a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from .pauses import sleep_until, sleep_whatever_happens
from .stream_script import Line, StreamStep, lines

if TYPE_CHECKING:
    from .scripted_model import ScriptedModel


class ScriptedStream(AsyncIterator[object]):
    """Sends what its step says, chunk by chunk, and counts at its model how it ended."""

    def __init__(self, model: ScriptedModel, step: StreamStep) -> None:
        self._model = model
        self._step = step
        self._lines: Iterator[Line] = lines(step)
        self._running = True
        self.sent = 0
        self.ended = False
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
        """Its reader has enough."""
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
