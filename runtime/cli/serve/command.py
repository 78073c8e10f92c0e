"""`hive-resilience serve`: from options to an exit code."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ....config.errors import ConfigurationError
from ....config.values.log_fields import LogFormat
from ....config.values.units import ALREADY_SECONDS, Positive
from ....config.values.words import UnknownVariables
from ...observability.logs.json_lines import write_to_standard_error
from ...runtime import Runtime
from ...server.application import Application
from ...server.dashboard.dashboard import Dashboard
from ...server.dashboard.served_door import ServedDoor
from ...server.keys.keys import Keys
from ...server.limits import ServerLimits
from ..explained import say_where
from .defaults import with_server_defaults

ENDED, NOT_SERVED, UNUSABLE = 0, 1, 2
NEEDED = ("httptools", "starlette", "uvicorn")
"""Packages of the extra `serve`."""
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command line says."""

    config: Path
    host: str = "127.0.0.1"
    port: int = 8080
    keys: Path | None = None
    drain: str = "30s"
    env_prefix: str = "RESILIENCE_"
    unknown_variables: UnknownVariables = "error"
    log_format: LogFormat = LogFormat.TEXT


def serve_fleet(options: ServeOptions) -> int:
    """Serve until a signal says stop; returns the exit code. Must be called in the main thread."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        told = f"serve needs {' and '.join(missing)}: pip install 'hive-resilience[serve]'"
        return _say_no(told, NOT_SERVED)
    write_to_standard_error(options.log_format)
    try:
        _serve(options)
    except ConfigurationError as error:
        _say_no(str(error), UNUSABLE)
        say_where(error)
        return UNUSABLE
    except OSError as error:
        told = f"{options.host}:{options.port} cannot be had: {error.strerror or error}"
        return _say_no(f"{told}; --host and --port choose another", NOT_SERVED)
    return ENDED


def _serve(options: ServeOptions) -> None:
    from ...server.process.serve import Serving, serve

    runtime = Runtime.from_file(
        options.config,
        env_prefix=options.env_prefix,
        unknown_variables=options.unknown_variables,
        defaults=with_server_defaults,
    )
    limits = ServerLimits(
        drain=_seconds(options.drain),
        in_flight=runtime.config.global_.max_concurrent_requests,
    )
    keys = None if options.keys is None else Keys(options.keys)
    if keys is not None:
        keys.load()
    fleet = _Fleet(runtime, keys, limits)
    serving = Serving(
        host=options.host,
        port=options.port,
        limits=limits,
        has_keys=keys is not None,
        reload=fleet.reload,
        announce=fleet.announce,
    )
    serve(fleet.opened(), serving)


class _Fleet:
    """A runtime and the keys of its clients, as the server's process runs them."""

    def __init__(self, runtime: Runtime, keys: Keys | None, limits: ServerLimits) -> None:
        self._runtime = runtime
        self._keys = keys
        self._limits = limits

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Application]:
        """Starts the fleet, and ends it once nothing is asked of it any more."""
        async with self._runtime:
            watch = None if self._keys is None else asyncio.create_task(self._keys.watch())
            dashboard = Dashboard(self._runtime, ServedDoor(self._keys))
            dashboard.start()
            try:
                yield Application(
                    self._runtime, keys=self._keys, limits=self._limits, dashboard=dashboard
                )
            finally:
                dashboard.close()
                if watch is not None:
                    watch.cancel()
                # The server has waited for the requests: nothing is waited for twice.
                await self._runtime.drain(0.0, reason="the server ends")

    async def reload(self) -> None:
        """Read the settings and the keys again. Raises `ConfigurationError`."""
        if self._keys is not None:
            await self._keys.reload()
        await self._runtime.reload(reason="SIGHUP")

    def announce(self, urls: str) -> None:
        """The one line on standard output."""
        ids = [model.id for model in self._runtime.config.models]
        print(f"hive-resilience: {urls}; models: {_some(ids)}; {self._keys_told()}", flush=True)

    def _keys_told(self) -> str:
        if self._keys is None:
            return "no keys, for this machine alone"
        return "1 key" if len(self._keys) == 1 else f"{len(self._keys)} keys"


def _seconds(span: str) -> float:
    try:
        return TypeAdapter[float](Positive).validate_python(span, context=ALREADY_SECONDS)
    except ValidationError as error:
        told = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"--drain: {told}") from None


def _some(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - _MOST_NAMED} more" if len(first) > _MOST_NAMED else ""
    return ", ".join(first[:_MOST_NAMED]) + more


def _say_no(message: str, code: int) -> int:
    print(f"hive-resilience: {message}", file=sys.stderr)
    return code
