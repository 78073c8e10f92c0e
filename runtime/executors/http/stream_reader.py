"""Reads a streamed answer off its connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

from ....actors.policies.outcomes.errors import ModelTimeoutError
from ..transport.protocol import Failure, Response, TransportError
from .answer_reader import AnswerReader
from .chunk import Chunk
from .sse import EventParser, EventTooLargeError

if TYPE_CHECKING:
    from .call import CallContext

AFTER_THE_END = 1.0
"""Seconds that a complete answer waits for its usage and for the end of the stream."""
_FOR_THE_CONNECTION = 0.1


async def read_chunks(
    response: Response, reader: AnswerReader, context: CallContext
) -> AsyncGenerator[Chunk, None]:
    """The chunks of an answer; ends only when it has ended, and raises one of our errors if not."""
    parser = EventParser()
    pieces = _Pieces(response, reader, context)
    while not reader.over and (piece := await pieces.next()) is not None:
        for chunk in _chunks(parser, piece, reader):
            yield chunk
    reader.finish()
    await pieces.read_on()


def _chunks(parser: EventParser, piece: bytes, reader: AnswerReader) -> Iterator[Chunk]:
    """What is in a piece, up to the last event that matters."""
    try:
        for event in parser.feed(piece):
            chunk = reader.read(event)
            if chunk is not None:
                yield chunk
            if reader.over:
                return
    except EventTooLargeError as error:
        raise reader.interrupted(f"the stream cannot be read: {error}") from error


class _Pieces:
    """The body, piece by piece, under the limits of its call."""

    def __init__(self, body: Response, reader: AnswerReader, context: CallContext) -> None:
        self._body = body
        self._reader = reader
        self._model_id = context.model_id
        self._limit = context.deadline
        self._until = None if self._limit is None else _now() + self._limit
        self._is_complete = False

    async def next(self) -> bytes | None:
        """The next piece; None: there are no more, or none are needed."""
        self._note_completion()
        try:
            async with asyncio.timeout_at(self._until):
                return await anext(self._body, None)
        except TimeoutError as error:
            self._fail_unless_complete(self._too_late(), error)
        except TransportError as error:
            late = error.failure is Failure.TIMEOUT
            cut = self._reader.interrupted(f"the stream was cut off ({error})")
            self._fail_unless_complete(self._too_late() if late else cut, error)
        return None

    async def read_on(self) -> None:
        """To the end of the body, if it is near: only then can the connection be used again."""
        try:
            async with asyncio.timeout(_FOR_THE_CONNECTION):
                async for _ in self._body:
                    pass
        except (TransportError, TimeoutError):
            return

    def _note_completion(self) -> None:
        if self._reader.ended and not self._is_complete:
            self._is_complete = True
            self._until = _now() + AFTER_THE_END

    def _fail_unless_complete(self, failure: Exception, error: Exception) -> None:
        """Nothing that comes after its end can spoil an answer."""
        if not self._reader.ended:
            raise failure from error

    def _too_late(self) -> ModelTimeoutError:
        limit = self._limit or 0.0
        return ModelTimeoutError(
            f"the stream did not end within {limit:.3g} s",
            kind="attempt",
            limit=limit,
            model_id=self._model_id,
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
