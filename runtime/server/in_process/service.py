"""The server of `hive-resilience serve` as an ASGI application, for a program that runs those."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from os import PathLike

from ....config.settings.model import GivenExecutor
from ....config.settings.runtime import RuntimeConfig
from ....config.values.log_fields import log_event
from ....config.values.words import UnknownVariables
from ...runtime import Runtime
from ..application import Application
from ..keys.keys import Keys
from ..limits import ServerLimits
from ..request import Receive, Scope, Send
from ..workers.defaults import as_worker, with_server_defaults
from ..workers.place import WorkerPlace
from ..workers.seat import Share, a_seat, check_share
from .hearing import on_signals
from .opened import opened

log: logging.Logger = logging.getLogger(__name__)


class ServerApp:
    """Serves a fleet with all that `serve` has: keys, operation, metrics, dashboard.

    `config` is a file of settings or the settings. The fleet starts and ends with the lifespan of
    the application, or in an `async with` block where another application is around this one.
    `share` says what several workers have in common, see `docs/server.md`. `keys` and `trusting` as
    for `app`. Raises `ConfigurationError` for settings and keys that cannot be used.

    >>> from hive_resilience import ModelConfig, RuntimeConfig
    >>> models = (ModelConfig(id="greeter", executor=str.upper),)
    >>> ServerApp(RuntimeConfig(models=models), share="server").has_started
    False
    """

    def __init__(
        self,
        config: RuntimeConfig | str | PathLike[str],
        *,
        executors: Mapping[str, GivenExecutor] | None = None,
        keys: str | PathLike[str] | None = None,
        limits: ServerLimits | None = None,
        trusting: bool = False,
        share: Share = "nothing",
        env_prefix: str = "RESILIENCE_",
        unknown_variables: UnknownVariables = "error",
    ) -> None:
        check_share(share)
        self._config = config
        self._executors = executors
        self._env_prefix = env_prefix
        self._unknown_variables: UnknownVariables = unknown_variables
        self._share = share
        self._trusting = trusting
        self._keys_file = keys
        self._keys = None if keys is None else Keys(keys)
        if self._keys is not None:
            self._keys.load()
        overall = self._made(None).config.global_  # a mistake is told at once
        self._cluster = overall.cluster
        self._limits = limits or ServerLimits(in_flight=overall.max_concurrent_requests)
        self._application: Application | None = None
        self._runtime: Runtime | None = None
        self._life = AsyncExitStack()

    @property
    def has_started(self) -> bool:
        """Whether it serves."""
        return self._application is not None

    @property
    def runtime(self) -> Runtime:
        """The fleet. Raises `RuntimeError` before the start and after the end."""
        if self._runtime is None:
            raise RuntimeError("the service does not run: `async with service` starts it")
        return self._runtime

    async def __aenter__(self) -> Runtime:
        """Start the fleet on this loop. Raises as the start of a `Runtime`, and `OSError`."""
        if self.has_started:
            raise RuntimeError("the service runs already")
        async with AsyncExitStack() as life:
            await life.enter_async_context(self._lived())
            self._life = life.pop_all()
        return self.runtime

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self._life.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._application is None:
            raise RuntimeError("the service does not run: `async with service` starts it")
        else:
            await self._application(scope, receive, send)

    def _made(self, place: WorkerPlace | None) -> Runtime:
        def defaults(config: RuntimeConfig) -> RuntimeConfig:
            return as_worker(with_server_defaults(config), place)

        if isinstance(self._config, RuntimeConfig):
            return Runtime(defaults(self._config), executors=self._executors)
        return Runtime.from_file(
            self._config,
            executors=self._executors,
            env_prefix=self._env_prefix,
            unknown_variables=self._unknown_variables,
            defaults=defaults,
        )

    @asynccontextmanager
    async def _lived(self) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            place, siblings = None, None
            if self._share != "nothing":
                wants_ray = self._share == "fleet" and self._cluster.address is None
                place, siblings = await stack.enter_async_context(
                    a_seat(self._subject(), wants_ray=wants_ray)
                )
            runtime = self._made(place)
            application = await stack.enter_async_context(
                opened(
                    runtime,
                    keys=self._keys,
                    limits=self._limits,
                    trusting=self._trusting,
                    siblings=siblings,
                )
            )
            stack.enter_context(on_signals(application.begin_drain))
            self._runtime, self._application = runtime, application
            if siblings is not None:
                siblings.ready()
            try:
                yield
            finally:
                self._runtime = self._application = None

    def _subject(self) -> str:
        """What this serves: services that differ in it are not one server."""
        if isinstance(self._config, RuntimeConfig):
            source = ",".join(model.id for model in self._config.models)
        else:
            source = os.path.abspath(self._config)
        keys = "" if self._keys_file is None else os.path.abspath(self._keys_file)
        return f"{source}\n{keys}\n{self._cluster.name}"

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.__aenter__()
        except Exception as error:
            log.exception("the service does not start", extra=log_event("service.not_started"))
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.__aexit__()
        await send({"type": "lifespan.shutdown.complete"})
