"""A line between a worker and the supervisor of all: either end asks, and either end answers."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from ....config.values.log_fields import log_event
from ...cluster.frames import ANSWER, LOST, Frame, encoded, read_frame

log: logging.Logger = logging.getLogger(__name__)

Answering: TypeAlias = Callable[[str, bytes], bytes | Awaitable[bytes]]
"""Answers what the other end asks: a word and a body."""


class LineLostError(Exception):
    """The other end is gone, or could not answer."""


class Line:
    """One connection. `run` has to run for as long as it is used."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: Answering
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._answering = answering
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._is_open = True

    async def run(self) -> None:
        """Take what comes, until the other end closes."""
        try:
            while (frame := await read_frame(self._reader)) is not None:
                if frame.word in (ANSWER, LOST):
                    self._settle(frame)
                else:
                    self._answer(frame)
        finally:
            self.close()

    async def ask(self, word: str, body: bytes = b"", *, seconds: float) -> bytes:
        """What the other end answers. Raises `LineLostError`, `TimeoutError` after `seconds`."""
        if not self._is_open:
            raise LineLostError("the line is closed")
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(encoded(Frame(number, word, body, seconds)))
        try:
            async with asyncio.timeout(seconds):
                found: bytes = await answer
                return found
        finally:
            del self._asked[number]

    def tell(self, word: str, body: bytes = b"") -> None:
        """Say something that needs no answer; does nothing once the line is closed."""
        if self._is_open:
            self._writer.write(encoded(Frame(0, word, body)))

    def close(self) -> None:
        """End it; what was asked raises `LineLostError`."""
        self._is_open = False
        self._writer.close()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(LineLostError("the other end is gone"))
        for task in self._answers:
            task.cancel()

    def _settle(self, frame: Frame) -> None:
        answer = self._asked.get(frame.number)
        if answer is None or answer.done():
            return
        if frame.word == ANSWER:
            answer.set_result(frame.body)
        else:
            answer.set_exception(LineLostError(frame.body.decode()))

    def _answer(self, frame: Frame) -> None:
        """At once where that is possible: what is asked for each request is."""
        try:
            found = self._answering(frame.word, frame.body)
        except Exception as error:
            self._failed(frame, error)
            return
        if isinstance(found, bytes):
            self._reply(frame, ANSWER, found)
            return
        task = asyncio.ensure_future(self._answer_later(frame, found))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer_later(self, frame: Frame, work: Awaitable[bytes]) -> None:
        try:
            found = await work
        except Exception as error:
            self._failed(frame, error)
        else:
            self._reply(frame, ANSWER, found)

    def _failed(self, frame: Frame, error: Exception) -> None:
        word = frame.word
        log.warning(
            "a worker could not be answered: %s: %s",
            word,
            type(error).__name__,
            exc_info=error,
            extra=log_event("workers.not_answered", word=word),
        )
        self._reply(frame, LOST, type(error).__name__.encode())

    def _reply(self, frame: Frame, word: str, body: bytes) -> None:
        if frame.number and self._is_open:
            self._writer.write(encoded(Frame(frame.number, word, body)))
