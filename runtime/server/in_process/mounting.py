"""The server as a part of an application around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from os import PathLike

from ...runtime import Runtime
from ..application import Application
from ..keys.keys import Keys
from ..limits import ServerLimits
from ..request import Receive, Scope, Send


def app(
    runtime: Runtime,
    *,
    keys: str | PathLike[str] | None = None,
    limits: ServerLimits | None = None,
    trusting: bool = False,
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """An ASGI application that answers for a runtime, to run or to mount as it is.

    The runtime lives on the loop of the application, which starts and ends it. `keys` is a file of
    keys, read again whenever it changes. Without one only programs of this machine may call; with
    `trusting` the application around this one has checked its callers, and all may. Raises
    `ConfigurationError` for a file that cannot be used.

    >>> from hive_resilience import ModelConfig, Runtime
    >>> runtime = Runtime(models=[ModelConfig(id="greeter", executor=str.upper)])
    >>> callable(app(runtime, limits=ServerLimits(in_flight=10)))
    True
    """
    if keys is None:
        return Application(runtime, limits=limits, trusting=trusting)
    known = Keys(keys)
    known.load()
    return _Watching(runtime, known, limits, trusting)


class _Watching(Application):
    """Watches its keys from its first request on: what is mounted hears of no start."""

    def __init__(
        self, runtime: Runtime, keys: Keys, limits: ServerLimits | None, trusting: bool
    ) -> None:
        super().__init__(runtime, keys=keys, limits=limits, trusting=trusting)
        self._keys = keys
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._keys.watch())
        await super().__call__(scope, receive, send)
