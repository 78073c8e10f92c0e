"""A streamed answer, and the truth about it: what is cut never ends as if it were whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from ....actors.policies.stream_content import StreamRestarted
from ...executors.http.chunk import Chunk
from ...stream import Stream
from ..answer_headers import ids_of, of_the_provider, overhead_since, who_answered
from ..dialects.dialect import Dialect, TextEvents
from ..failures import Failure, Refused, failure_of, refused
from ..limits import ServerLimits
from ..request import EVENTS_TYPE, Header, Request

_NO_FIELDS: Mapping[str, Any] = {}
_NEVER_KEPT: Header = (b"cache-control", b"no-cache")
_UNBUFFERED: Header = (b"x-accel-buffering", b"no")


class StreamAnswer:
    """Writes one stream. Its headers wait for the first content, but not for long.

    While nothing comes, the client gets a sign of life that its family bears.
    """

    def __init__(
        self,
        request: Request,
        dialect: Dialect,
        limits: ServerLimits,
        headers: Iterable[Header],
    ) -> None:
        self._request = request
        self._dialect = dialect
        self._every = limits.keep_alive_every
        self._more_headers = list(headers)
        self._loop = asyncio.get_running_loop()
        self._last_write = self._loop.time()
        self._timer = self._loop.call_later(limits.header_hold, self._look)
        self._sign: asyncio.Task[None] | None = None
        self._last: Mapping[str, Any] = _NO_FIELDS
        self._texts: TextEvents | None = None

    async def go(self, stream: Stream) -> None:
        """Write all of it. Raises what the stream raises before its answer has begun."""
        async with stream:
            while chunks := await stream.next_chunks():
                await self._write(self._framed(chunks, stream), stream, chunks[0])
        await self._write(self._end(stream), stream)
        await self._request.write(b"", more=False)

    @property
    def last_response(self) -> object:
        """The response object of the last event that has brought one."""
        return self._last.get("response")

    async def fail(self, failure: Failure) -> None:
        """The error in the stream; no proper end follows it."""
        self.close()
        told = self._dialect.interruption(failure, self._request.id, self._last)
        await self._request.write(told, more=False)

    def close(self) -> None:
        """No more signs of life."""
        self._timer.cancel()
        if self._sign is not None:
            self._sign.cancel()

    # What is written.

    def _framed(self, chunks: Iterable[object], stream: Stream) -> bytes:
        """Events that have come together leave together."""
        event = self._dialect.event
        parts: list[bytes] = []
        for chunk in chunks:
            if type(chunk) is Chunk:
                parts.append(event(chunk))
                self._last = chunk.raw
            else:
                parts += self._of_a_function(chunk, stream)
        return b"".join(parts)

    def _of_a_function(self, chunk: object, stream: Stream) -> Iterable[bytes]:
        if isinstance(chunk, StreamRestarted):
            told = f"{chunk.interrupted} was cut off, and {chunk.model_id} would begin again"
            raise refused(502, "stream_interrupted", told)
        if not isinstance(chunk, str):
            told = f"{stream.model_id} streams {type(chunk).__name__}; this server writes texts"
            raise refused(502, "unreadable_answer", told)
        if self._texts is None:
            self._texts = self._dialect.text_events(str(stream.model_id), self._request.id)
        return self._texts.text(chunk) if chunk else ()

    def _end(self, stream: Stream) -> bytes:
        ends = b"" if self._texts is None else b"".join(self._texts.end())
        return ends + self._dialect.closing(self._last)

    async def _write(self, told: bytes, stream: Stream, first: object = None) -> None:
        if self._sign is not None:
            await self._sign
        if not self._request.begun:
            await self._start(stream, first)
        if told:
            await self._request.write(told, more=True)
            self._last_write = self._loop.time()

    async def _start(self, stream: Stream, first: object) -> None:
        before = [record for record in stream.attempts if record.error is not None]
        told = who_answered(
            self._request,
            stream.model_id,
            sum(record.number > 0 for record in before) + 1,
            is_fallback=any(record.model_id != stream.model_id for record in before),
        )
        waited = (stream.first_chunk or 0.0) + sum(record.duration for record in before)
        told.append(overhead_since(self._request.started, waited))
        own = of_the_provider(first.headers) if isinstance(first, Chunk) else []
        await self._request.start(200, [*_first(), *told, *self._more_headers, *own])

    # Signs of life.

    def _look(self) -> None:
        now = self._loop.time()
        due = self._last_write + self._every
        if self._request.begun and now < due:
            self._timer = self._loop.call_at(due, self._look)
            return
        self._sign = self._loop.create_task(self._give_sign())
        self._timer = self._loop.call_at(now + self._every, self._look)

    async def _give_sign(self) -> None:
        request = self._request
        if not request.begun:
            await request.start(200, [*_first(), *ids_of(request), *self._more_headers])
        await request.write(self._dialect.keep_alive, more=True)
        self._last_write = self._loop.time()
        self._sign = None


def _first() -> tuple[Header, ...]:
    return EVENTS_TYPE, _NEVER_KEPT, _UNBUFFERED


def failure_in(error: BaseException) -> Failure:
    """What went wrong, in a stream as before it."""
    return error.failure if isinstance(error, Refused) else failure_of(error)
