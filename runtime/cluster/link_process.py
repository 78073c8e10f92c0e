"""The process beside an application that is on Ray in its place: it forwards, and nothing else.

Ray ends a process that has joined a cluster once the head is away, writes into its output and
takes its signals. All of that happens here. The socket to the application is a file descriptor
that the command line names; when the application is gone it closes, and this process ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import Any

from ...actors.cluster.link import LinkLostError
from .frames import ANSWER, JOINED, LATE, LOST, Frame, encoded, read_frame
from .inside_link import InsideLink
from .place import NAMESPACE, Place

_GOODBYE = 3.0
"""Seconds for Ray to let go of the cluster."""


class Forwarder:
    """Answers the application's calls by the owner's."""

    def __init__(self, link: InsideLink, writer: asyncio.StreamWriter) -> None:
        self._link = link
        self._writer = writer
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Until the application closes the socket."""
        while (frame := await read_frame(reader)) is not None:
            call = asyncio.create_task(self._answer(frame))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _answer(self, frame: Frame) -> None:
        self._writer.write(encoded(await self._asked(frame)))

    async def _asked(self, frame: Frame) -> Frame:
        try:
            answer = await self._link.call(frame.word, frame.body, frame.seconds)
        except LinkLostError as error:
            return Frame(frame.number, LOST, str(error).encode())
        except TimeoutError:
            return Frame(frame.number, LATE)
        return Frame(frame.number, ANSWER, answer)


async def serve(descriptor: int) -> None:
    """Join the cluster that the first frame names, and forward; returns when it is over."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    first = await read_frame(reader)
    if first is None:
        return
    place = Place.decoded(first.body)
    joining = asyncio.create_task(asyncio.to_thread(join, place))
    ending = asyncio.create_task(_closed(reader))
    await asyncio.wait((joining, ending), return_when=asyncio.FIRST_COMPLETED)
    if not joining.done():
        return
    ending.cancel()
    await asyncio.wait((ending,))
    _let_signals_pass()  # Ray has just taken them
    if (error := joining.exception()) is not None:
        writer.write(encoded(Frame(0, LOST, _words(error, place).encode())))
        await writer.drain()
        return
    writer.write(encoded(Frame(0, JOINED)))
    await Forwarder(InsideLink(place), writer).run(reader)


def join(place: Place) -> None:
    """Join the cluster; blocks. Raises whatever Ray raises."""
    import ray

    ray.init(
        address=place.address,
        namespace=NAMESPACE,
        log_to_driver=False,
        logging_level="ERROR",
        configure_logging=False,
    )


async def _closed(reader: asyncio.StreamReader) -> None:
    """Returns at the end; the application sends nothing before it hears that we have joined."""
    await read_frame(reader)


def _words(error: BaseException, place: Place) -> str:
    text = " ".join(str(error).split())
    return f"cannot join the Ray cluster at {place.address}: {text or type(error).__name__}"


def _let_signals_pass() -> None:
    """The application decides when this process ends, though a signal may mean both."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _leave() -> None:
    """End at once, whatever Ray's threads do."""
    ray: Any = sys.modules.get("ray")
    if ray is not None and ray.is_initialized():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _GOODBYE)
        ray.shutdown()
    os._exit(0)


if __name__ == "__main__":
    _let_signals_pass()
    asyncio.run(serve(int(sys.argv[1])))
    _leave()
