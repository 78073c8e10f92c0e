"""Answers that come in pieces, over a real socket, and what can befall them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .faulty_server import Behaviour, reset

Step = bytes | asyncio.Event | Callable[[asyncio.StreamWriter], Awaitable[None]]


def pour(
    *steps: Step, kind: str = "text/event-stream", headers: dict[str, str] | None = None
) -> Behaviour:
    """Answer with 200 and send each piece when it is its turn; an event is waited for.

    Ends in good order unless `cut`, `reset` or `stall` is the last step.
    """
    head = {**(headers or {}), "Content-Type": kind, "Transfer-Encoding": "chunked"}
    lines = [f"{name}: {value}" for name, value in head.items() if value]

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(["HTTP/1.1 200 -", *lines, "", ""]).encode())
        for step in steps:
            if step == b"":
                continue  # as a piece it would be the end
            if isinstance(step, bytes):
                writer.write(b"%x\r\n%b\r\n" % (len(step), step))
                await writer.drain()
            elif isinstance(step, asyncio.Event):
                await step.wait()
            else:
                await step(writer)
        if steps[-1:] not in ((cut,), (stall,), (reset,)):
            writer.write(b"0\r\n\r\n")

    if steps[-1:] == (stall,):
        behave.stalls = True  # type: ignore[attr-defined]  # for the server, which holds the reader
    return behave


def endless(piece: bytes, *, every: float = 0.0) -> Behaviour:
    """The same piece again and again, as fast as it is taken, or one in so many seconds."""

    async def more(writer: asyncio.StreamWriter) -> None:
        while not writer.transport.is_closing():
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(every)

    return pour(more)


async def cut(writer: asyncio.StreamWriter) -> None:
    """Close the connection where more was announced."""
    writer.close()


async def stall(writer: asyncio.StreamWriter) -> None:
    """Send nothing any more until the client goes."""


def bytewise(content: bytes) -> tuple[bytes, ...]:
    """Every byte in a piece of its own."""
    return tuple(bytes([byte]) for byte in content)


def with_line_ends(content: bytes, end: bytes) -> bytes:
    """The same events with other ends of lines."""
    return content.replace(b"\n", end)


def tidy(found: Any) -> Any:
    """What there is to compare of a chunk."""
    return (found.text, found.finish_reason, found.is_content)
