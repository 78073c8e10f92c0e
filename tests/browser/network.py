"""The way from a browser to a server, which can break, stand still, and heal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Network:
    """Carries bytes from a port of its own to the server's, while it may."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.resumed = 0
        """Streams that a browser went on with from the last id that it had heard."""

    async def open(self) -> None:
        """Take connections, at the same port each time."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End every connection, and take no more."""
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def stand_still(self, still: bool) -> None:
        """Keep every connection, and carry nothing."""
        if still:
            self._flows.clear()
        else:
            self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers |= {writer, back}
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await reader.read(65_536):
                self.resumed += b"last-event-id:" in part.lower()
                await self._flows.wait()
                writer.write(part)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def network(url: str) -> AsyncGenerator[tuple[Network, str]]:
    """A way to the server at this address, and its own address."""
    found = Network(int(url.rpartition(":")[2]))
    await found.open()
    try:
        yield found, f"http://127.0.0.1:{found.port}"
    finally:
        await found.cut()
