"""What is known of one connection while a request is on it."""

from __future__ import annotations

import asyncio
from typing import cast

from aiohttp import ClientError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader

from .protocol import MAX_PIECE_BYTES

_SENT_AT_ONCE = 1.0
"""Seconds; see `died_at_once`."""


class NoHttpError(ClientError):
    """What came is no HTTP."""


class ExchangeProtocol(ResponseHandler):
    """aiohttp's, which parses answers; it also notes when a request was out and what came back."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._sent_at: float | None = None
        self._heard = False
        self._content: StreamReader | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Writing pauses while anything is unsent, so that its end is when it resumes. A cast: the
        # transports of uvloop are of no class of asyncio's.
        cast("asyncio.WriteTransport", transport).set_write_buffer_limits(high=1, low=0)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._sent_at = self._loop.time()

    def data_received(self, data: bytes) -> None:
        if data:
            self._heard = True
        super().data_received(data)

    def resume_reading(self, resume_parser: bool = True) -> None:
        # Called for every piece that is read: a tenth of its cost, where nothing is paused.
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """What came is no HTTP: of this the parser's own error quotes a part."""
        if isinstance(exc, HttpProcessingError):
            exc, exc_cause = NoHttpError(), None
        if exc_cause is None:
            super().set_exception(exc)
        else:
            super().set_exception(exc, exc_cause)

    def begin(self, request: bytes) -> None:
        """Send a request, as its bytes are."""
        self.set_response_params(
            read_until_eof=True, auto_decompress=False, read_bufsize=MAX_PIECE_BYTES
        )
        self._heard, self._sent_at, self._content = False, None, None
        if self.transport is None:
            return  # closed a moment ago: reading the answer says so
        self.transport.write(request)
        if not self.writing_paused:
            self._sent_at = self._loop.time()

    async def head(self) -> tuple[RawResponseMessage, StreamReader]:
        """The head of the answer, and its body; raises what aiohttp raises."""
        message, content = await self.read()
        while 100 <= message.code < 200 and message.code != 101:
            message, content = await self.read()
        self._content = content
        return message, content

    def expire(self) -> None:
        """The time for the exchange is up; the reader of head or body is told."""
        error = TimeoutError()
        self.set_exception(error)
        if self._content is not None:
            self._content.set_exception(error)

    def died_at_once(self) -> bool:
        """Whether the connection died before a byte came, at the latest 1 s after the request.

        Then the server had closed it while it waited for its next use.
        """
        if self._heard:
            return False
        return self._sent_at is None or self._loop.time() - self._sent_at <= _SENT_AT_ONCE
