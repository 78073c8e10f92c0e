"""What an operator does with a running runtime: the half of `Runtime` that calls no model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..actors.calls.scope import in_a_task
from ..actors.events import Event, Reloaded
from ..actors.policies.outcomes.errors import RuntimeClosedError
from ..actors.task import check_timeout
from ..config.settings.model import ModelConfig
from ..config.settings.runtime import RuntimeConfig
from .books import Books
from .configuration.assembly import as_whole, check_addition
from .configuration.reload import Reloader
from .fleet.fleet import Fleet
from .fleet.members import Members
from .handles.cluster import ClusterHandle
from .handles.model import ModelHandle
from .handles.supervisor import SupervisorHandle
from .observability.actions import OPERATOR, PROGRAM, Author
from .observability.event_stream import event_stream
from .observability.snapshot import DrainReport, RuntimeSnapshot
from .observability.switch import RuntimeTelemetry
from .parts import Parts
from .portal.portal import Portal

if TYPE_CHECKING:
    from os import PathLike

    from pykka import Future

    from .cluster.overview.fleet_snapshot import FleetSnapshot


E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Event)


class Operations(Parts):
    """Looks at the fleet and changes it, from any thread.

    What changes it takes `reason` and `by`, why it is done and on whose behalf: a line each for the
    event `ActionTaken` and for the audit of a history.
    """

    _fleet: Fleet
    _reloader: Reloader
    _stage: Stage
    _telemetry: RuntimeTelemetry | None = None
    """In place of what the settings say of it."""

    def use_telemetry(self, telemetry: RuntimeTelemetry) -> None:
        """For `hive_resilience.observability.instrument`. Raises `RuntimeError` after the start."""
        if self._stage is not Stage.NEW:
            raise RuntimeError("a runtime is instrumented before it starts")
        self._telemetry = telemetry

    def model(self, model_id: str) -> ModelHandle:
        """The handle of a model. Raises `ModelUnavailableError` where no model has this id."""
        self._check_started()
        member = self._fleet.member(model_id)
        return ModelHandle(self._fleet, member, self._portal.do, self._actions)

    def add_model(self, config: ModelConfig, *, reason: str = OPERATOR, by: str = PROGRAM) -> None:
        """Add a model to the fleet. Raises `ConfigurationError` for unusable settings."""
        self._check_open()
        author = Author.of(by, reason)
        self._portal.do(lambda: self._add(config, author))
        self._actions.keep()

    def remove_model(
        self,
        model_id: str,
        *,
        drain: bool = True,
        reason: str = OPERATOR,
        by: str = PROGRAM,
    ) -> Future[None]:
        """Send a model no more tasks and stop it, after its running calls if `drain`.

        Await the end, or call `.get(timeout=...)` in a blocking program. The removal goes on if the
        caller leaves. Raises `ModelUnavailableError` where no model has this id.
        """
        self._check_open()
        self._fleet.member(model_id)
        author = Author.of(by, reason)
        return self._portal.begin(
            partial(self._remove, model_id, author, drain=drain), f"remove {model_id}"
        )

    def reload(
        self,
        config: RuntimeConfig | str | PathLike[str] | None = None,
        *,
        overrides: Mapping[str, object] | None = None,
        reason: str = OPERATOR,
        by: str = PROGRAM,
    ) -> Future[Reloaded]:
        """Apply other settings: a configuration, the file at a path, or the runtime's own file.

        `overrides` are written like a file, with bare numbers as seconds, and change only what they
        name: of `config`, or without one of the settings that hold now. Await the result, or call
        `.get(timeout=...)` in a blocking program. It raises `ConfigurationError` for settings that
        cannot be used, and then nothing has changed; see `docs/configuration.md`.
        """
        self._check_open()
        author = Author.of(by, reason)
        work = partial(self._reloader.reload, config, overrides, author)
        return self._portal.begin(work, "reload")

    def update(
        self, model_id: str, *, reason: str = OPERATOR, by: str = PROGRAM, **settings: object
    ) -> Future[Reloaded]:
        """Change some settings of one model: `update("gpt-5", timeout=10.0, retry={...})`.

        A group in braces changes what it names; a group as an object is the whole group. Await the
        result, or call `.get(timeout=...)`. Raises as `reload` does, and `ModelUnavailableError`
        where no model has this id.
        """
        self._check_open()
        self._fleet.member(model_id)
        whole = {name: as_whole(value) for name, value in settings.items()}
        return self.reload(overrides={"models": {model_id: whole}}, reason=reason, by=by)

    def drain(
        self, timeout: float | None = None, *, reason: str = OPERATOR, by: str = PROGRAM
    ) -> Future[DrainReport]:
        """Refuse new tasks from now on, and wait at most `timeout` seconds for the running tasks.

        Await the report of what remains, or call `.get(timeout=...)` in a blocking program. None:
        the setting `drain_timeout`.
        """
        if timeout is not None and timeout != 0:
            check_timeout(timeout)
        author = Author.of(by, reason)
        if self._stage is not Stage.DRAINING:
            self._check_open()
        self._stage = Stage.DRAINING
        limit = self._fleet.config.global_.drain_timeout if timeout is None else timeout
        return self._portal.begin(partial(self._drain, limit, author), "drain")

    @property
    def config(self) -> RuntimeConfig:
        """The configuration since the start or the last reload."""
        return self._reloader.config

    @property
    def supervisor(self) -> SupervisorHandle:
        """The supervisor of the application's own actors; see `docs/supervision.md`."""
        self._check_started()
        return SupervisorHandle(self._fleet.supervision, self._portal.do, self._actions)

    @property
    def cluster(self) -> ClusterHandle:
        """The cluster: all of its processes, and verbs for all of them; see `docs/cluster.md`.

        Raises `InvalidRequestError` where this runtime is in none.
        """
        self._check_started()
        return ClusterHandle(self._fleet.clustering, self._portal, self._actions)

    def cluster_snapshot(self) -> Future[FleetSnapshot]:
        """All processes of the cluster at this moment, as `runtime.cluster.snapshot()`.

        Await it, or call `.get(timeout=...)` in a blocking program.
        """
        return self.cluster.snapshot()

    def snapshot(self) -> RuntimeSnapshot:
        """Models, router and supervision at this moment. From any thread."""
        self._check_started()
        return self._portal.do(self._fleet.snapshot)

    def _books(self) -> Books:
        """The books of the fleet. From any thread."""
        if self._stage is not Stage.OPEN and self._stage is not Stage.DRAINING:
            raise self._refusal()
        return Books(self._portal, self._fleet)

    @overload
    def subscribe(self, listener: Callable[[Event], object], /) -> Callable[[], None]: ...
    @overload
    def subscribe(
        self, listener: Callable[[E | F], object], kind: type[E], other: type[F], /
    ) -> Callable[[], None]: ...
    @overload
    def subscribe(
        self, listener: Callable[[E], object], kind: type[E], /, *kinds: type[E]
    ) -> Callable[[], None]: ...
    def subscribe(
        self, listener: Callable[[Any], object], /, *kinds: type[Event]
    ) -> Callable[[], None]:
        """Call `listener` with every event of these classes (none: all), in a thread of its own.

        The function that comes back ends it. A listener that fails or blocks harms nothing else.
        """
        return self._bus.subscribe(listener, *kinds)

    @overload
    def events(self) -> AsyncGenerator[Event, None]: ...
    @overload
    def events(self, *kinds: type[E]) -> AsyncGenerator[E, None]: ...
    def events(self, *kinds: type[Any]) -> AsyncGenerator[Any, None]:
        """The events of these classes (none: all) from now on, for `async for`.

        The oldest events are dropped while the reader is too slow. Closing the generator ends it.
        """
        return event_stream(self._bus, kinds)

    def _add(self, config: ModelConfig, author: Author) -> None:
        check_addition(self._fleet.members.configs(), config)
        self._actions.deed(lambda: self._fleet.add(config))
        self._actions.tell("add_model", config.id, author, after="added")

    async def _remove(self, model_id: str, author: Author, *, drain: bool) -> None:
        actions, after = self._actions, "drained, then removed" if drain else "removed"
        actions.tell("remove_model", model_id, author, "in the fleet", after)
        await self._fleet.remove(model_id, drain=drain)
        await actions.kept()

    async def _drain(self, limit: float, author: Author) -> DrainReport:
        actions = self._actions
        actions.tell("drain", None, author, "open", f"draining for {limit:.3g} s at most")
        report = await self._fleet.drain(limit)
        await actions.kept()
        return report

    @property
    def is_open(self) -> bool:
        """Whether it takes tasks: it has started, and nothing has asked it to end."""
        return self._stage is Stage.OPEN

    def _check_open(self) -> None:
        if self._stage is Stage.FORKED:
            self._revive()
        if self._stage is not Stage.OPEN:
            raise self._refusal()

    def _check_takes_tasks(self) -> None:
        # What a running task asks for in turn is a part of it, and drained with it.
        if self._stage is not Stage.DRAINING or not in_a_task():
            self._check_open()

    def _check_started(self) -> None:
        if self._stage is not Stage.OPEN and self._stage is not Stage.DRAINING:
            self._check_open()

    def _refusal(self) -> RuntimeClosedError:
        return RuntimeClosedError(f"this runtime {self._stage.value}")

    @abstractmethod
    def _revive(self) -> None:
        """Begin again in a forked process, if that is wanted."""


class Stage(Enum):
    """Where a runtime is in its life."""

    NEW = "has not started; use it in a `with` or `async with` block, or call start() or astart()"
    STARTING = "is starting; use it once that is done"
    OPEN = "is running already"
    DRAINING = "is stopping and takes no more tasks"
    CLOSED = "has stopped; make a new one"
    FORKED = (
        "was started in another process, and a fork takes no thread along; start one after the "
        'fork, or make it with after_fork="restart"'
    )


def books_of(runtime: Operations) -> Books | None:
    """The books of a runtime's fleet; None before the start and after the end."""
    try:
        return runtime._books()  # pyright: ignore[reportPrivateUsage]
    except RuntimeClosedError:
        return None


def portal_of(runtime: Operations) -> Portal:
    """The way to the loop of a runtime, for the parts of this distribution that stand on it."""
    # A property would be a public name of every runtime.
    return runtime._portal  # pyright: ignore[reportPrivateUsage]


def members_of(runtime: Operations) -> Members:
    """The models of a runtime as they are now, for the parts that stand on it."""
    return runtime._fleet.members  # pyright: ignore[reportPrivateUsage]
