"""A link's process without Ray: it joins, and answers as the message asks it to."""

from __future__ import annotations

import asyncio
import os
import socket
import sys

from hive_resilience.runtime.cluster.frames import (
    ANSWER,
    JOINED,
    LATE,
    LOST,
    Frame,
    encoded,
    read_frame,
)


def reply(frame: Frame) -> Frame | None:
    """By the first word of the message."""
    match frame.body:
        case b"end":
            os._exit(3)
        case b"late":
            return Frame(frame.number, LATE)
        case b"lost":
            return Frame(frame.number, LOST, b"the owner is away")
        case b"silence":
            return None
        case b"variable":
            return Frame(frame.number, ANSWER, os.environ.get("RAY_AUTH_MODE", "").encode())
        case _:
            return Frame(frame.number, ANSWER, frame.word.encode() + b" " + frame.body)


async def serve(descriptor: int) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    first = await read_frame(reader)
    print("noise for the application's output", flush=True)
    if first is None:
        return
    if b"refused" in first.body:
        writer.write(encoded(Frame(0, LOST, b"no cluster of this address")))
        await writer.drain()
        return
    if b"swallowed" in first.body:
        await asyncio.sleep(60)
    writer.write(encoded(Frame(0, JOINED)))
    while (frame := await read_frame(reader)) is not None:
        if (answer := reply(frame)) is not None:
            writer.write(encoded(answer))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
