"""The transport, as a cycle of uvicorn uses it: counts bytes, and sends a head with its body."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Outlet:
    """Writes to `transport`; `end` decides how the connection closes.

    uvicorn writes the head of an answer and its body apart, which would be two calls of the system
    and two packets. Here a head waits for what follows it in the same turn of the loop.
    """

    __slots__ = ("_call_soon", "_head", "_write", "close", "is_closing", "written")

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        self.written: int = 0
        """Bytes so far, those that wait to be sent too."""
        self._head = b""
        self._write = transport.write
        self._call_soon = asyncio.get_running_loop().call_soon
        self.is_closing: Callable[[], bool] = transport.is_closing
        self.close: Callable[[], None] = end

    def write(self, data: bytes) -> None:
        """Send it, or have it wait."""
        self.written += len(data)
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._call_soon(self.flush)
            return
        self._write(data)

    def flush(self) -> None:
        """Send a head that nothing has followed."""
        if self._head:
            head, self._head = self._head, b""
            self._write(head)
