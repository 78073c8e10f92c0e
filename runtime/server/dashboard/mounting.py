"""The dashboard as a part of an application around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.util import find_spec

from ....config.errors import ConfigurationError
from ...runtime import Runtime
from ..request import Held, Receive, Request, Scope, Send
from .dashboard import Dashboard
from .inside import log_tasks
from .mounted_door import MountedDoor, Say

_MIB = 1024 * 1024


def dashboard(
    runtime: Runtime, *, access: Say
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """An ASGI application with the dashboard of a runtime, to be mounted anywhere.

    `access` takes Starlette's request and says "none", "read" or "operate", at each request; it may
    be asynchronous. All addresses of the page are relative. Raises `ConfigurationError` without the
    extra `serve`, and for an `access` that is no function.

    >>> from hive_resilience import ModelConfig, Runtime
    >>> runtime = Runtime(models=[ModelConfig(id="greeter", executor=str.upper)])
    >>> callable(dashboard(runtime, access=lambda request: "read"))
    True
    """
    if find_spec("starlette") is None:
        raise ConfigurationError(
            "the dashboard needs starlette: pip install 'hive-resilience[serve]'"
        )
    return _Mounted(runtime, MountedDoor(access))


class _Mounted:
    """Keeps its rings from the start of the loop on, or from the first request."""

    def __init__(self, runtime: Runtime, door: MountedDoor) -> None:
        self._dashboard = Dashboard(runtime, door)
        self._held = Held(_MIB)
        self._runtime = runtime
        self._keeps = False
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            self._keep()

    def _keep(self) -> None:
        """Keep what viewers will want to see, once the runtime has started."""
        if not self._keeps and self._runtime.is_open:
            self._keeps = True
            log_tasks(self._runtime, self._dashboard.add)
            self._dashboard.start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        if scope["type"] != "http":
            return
        self._keep()
        request = Request(scope, receive, send, self._held)
        if request.path == scope.get("root_path", "") and not request.path.endswith("/"):
            where = request.path.rpartition("/")[2].encode("ascii", "replace") + b"/"
            await request.answer(307, [(b"location", where)], b"")
            return
        await self._dashboard.answer(request, request.path.removeprefix("/"))
