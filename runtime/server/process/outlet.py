"""The transport, as a cycle of uvicorn uses it; counts the bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Outlet:
    """Writes to `transport`; `end` decides how the connection closes."""

    __slots__ = ("_write", "close", "is_closing", "written")

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None]) -> None:
        self.written = 0
        """Bytes so far, those that wait to be sent too."""
        self._write = transport.write
        self.is_closing = transport.is_closing
        self.close = end

    def write(self, data: bytes) -> None:
        """Send it, or have it wait."""
        self.written += len(data)
        self._write(data)
