"""One connection: requests with limits in, uvicorn's cycles of requests and answers out.

uvicorn has no limits: a client may send headers without end, or nothing at all, for as long as it
likes. Here a reader judges what comes, and `Phase` says what comes next. There are no timers: the
server looks at all connections a few times a second (`check`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from typing import Any, cast

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from .connections import counted_address
from .outlet import Outlet
from .phase import Phase, is_late
from .reader import RequestReader
from .refusals import (
    LATE_BODY,
    LATE_HEADERS,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_REQUESTS,
    Refusal,
)
from .shared import Shared

log: logging.Logger = logging.getLogger(__name__)

MOST_WAITING = 16
"""Requests of one connection that wait for the answer of another."""
MOST_UNTAKEN = 65_536
"""Bytes of a body that wait for the application; no more are read until it takes them."""


class LimitedProtocol(asyncio.Protocol):
    """Reads the requests of one connection, and has the application answer them in turn."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._limits = shared.limits
        self._loop = shared.loop
        self._waiting: deque[RequestResponseCycle] = deque()
        self._answered: RequestResponseCycle | None = None
        """The request that is being answered."""
        self._newest: RequestResponseCycle | None = None
        """The request that was read last."""
        self._stays_open = True
        self._deaf = False
        """Whether what comes is thrown away."""
        self._phase, self._since = Phase.SILENT, 0.0
        self._is_head = False
        """Whether `_since` is still the beginning of the headers."""
        self._taken, self._taken_at = 0, 0.0

    # The connection.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._flow = FlowControl(self._transport)
        self._outlet = Outlet(self._transport, self.end)
        client = get_remote_addr(self._transport)
        scope = _scope_of(self._transport, client)
        self._reader = RequestReader(scope, self, self._limits)
        self._since = self._loop.time()
        self._address = counted_address(client)
        if not self._shared.connections.add(self, self._address):
            self._turn_away()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._shared.connections.remove(self, self._address)
        for cycle in self._cycles():
            _disconnect(cycle)
        self._flow.resume_writing()

    def pause_writing(self) -> None:
        self._flow.pause_writing()

    def resume_writing(self) -> None:
        self._flow.resume_writing()

    def abort(self) -> None:
        """End the connection now; what the client has not taken yet is lost."""
        self._transport.abort()

    def shutdown(self) -> None:
        """The server stops: serve what has begun, and end."""
        if self._phase is Phase.LINGER:
            self.abort()
        elif self._answered is not None and self._newest is not None:
            self._newest.keep_alive = self._stays_open = False
        elif self._phase in (Phase.IDLE, Phase.SILENT):
            self._enter(Phase.LAST)

    def check(self, now: float) -> None:
        """End the connection where the client is late, in asking or in taking its answer."""
        unread = self._transport.get_write_buffer_size()
        if self._is_not_taken(unread, now):
            self.abort()
        elif self._flow.read_paused or (unread and self._phase is Phase.LINGER):
            self._since = now  # it is not the client that is waited for
        elif is_late(self._phase, now - self._since, self._reader.body_bytes, self._limits):
            self._end_late()

    # What comes.

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._phase in (Phase.SILENT, Phase.IDLE, Phase.LAST, Phase.ANSWER):
            self._enter(Phase.HEAD)
        try:
            self._reader.feed(data)
        except Refusal as refusal:
            self._refuse(refusal)
        if self._phase is Phase.BODY and self._is_head:
            self._is_head = False
            self._since = self._loop.time()  # most bodies come with their headers

    def head_begins(self) -> None:
        """The first byte of a request is there."""
        if not self._stays_open:
            raise EOFError  # it follows a request that was the last one, as it said
        self._phase = Phase.HEAD

    def head_ends(self, scope: dict[str, Any], *, stays_open: bool, expects_continue: bool) -> None:
        """Its headers are there: the application may have it. Raises `Refusal`."""
        self._phase = Phase.BODY
        self._is_head = True
        self._stays_open = stays_open and not self._shared.draining
        if len(self._waiting) >= MOST_WAITING:
            raise TOO_MANY_REQUESTS
        cycle = self._newest = self._new_cycle(scope, expects_continue)
        if self._answered is None:
            return self._answer(cycle)
        self._flow.pause_reading()
        self._waiting.append(cycle)

    def body_comes(self, body: bytes) -> None:
        """A part of its body is there."""
        cycle = self._newest
        if cycle is None or not cycle.more_body or cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > MOST_UNTAKEN:
            self._flow.pause_reading()
        cycle.message_event.set()

    def request_ends(self) -> None:
        """All of it is there."""
        cycle = self._newest
        if cycle is None or not cycle.more_body:
            return
        self._phase = Phase.ANSWER
        # Only now: an answer before the end of its request says that the connection ends.
        if not cycle.response_started:
            cycle.keep_alive = self._stays_open
        cycle.more_body = False
        cycle.message_event.set()

    # What goes.

    def answer_ends(self) -> None:
        """The application has answered; the next request is there, or may come."""
        self._answered = None
        if self._transport.is_closing() or self._phase is Phase.LINGER:
            return
        self._flow.resume_reading()
        if self._waiting:
            self._answer(self._waiting.popleft())
        elif self._phase is Phase.ANSWER:
            self._enter(Phase.LAST if self._shared.draining else Phase.IDLE)
        else:
            self._since = self._loop.time()

    def end(self) -> None:
        """Close once all is written; a client that still sends gets to read the answer first.

        Closing at once would reset its connection, and the answer would be lost.
        """
        self._outlet.flush()
        if self._phase is Phase.LINGER or self._transport.is_closing():
            return
        if self._phase is Phase.ANSWER or not self._transport.can_write_eof():
            return self._transport.close()
        self._deaf = True
        self._enter(Phase.LINGER)
        self._flow.resume_reading()
        self._transport.write_eof()

    # Steps.

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._since = self._loop.time()

    def _cycles(self) -> Iterator[RequestResponseCycle]:
        if self._answered is not None:
            yield self._answered
        yield from self._waiting

    def _new_cycle(self, scope: dict[str, Any], expects_continue: bool) -> RequestResponseCycle:
        return RequestResponseCycle(
            scope=cast(Any, scope),
            transport=cast(asyncio.Transport, self._outlet),
            flow=self._flow,
            logger=log,
            access_logger=log,
            access_log=False,
            default_headers=self._shared.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=expects_continue,
            keep_alive=False,
            on_response=self.answer_ends,
        )

    def _answer(self, cycle: RequestResponseCycle) -> None:
        self._answered = cycle
        self._shared.run(cycle.run_asgi)

    # Ends.

    def _refuse(self, refusal: Refusal) -> None:
        """Say no, where no other answer is under way, and end."""
        self._deaf = True
        if self._transport.is_closing() or self._phase is Phase.LINGER:
            return
        answered, newest = self._answered, self._newest
        if self._waiting and self._waiting[-1].more_body:
            self._waiting.pop()
        if answered is not None and (answered is not newest or not answered.more_body):
            # Earlier requests are answered first, the last one of them with the end.
            (self._waiting[-1] if self._waiting else answered).keep_alive = False
            return
        if answered is not None:
            _disconnect(answered)
            if answered.response_started:
                return self.abort()
        self._outlet.write(refusal.answer(self._reader.target))
        self.end()

    def _turn_away(self) -> None:
        if self._shared.connections.are_far_too_many:
            return self.abort()
        self._refuse(TOO_MANY_CONNECTIONS)

    def _end_late(self) -> None:
        match self._phase:
            case Phase.HEAD:
                self._refuse(LATE_HEADERS)
            case Phase.BODY:
                self._refuse(LATE_BODY)
            case Phase.LINGER:
                self.abort()
            case _:
                self._deaf = True
                self._transport.close()

    def _is_not_taken(self, unread: int, now: float) -> bool:
        """Whether the client has taken nothing of what is written for too long."""
        before, self._taken = self._taken, self._outlet.written - unread
        if not unread or self._taken != before:
            self._taken_at = now
        return now - self._taken_at > self._limits.reader_idle


def _scope_of(transport: asyncio.Transport, client: tuple[str, int] | None) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "server": get_local_addr(transport),
        "client": client,
        "scheme": "https" if is_ssl(transport) else "http",
        "root_path": "",
    }


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Tell the application that its client is gone."""
    cycle.disconnected = True
    cycle.message_event.set()
