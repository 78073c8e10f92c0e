"""A process beside an application that is on Ray in its place.

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
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn, TypeAlias

from .frames import JOINED, LOST, Frame, encoded, read_frame
from .place import NAMESPACE, ray_module
from .token import keep_token_private

_GOODBYE = 3.0
"""Seconds for Ray to let go of the cluster."""
_LONGEST_KNOCK = 5.0
"""Seconds to wait for a head that is away, before the application is told."""
_PAUSE = 0.25

AddressOf: TypeAlias = Callable[[bytes], str]
Serve: TypeAlias = Callable[
    [bytes, asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]
]
"""Serves the application until it closes the socket; the bytes are those of the first frame."""


def run(descriptor: int, address_of: AddressOf, serve: Serve) -> None:
    """All that the process does: join the cluster of the first frame, serve, end."""
    _let_signals_pass()
    asyncio.run(_run(descriptor, address_of, serve))


async def _run(descriptor: int, address_of: AddressOf, serve: Serve) -> None:
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
    first = await read_frame(reader)
    if first is None:
        return
    address = address_of(first.body)
    joining = asyncio.create_task(asyncio.to_thread(_join, address))
    # The application sends nothing before it hears that we have joined: this hears its end.
    ending = asyncio.create_task(read_frame(reader))
    await asyncio.wait((joining, ending), return_when=asyncio.FIRST_COMPLETED)
    if not joining.done():
        os._exit(0)  # a thread that joins may take long
    ending.cancel()
    await asyncio.wait((ending,))
    _let_signals_pass()  # Ray has just taken them
    if (error := joining.exception()) is not None:
        words = " ".join(str(error).split()) or type(error).__name__
        await _tell(writer, f"cannot join the Ray cluster at {address}: {words}")
        _leave()
    writer.write(encoded(Frame(0, JOINED)))
    try:
        await serve(first.body, reader, writer)
    except Exception as error:
        await _tell(writer, f"its process has failed: {error}")
    _leave()


async def _tell(writer: asyncio.StreamWriter, words: str) -> None:
    with suppress(ConnectionError):
        writer.write(encoded(Frame(0, LOST, words.encode())))
        await writer.drain()


def _join(address: str) -> None:
    keep_token_private()
    ray = ray_module()
    wait_for_door(address, _LONGEST_KNOCK)
    ray.init(
        address=address,
        namespace=NAMESPACE,
        log_to_driver=False,
        logging_level="ERROR",
        configure_logging=False,
    )


def wait_for_door(address: str, seconds: float) -> None:
    """Until something listens at the address: Ray itself tries for long, and misses a new head.

    Raises `ConnectionError` after so many seconds.
    """
    host, _, port = address.rpartition(":")
    until = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection((host.strip("[]"), int(port)), _PAUSE * 4).close()
        except OSError as error:
            if time.monotonic() >= until:
                raise ConnectionError(f"nothing listens there ({error})") from None
            time.sleep(_PAUSE)


def _let_signals_pass() -> None:
    """The application decides when this process ends, though a signal may mean both."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _leave() -> NoReturn:
    """End soon, whatever Ray's threads and ours do."""
    ray: Any = sys.modules.get("ray")
    if ray is not None and ray.is_initialized():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _GOODBYE)
        ray.shutdown()
    os._exit(0)
