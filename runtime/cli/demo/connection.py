"""As much of HTTP/1.1 as a model server needs: keep-alive, one request after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

MAX_BODY_BYTES = 1024 * 1024
_MAX_HEAD_BYTES = 64 * 1024
_MAX_BUFFER_BYTES = 4 * MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in one piece or many; `delay` seconds pass until the last of them."""

    status: int
    pieces: tuple[bytes, ...]
    delay: float = 0.0
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class _RequestHead:
    method: str
    path: str
    length: int
    keep: bool


Route = Callable[[str, str, bytes], Reply]
Refuse = Callable[[int, str], Reply]


class Connection(asyncio.Protocol):
    """One client. What it sends while its request is answered waits in the buffer."""

    def __init__(self, route: Route, refuse: Refuse, open_now: set[Connection]) -> None:
        self._route = route
        self._refuse = refuse
        self._open_now = open_now
        self._buffer = bytearray()
        self._skip = 0
        self._busy = False
        self._keep = True
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast: the transports of uvloop are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._open_now.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open_now.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def abort(self) -> None:
        """Hang up at once."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        self._buffer += data
        if len(self._buffer) > _MAX_BUFFER_BYTES:
            self.abort()
            return
        while not self._busy and self._next_request():
            pass

    def _next_request(self) -> bool:
        """Begin to answer the next whole request; False where there is none yet."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_HEAD_BYTES:
                self._end_with(431, "the head of the request is too large")
            return False
        try:
            request = _read_head(bytes(self._buffer[:end]))
        except ValueError:
            self._end_with(400, "this is not HTTP/1.1 with a Content-Length")
            return False
        self._keep = request.keep
        return self._take(request, end + 4)

    def _take(self, request: _RequestHead, start: int) -> bool:
        end = start + request.length
        if request.length > MAX_BODY_BYTES:
            self._refuse_body(start, request.length)
            return True
        if len(self._buffer) < end:
            return False
        body = bytes(self._buffer[start:end])
        del self._buffer[:end]
        self._begin(self._route(request.method, request.path, body))
        return True

    def _refuse_body(self, start: int, length: int) -> None:
        """Answer at once, and let the rest of the body run into the void."""
        here = min(length, len(self._buffer) - start)
        del self._buffer[: start + here]
        self._skip = length - here
        self._begin(self._refuse(413, f"the body is larger than {MAX_BODY_BYTES} bytes"))

    def _end_with(self, status: int, message: str) -> None:
        """Answer and hang up: where the next request would begin is not known."""
        self._buffer.clear()
        self._keep = False
        self._begin(self._refuse(status, message))

    def _begin(self, reply: Reply) -> None:
        self._busy = True
        if reply.delay <= 0:
            self._transport.write(
                _head(reply, self._keep) + b"".join(map(_framed(reply), reply.pieces))
            )
            self._end(reply)
            return
        if len(reply.pieces) > 1:
            self._transport.write(_head(reply, self._keep))
        self._later(reply, 0)

    def _later(self, reply: Reply, number: int) -> None:
        pause = reply.delay / len(reply.pieces)
        self._timer = asyncio.get_running_loop().call_later(pause, self._send, reply, number)

    def _send(self, reply: Reply, number: int) -> None:
        self._timer = None
        head = _head(reply, self._keep) if len(reply.pieces) == 1 else b""
        self._transport.write(head + _framed(reply)(reply.pieces[number]))
        if number + 1 < len(reply.pieces):
            self._later(reply, number + 1)
            return
        self._end(reply)
        self.data_received(b"")

    def _end(self, reply: Reply) -> None:
        self._busy = False
        if len(reply.pieces) > 1:
            self._transport.write(b"0\r\n\r\n")
        if not self._keep:
            self._busy = True
            self._transport.close()


def _read_head(head: bytes) -> _RequestHead:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, version = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", "0"))
    if not version.startswith("HTTP/1.") or length < 0 or "transfer-encoding" in headers:
        raise ValueError(first)
    keep = headers.get("connection", "").lower() != "close"
    return _RequestHead(method, path, length, keep)


def _head(reply: Reply, keep: bool) -> bytes:
    whole = len(reply.pieces) == 1
    length = f"Content-Length: {len(reply.pieces[0])}" if whole else "Transfer-Encoding: chunked"
    return (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        f"Content-Type: {reply.content_type}\r\n"
        f"{length}\r\n"
        f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    ).encode()


def _framed(reply: Reply) -> Callable[[bytes], bytes]:
    return bytes if len(reply.pieces) == 1 else _as_chunk


def _as_chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)
