"""The life of the process: it starts, it serves, it reloads, it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field

from ....config.errors import ConfigurationError
from ....config.values.log_fields import log_event
from ..limits import ServerLimits
from . import systemd
from .application import Served
from .file_limit import connections_within, raise_file_limit
from .server import Server
from .signals import Signals
from .sockets import bound, close, handed_over, is_private, url_of

log = logging.getLogger(__name__)


async def _no_reload() -> None:
    """There is nothing to read again."""


def _say_nothing(_told: object) -> None:
    """The caller does not want to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How an application is served: on `sockets`, on those of systemd's socket activation, or on
    `host` and `port`."""

    host: str = "127.0.0.1"
    port: int = 8080
    sockets: tuple[socket.socket, ...] = ()
    """Those that a supervisor has opened for all of its workers."""
    limits: ServerLimits = field(default_factory=ServerLimits)
    has_keys: bool = False
    """Whether clients need a key; without, only this machine is served."""
    reload: Callable[[], Awaitable[object]] = _no_reload
    """What SIGHUP does; a `ConfigurationError` is logged."""
    announce: Callable[[str], None] = _say_nothing
    """Told where clients find the server, once they do."""
    stoppable: Callable[[Callable[[], None]], None] = _say_nothing
    """Told at the start what ends the server in order, beside a signal; to be called on the loop.
    """


def serve(application: AbstractAsyncContextManager[Served], serving: Serving) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends the process at once, with 128 + its number.

    `application` is entered on the loop, and left at the end. Raises `ConfigurationError` for an
    address that others reach without keys and `OSError` for one that cannot be had.
    """
    files = raise_file_limit()
    sockets = list(serving.sockets) or opened_sockets(serving)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(application, serving, sockets, files))
    finally:
        close(sockets)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def adopted(descriptors: Iterable[int]) -> tuple[socket.socket, ...]:
    """The sockets that a supervisor has opened, by the numbers that this process has them by."""
    return tuple(socket.socket(fileno=number) for number in descriptors)


def opened_sockets(serving: Serving) -> list[socket.socket]:
    """The sockets that `serving` means. Raises as `serve` does."""
    found = handed_over(os.environ) or bound(serving.host, serving.port)
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)  # not for processes that this one starts
    open_ones = [one for one in found if not is_private(one)]
    if open_ones and not serving.has_keys:
        told = url_of(open_ones[0])
        close(found)
        raise ConfigurationError(
            f"{told} is not on this machine alone, and needs keys: make one with "
            "`hive-resilience key new --id NAME --file keys.yml`, and serve with --keys keys.yml"
        )
    return found


async def _serve(
    application: AbstractAsyncContextManager[Served],
    serving: Serving,
    sockets: list[socket.socket],
    files: int | None,
) -> None:
    most = connections_within(files, serving.limits.connections)
    with Signals() as signals:
        serving.stoppable(signals.stop.set)
        async with application as served:
            server = Server(served, limits=serving.limits, most_connections=most)
            await server.start(sockets)
            reloads = asyncio.create_task(_reload_on(signals.reload, serving))
            systemd.ready()
            serving.announce(", ".join(map(url_of, sockets)))
            await signals.stop.wait()
            systemd.stopping()
            log.info(
                "stopping: requests under way have %g s to end",
                serving.limits.drain,
                extra=log_event("server.stopping", seconds=serving.limits.drain),
            )
            await server.drain()
            reloads.cancel()
            with suppress(asyncio.CancelledError):
                await reloads


async def _reload_on(asked: asyncio.Event, serving: Serving) -> None:
    """Reloads one after the other."""
    while True:
        await asked.wait()
        asked.clear()
        systemd.reloading()
        try:
            await serving.reload()
            log.info("reloaded", extra=log_event("server.reloaded"))
        except ConfigurationError as error:
            log.warning(
                "the settings cannot be used, and stay as they are: %s",
                error,
                extra=log_event("reload.rejected"),
            )
        except Exception:
            log.exception("the settings could not be reloaded", extra=log_event("reload.failed"))
        systemd.ready()
