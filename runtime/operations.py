"""What an operator does with a runtime that runs: the half of `Runtime` that calls no model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from enum import Enum
from functools import partial
from typing import Any

from ..actors.engine.future import LoopFuture
from ..actors.events import Event, Reloaded
from ..actors.policies.outcomes.errors import RuntimeClosedError
from ..config.settings.model import ModelConfig
from ..config.settings.runtime import RuntimeConfig
from .configuration.assembly import check_addition
from .configuration.reload import Given, Reloader
from .fleet.fleet import Fleet
from .model_handle import ModelHandle
from .observability.event_bus import EventBus
from .observability.event_stream import event_stream
from .observability.snapshot import RuntimeSnapshot
from .portal.portal import Portal
from .supervisor_handle import SupervisorHandle


class Operations:
    """Looks at the fleet and changes it, from any thread."""

    _bus: EventBus
    _portal: Portal
    _fleet: Fleet
    _reloader: Reloader
    _stage: Stage

    def model(self, model_id: str) -> ModelHandle:
        """One model's handle. Raises `ModelUnavailableError` where there is none of this id."""
        self._check_started()
        return ModelHandle(self._fleet, self._fleet.member(model_id), self._portal.do)

    def add_model(self, config: ModelConfig) -> None:
        """Let one more model take part; running tasks do not notice."""
        self._check_open()
        check_addition(self._fleet.members.configs(), config)
        self._portal.do(lambda: self._fleet.add(config))

    def remove_model(self, model_id: str, *, drain: bool = True) -> Awaitable[None]:
        """Send a model no more tasks and stop it, after its running calls if `drain`; await it."""
        self._check_open()
        self._fleet.member(model_id)
        return self._portal.awaited(self._fleet.remove(model_id, drain=drain))

    def reload(self, config: Given | None = None) -> LoopFuture[Reloaded]:
        """Make other settings hold: a configuration, the file at a path, or the runtime's own file.

        Await it, or in a blocking program `.get(timeout=...)`. Raises `ConfigurationError` for
        settings that cannot be used, and then nothing has changed; see `docs/configuration.md`.
        """
        self._check_open()
        return self._portal.begin(partial(self._reloader.reload, config))

    @property
    def config(self) -> RuntimeConfig:
        """The configuration that holds since the start or the last reload."""
        return self._reloader.config

    @property
    def supervisor(self) -> SupervisorHandle:
        """Where an application adds actors of its own; see `docs/supervision.md`."""
        self._check_started()
        return SupervisorHandle(self._fleet.supervision, self._portal.do)

    def snapshot(self) -> RuntimeSnapshot:
        """Everything at this moment: models, router, supervision. From any thread."""
        self._check_started()
        found: RuntimeSnapshot = self._portal.do(self._fleet.snapshot)
        return found

    def subscribe(self, listener: Callable[[Any], Any], *events: type[Event]) -> Callable[[], None]:
        """Call `listener` with every event of these classes (none: all), in a thread of its own.

        Answers how to take it back. A listener that fails or blocks harms nobody.
        """
        return self._bus.subscribe(listener, *events)

    def events(self, *kinds: type[Event]) -> AsyncIterator[Event]:
        """The events from now on, for `async for`; the oldest are dropped if you are too slow."""
        return event_stream(self._bus, kinds)

    def _check_open(self) -> None:
        if self._stage is not Stage.OPEN:
            raise RuntimeClosedError(f"this runtime {self._stage.value}")

    def _check_started(self) -> None:
        if self._stage is Stage.NEW or self._stage is Stage.CLOSED:
            self._check_open()


class Stage(Enum):
    """Where a runtime is in its life."""

    NEW = "has not started; use it in a `with` or `async with` block"
    OPEN = "is open"
    DRAINING = "is stopping and takes no more tasks"
    CLOSED = "has stopped; make a new one"
