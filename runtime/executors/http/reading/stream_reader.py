"""Reads the events of a streamed answer off its body."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

from ...transport.protocol import Failure, TransportError
from ..chunk import Chunk
from ..wire.json_reading import NotJSONError
from ..wire.json_value import Json
from ..wire.sse import MAX_STREAM_BYTES, EventParser, ServerEvent, StreamTooLargeError
from .answer_reader import AnswerReader
from .body import Body

_PART_BYTES = 16 * 1024
_EVENT_BYTES = 512
"""What an event counts as at least: many small ones take longer than a large one."""


async def read_events(
    body: Body, reader: AnswerReader, *, most_bytes: int = MAX_STREAM_BYTES
) -> AsyncGenerator[Chunk, None]:
    """The chunks of an answer; ends only when it has ended, and raises one of our errors if not.

    Raises `TransportError` too, where the answer was still to come.
    """
    parser = EventParser(most_in_all=most_bytes)
    while not reader.over and (piece := await _next(body, reader)) is not None:
        for part in _parts(piece):
            for event in _events(parser, part, reader):
                chunk = await _read(event, body, reader)
                if chunk is not None:
                    yield chunk
                if reader.over:
                    break
            await body.turn(len(part))
        body.settle(reader.settled)
    for chunk in (await _rest(parser, body, reader), reader.last()):
        if chunk is not None:
            yield chunk
    reader.finish()
    await body.read_on()


async def _next(body: Body, reader: AnswerReader) -> bytes | None:
    """The next piece; None: there are no more, or none are needed."""
    try:
        return await body.next()
    except TransportError as error:
        if reader.settled:
            return None  # nothing that comes after its end can spoil an answer
        if error.failure is Failure.TIMEOUT:
            raise
        told = str(error)
    reader.fail(f"the stream was cut off ({told})")


async def _read(event: ServerEvent, body: Body, reader: AnswerReader) -> Chunk | None:
    await body.turn(_EVENT_BYTES)
    data = reader.json_of(event)
    return reader.take(event.kind, await _value(data, body), data) if data else None


async def _rest(parser: EventParser, body: Body, reader: AnswerReader) -> Chunk | None:
    """What stands at the end without an empty line behind it; half an event says nothing."""
    event = None if reader.settled else parser.finish()
    data = b"" if event is None else reader.json_of(event)
    found = await _value(data, body) if data else NotJSONError
    if event is None or found is NotJSONError:
        return None
    return reader.take(event.kind, found, data)


async def _value(data: bytes, body: Body) -> Json | type[NotJSONError]:
    """What it is in JSON; `NotJSONError` itself where it is none."""
    try:
        return await body.json(data)
    except NotJSONError:
        return NotJSONError


def _events(parser: EventParser, part: bytes, reader: AnswerReader) -> Iterator[ServerEvent]:
    try:
        yield from parser.feed(part)
    except StreamTooLargeError as error:
        told = str(error)
    else:
        return
    reader.fail(f"the stream cannot be read: {told}")


def _parts(piece: bytes) -> Iterator[bytes]:
    for start in range(0, len(piece), _PART_BYTES):
        yield piece[start : start + _PART_BYTES]
