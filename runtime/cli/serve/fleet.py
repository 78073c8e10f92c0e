"""A runtime and the keys of its clients, as the process of a server runs them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

from ....config.settings.runtime import RuntimeConfig
from ...runtime import Runtime
from ...server.application import Application
from ...server.in_process.opened import opened
from ...server.keys.keys import Keys
from ...server.limits import ServerLimits
from ...server.siblings.siblings import Siblings
from ...server.workers.defaults import as_worker, with_server_defaults
from ...server.workers.place import WorkerPlace
from .options import ServeOptions

_MOST_NAMED = 10


class Fleet:
    """What `options` say; with a `place` as one of several workers.

    Raises `ConfigurationError`.
    """

    def __init__(self, options: ServeOptions, place: WorkerPlace | None = None) -> None:
        self._siblings = None if place is None else Siblings(place.number, place.hub, place.workers)
        self._runtime = Runtime.from_file(
            options.config,
            env_prefix=options.env_prefix,
            unknown_variables=options.unknown_variables,
            defaults=lambda config: as_worker(with_server_defaults(config), place),
        )
        self.config: RuntimeConfig = self._runtime.config
        self.limits: ServerLimits = ServerLimits(
            drain=options.drain_seconds, in_flight=self.config.global_.max_concurrent_requests
        )
        self._keys = None if options.keys is None else Keys(options.keys)
        if self._keys is not None:
            self._keys.load()

    @property
    def has_keys(self) -> bool:
        """Whether clients need a key."""
        return self._keys is not None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Application]:
        """Starts the fleet, and ends it once nothing is asked of it any more."""
        siblings = self._siblings
        if siblings is not None:
            await siblings.join()
        async with opened(
            self._runtime, keys=self._keys, limits=self.limits, siblings=siblings
        ) as application:
            yield application
        if siblings is not None:
            await siblings.leave()

    async def reload(self) -> None:
        """Read the settings and the keys again. Raises `ConfigurationError`."""
        if self._keys is not None:
            await self._keys.reload()
        await self._runtime.reload(reason="SIGHUP")

    def stoppable(self, stop: Callable[[], None]) -> None:
        """The supervisor of several workers ends this one by `stop`."""
        if self._siblings is not None:
            self._siblings.end = stop

    def announce(self, urls: str) -> None:
        """The one line on standard output; that of several workers comes from their supervisor."""
        if self._siblings is not None:
            self._siblings.ready()
        else:
            print(self.told(urls), flush=True)

    def told(self, urls: str, workers: int = 1) -> str:
        """Where the server is, and what it serves."""
        ids = [model.id for model in self.config.models]
        several = f"{workers} workers; " if workers > 1 else ""
        return f"hive-resilience: {urls}; {several}models: {_some(ids)}; {self._keys_told()}"

    def _keys_told(self) -> str:
        if self._keys is None:
            return "no keys, for this machine alone"
        return "1 key" if len(self._keys) == 1 else f"{len(self._keys)} keys"


def _some(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - _MOST_NAMED} more" if len(first) > _MOST_NAMED else ""
    return ", ".join(first[:_MOST_NAMED]) + more
